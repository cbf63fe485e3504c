"""Which trainings diverged, when, and at which learning rates, in words."""

from __future__ import annotations

import statistics as middle
from collections import defaultdict
from collections.abc import Callable

from actselect.records import DivergenceRow, ReportRecord
from actselect.report.wording import count


def diverging(record: ReportRecord) -> list[DivergenceRow]:
    """Return the rows with a divergence, those with most first."""
    rows = [row for row in record.screening.divergence if row.diverged]
    return sorted(rows, key=lambda row: (-row.diverged, row.trainings, row.cell, row.activation))


def total(record: ReportRecord) -> str:
    """Return how much of the study diverged, as one sentence."""
    rows = record.screening.divergence
    diverged = sum(row.diverged for row in rows)
    trainings = count(sum(row.trainings for row in rows), "training")
    return (
        f"{f'{diverged:,}' if diverged else 'None'} of {trainings} of the whole study ended in "
        "NaN, infinity or an exploding loss."
    )


def unharmed(record: ReportRecord) -> str:
    """Return what never diverged, as one sentence; empty where everything did."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    trainings = 0
    for row in record.screening.divergence:
        if not row.diverged:
            kinds[row.cell.upper()].append(row.activation)
            trainings += row.trainings
    if not kinds:
        return ""
    names = "; ".join(f"{cell} {', '.join(names)}" for cell, names in kinds.items())
    return f"No divergence in {count(trainings, 'training')} of {names}."


def name(row: DivergenceRow) -> str:
    """Return the cell with its nonlinearities, as in the label of an architecture."""
    return f"{row.cell.upper()} {row.activation}"


def epochs(row: DivergenceRow, say: Callable[[str], str] = str) -> str:
    """Return in which epochs trainings diverged; empty where that was not recorded.

    ``say`` puts an English phrase into the language of the reader.

    >>> some = DivergenceRow(
    ...     cell="rnn", activation="relu", trainings=9, diverged=3, epochs=(1, 2, 7)
    ... )
    >>> epochs(some)
    '1 to 7, median 2'
    """
    if not row.epochs:
        return ""
    first, last = min(row.epochs), max(row.epochs)
    if first == last:
        return str(first)
    median = f", median {middle.median(row.epochs):g}" if len(row.epochs) > 2 else ""
    return say(f"{first} to {last}{median}")


def rates(row: DivergenceRow, say: Callable[[str], str] = str) -> str:
    """Return at which learning rates trainings diverged, the largest first."""
    return ", ".join(map(say, _rates(row)))


def _rates(row: DivergenceRow) -> list[str]:
    return [
        f"{point.diverged} of {point.trainings} at {point.learning_rate:.3g}"
        for point in reversed(row.learning_rates)
        if point.diverged
    ]


def phrase(row: DivergenceRow, say: Callable[[str], str] = str) -> str:
    """Return a row in one line of text: what, how often, when and where."""
    text = say(f"{name(row)} {row.diverged:,} of {count(row.trainings, 'training')}")
    when = epochs(row).partition(",")[0]
    if when:
        when = say(f"{'epoch' if when.isdecimal() else 'epochs'} {when}")
    where = _rates(row)
    where[:1] = [text.replace(" at ", " at learning rate ") for text in where[:1]]
    known = "; ".join(part for part in (when, ", ".join(map(say, where))) if part)
    return f"{text} ({known})" if known else text
