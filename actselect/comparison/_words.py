"""What a comparison says, in sentences; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from actselect import statistics
from actselect.comparison._pairs import Pair
from actselect.comparison._study import Study
from actselect.records import ComparedStudy, Outcome, PairRecord
from actselect.report.wording import INTERVAL, count, openings

NO_CLAIM = "No claim is made across these studies: a table, and no more."


def pair_sentence(pair: Pair, outcome: Outcome, margin: float, confidence: float) -> str:
    """Return the result of a pair."""
    one, two = (
        f"{row.label} of {study.name}" for study, row in zip(pair.studies, pair.rows, strict=True)
    )
    metric = pair.studies[0].record.metric.name
    repeats = count(pair.ahead.repeats, "common repeat")
    if outcome == "identical":
        return (
            f"{pair.studies[0].name} and {pair.studies[1].name} come to the same: "
            f"{pair.rows[0].label}, with the same score on each of {repeats}."
        )
    if pair.ahead.repeats == 0:
        return f"{one} and {two} have no repeat in common, so nothing can be told."
    if pair.ahead.repeats < statistics.FIRST:
        return (
            f"{one} and {two} cannot be told apart yet: they have {repeats}, and fewer than "
            f"{statistics.FIRST} decide nothing."
        )
    seen = f"{_difference(pair, metric)}, {repeats}"
    sure = f"{confidence:.0%} sure"
    if outcome == "equal":
        return f"{one} and {two} are equal within {margin:.3g} {metric} ({seen}), {sure}."
    if outcome == "undecided":
        return f"{one} and {two} cannot be told apart by these repeats ({seen})."
    better, worse = (one, two) if outcome == "first" else (two, one)
    beyond = f" by more than {margin:.3g} {metric}" if margin else ""
    return f"{better} is better than {worse}{beyond} ({seen}), {sure}."


def headline(found: Sequence[PairRecord]) -> str:
    """Return the answer of the whole comparison."""
    chosen = [pair for pair in found if pair.of == "recommended"]
    if not chosen:
        return NO_CLAIM
    if len(chosen) == 1:
        return chosen[0].sentence
    told = sum(pair.outcome != "undecided" for pair in chosen)
    return (
        f"Of {count(len(chosen), 'comparison')} of recommended architectures "
        f"{told} {'is' if told == 1 else 'are'} decided."
    )


def unpaired_sentences(reasons: dict[tuple[str, str], str], total: int) -> tuple[str, ...]:
    """Return why studies are not paired; ``reasons`` by the names of two of them.

    >>> unpaired_sentences({("a", "b"): "their data differ"}, 1)
    ('These studies are not paired: their data differ.',)
    """
    if len(reasons) == total and len(set(reasons.values())) == 1:
        return (f"These studies are not paired: {next(iter(reasons.values()))}.",)
    return tuple(f"{a} and {b} are not paired: {why}." for (a, b), why in reasons.items())


def cautions(
    studies: Sequence[Study], rows: Sequence[ComparedStudy], paired: frozenset[str]
) -> Iterator[str]:
    """Yield what a reader must know before believing a difference; ``paired`` are names."""
    together = [s for s in studies if s.name in paired]
    if together:
        yield (
            "Each architecture was picked by the scores that are compared here; the claims are "
            "corrected for how many it was picked from."
        )
    margins = {s.record.verdict.margin for s in together}
    if len(margins) > 1:
        yield (f"The studies have different margins; the largest, {max(margins):.3g}, counts here.")
    if len({row.epochs for row in rows if row.name in paired}) > 1:
        each = ", ".join(
            f"{row.name} {count(row.epochs, 'epoch')}" for row in rows if row.name in paired
        )
        yield (
            f"Trainings had different lengths (at most: {each}): what differs may be the length "
            "of training and not the architecture."
        )
    if len({_settings(study) for study in together}) > 1:
        yield (
            "The studies were made by other versions or backends, which alone moves scores a "
            "little."
        )
    for one, two in combinations(studies, 2):
        if one.record.dataset.sha256 == two.record.dataset.sha256:
            yield (
                "Do not choose between studies of the same data by their test scores: that would "
                "make the test part one more validation part."
            )
            break
    for study in studies:
        if study.record.test.openings > 1:
            yield (
                f"The test part of {study.name} was {openings(study.record.test.openings)}; its "
                "test scores are optimistic by now."
            )


def _difference(pair: Pair, metric: str) -> str:
    """Return how far ahead the better one is, with the interval the same way round."""
    ahead = pair.ahead
    side = 1.0 if ahead.mean >= 0 else -1.0
    leader = pair.studies[0 if side > 0 else 1].name
    ends = [side * end for end in (ahead.low, ahead.high) if end is not None]
    low_to_high = " to ".join(f"{end:.3g}".replace("-", "\N{MINUS SIGN}") for end in sorted(ends))
    interval = f", {INTERVAL} {low_to_high}" if ends else ""
    if not ahead.mean:
        return f"no difference of {metric} on average{interval}"
    return f"{leader} ahead by {abs(ahead.mean):.3g} {metric}{interval}"


def _settings(study: Study) -> tuple[str, str, str]:
    place = study.record.environment
    return study.record.actselect_version, place.torch, place.backend
