"""Why an architecture stands where it stands, by rules, from measured numbers.

A rule says one sentence where its number is notable, and nothing elsewhere.  Sentences tell what
was measured.  That a number is the reason for a score nobody has shown: where the best architecture
does not share what is found in one that scores worse, it *may be* why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from actselect.records import DiagnosticsRecord, MetricRecord, RankedRecord, UnitsRecord

SENTENCES = 3  # of a row at most
MOST = 0.5  # of the sequences, or of the values of a layer: what is said holds for most of them
FORGOTTEN = 10  # halvings after which a thousandth is left
STRAIGHT = 0.05  # of the variance: a straight line then tells 95 % of what the activation does
DEAD = 0.25  # of a layer's units: from here on the layer is a good deal smaller than it looks
FLAT = 0.75  # of an activation's values; a rectifier is flat at half of them by design
AJAR = 0.1  # a gate whose mean is nearer than this to 0 or 1 hardly gates
SLOWER = 1.5  # times: of networks timed in turns, a difference that no disturbance makes
TIMED: Final = "It trains "  # how the sentence begins that rests on a clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a rule looks at: a row, its own diagnostics, and all rows."""

    row: RankedRecord
    found: DiagnosticsRecord
    rows: Sequence[RankedRecord]
    metric: MetricRecord
    length: int


Rule = Callable[[Seen], str | None]


def explained(
    rows: Sequence[RankedRecord], *, metric: MetricRecord, length: int
) -> tuple[RankedRecord, ...]:
    """Return the rows with :attr:`DiagnosticsRecord.why` filled in, where there are diagnostics.

    Args:
        rows: the ranking, best first.
        metric: that scores are in.
        length: steps of a sequence, the median.
    """
    everything = [
        None if row.diagnostics is None
        else Seen(row=row, found=row.diagnostics, rows=rows, metric=metric, length=length)
        for row in rows
    ]  # fmt: skip
    best = everything[0] if everything else None
    return tuple(
        row if seen is None
        else replace(row, diagnostics=replace(seen.found, why=_sentences(seen, best)))
        for row, seen in zip(rows, everything, strict=True)
    )  # fmt: skip


def _sentences(seen: Seen, best: Seen | None) -> tuple[str, ...]:
    said: list[str] = []
    blamed = best is None or seen.row.tier == best.row.tier
    for rule in WEAKNESSES:
        if (sentence := rule(seen)) is None:
            continue
        said.append(sentence)
        if not blamed and best is not None and rule(best) is None:
            said.append(
                f"{best.row.label} does not show this; it may be why this one scores worse."
            )
            blamed = True
    # Last, so that a clock never decides which of the others are said.
    said += [sentence for rule in OTHERS if (sentence := rule(seen)) is not None]
    return tuple(said[:SENTENCES])


def _gone(seen: Seen) -> str | None:
    gradient = seen.found.gradient
    if gradient is None or gradient.decay > 0.0:
        return None
    return "No gradient gets through a single step: it learns from the last step alone."


def _forgets(seen: Seen) -> str | None:
    gradient = seen.found.gradient
    if gradient is None or gradient.half_life is None or gradient.vanishing < MOST:
        return None
    if gradient.half_life * FORGOTTEN > seen.length:
        return None
    return (
        f"Its gradient halves every {gradient.half_life:.1f} steps, and sequences have "
        f"{seen.length}: what is further back hardly counts."
    )


def _explodes(seen: Seen) -> str | None:
    gradient = seen.found.gradient
    if gradient is None or gradient.exploding < MOST:
        return None
    return (
        f"Its gradient grows more than a thousand times over {seen.found.steps} steps: "
        "its training may be unstable."
    )


def _straight(seen: Seen) -> str | None:
    bent = [part.curvature for part in _own(seen.found) if part.function != "identity"]
    known = [share for share in bent if share is not None]
    if not known or len(known) < len(bent) or max(known) > STRAIGHT:
        return None
    return f"Its activation works almost like a straight line here (curvature {max(known):.1%})."


def _dead(seen: Seen) -> str | None:
    worst = max(_own(seen.found), key=lambda part: part.dead, default=None)
    if worst is None or worst.dead < DEAD:
        return None
    return (
        f"Of the units of layer {worst.layer}, {worst.dead:.0%} are dead: nothing here moves them."
    )


def _flat(seen: Seen) -> str | None:
    worst = max(_own(seen.found), key=lambda part: part.saturated, default=None)
    if worst is None or worst.saturated < FLAT or worst.dead >= DEAD:
        return None
    return (
        f"In layer {worst.layer} its activation is flat at {worst.saturated:.0%} of what it sees: "
        "little gradient passes there."
    )


def _ajar(seen: Seen) -> str | None:
    mean, gate = max(_gates(seen.found), key=lambda pair: abs(pair[0] - 0.5), default=(0.5, None))
    if gate is None or AJAR < mean < 1.0 - AJAR:
        return None
    way = "open" if mean > 0.5 else "closed"
    return (
        f"The {gate.role} of layer {gate.layer} stays {way}: "
        f"its mean is {mean:.2f} on a scale from 0 to 1."
    )


def _switches(seen: Seen) -> str | None:
    gates = [gate for mean, gate in _gates(seen.found) if AJAR < mean < 1.0 - AJAR]
    gate = max(gates, key=lambda part: part.saturated, default=None)
    if gate is None or gate.saturated < MOST:
        return None
    return (
        f"The {gate.role} of layer {gate.layer} works like a switch: "
        f"{gate.saturated:.0%} of its values are at an end of its range."
    )


def _lasts(seen: Seen) -> str | None:
    gradient = seen.found.gradient
    if gradient is None or gradient.decay <= 0.0 or gradient.exploding > 0.0:
        return None
    if gradient.half_life is not None and gradient.half_life < seen.length:
        return None
    if not any(_forgets(other) or _gone(other) for other in _others(seen)):
        return None  # nothing special then
    return f"Its gradient lasts: it does not halve within {seen.length} steps."


def _slow(seen: Seen) -> str | None:
    def better(score: float) -> float:
        return score if seen.metric.direction == "minimize" else -score

    own = seen.found.cost
    times = [
        (other.found.cost.train_ms_per_step, other.row.label)
        for other in _others(seen)
        if other.found.cost is not None
        and better(other.row.validation.mean) <= better(seen.row.validation.mean)
    ]
    if own is None or not times:
        return None
    least, label = min(times)
    if own.train_ms_per_step < SLOWER * least:
        return None
    times_slower = own.train_ms_per_step / least
    return f"{TIMED}{times_slower:.1f} times slower than {label}, which scores no worse."


WEAKNESSES: Final[tuple[Rule, ...]] = (_gone, _forgets, _explodes, _dead, _flat, _straight)
OTHERS: Final[tuple[Rule, ...]] = (_lasts, _ajar, _switches, _slow)


def _own(found: DiagnosticsRecord) -> list[UnitsRecord]:
    """The candidates' activations: what the architecture is named after."""
    return [part for part in found.units if part.role.startswith("activation")]


def _gates(found: DiagnosticsRecord) -> list[tuple[float, UnitsRecord]]:
    """The mean of each gate, and the gate."""
    return [(part.openness, part) for part in found.units if part.openness is not None]


def _others(seen: Seen) -> Iterator[Seen]:
    for row in seen.rows:
        if row.diagnostics is not None and row is not seen.row:
            yield replace(seen, row=row, found=row.diagnostics)


def without_clock(why: Iterable[str]) -> list[str]:
    """Return the sentences that do not rest on a clock: equal runs say them equally."""
    return [sentence for sentence in why if not sentence.startswith(TIMED)]
