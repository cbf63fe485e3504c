"""What diagnostics of the confirmed networks say of the guide's principles.

They describe one trained network of each architecture, so the bounds are far apart, and what falls
between them is "cannot tell".  Where nothing was measured a principle is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal

from actselect.guide._rules import candidates, skeleton_with_head
from actselect.records import CostRecord, GradientRecord, RankedRecord, VerdictRecord

Judgement = tuple[Literal["agree", "disagree", "cannot tell"], str]

STABLE, UNSTABLE = 0.1, 0.5  # shares of sequences whose gradient vanishes or explodes
DEARER, SAME = 1.2, 1.05  # ratios of training time: a fifth is worth weighing, a twentieth is not
LINEAR, CURVED = 0.01, 0.05  # shares of an output's variance that a straight line leaves over


def gradient_stability(ranking: Sequence[RankedRecord], _: VerdictRecord) -> Judgement | None:
    """Judge whether gradients are stable through ReLU and not through what competes with it."""
    pairs = [
        (relu, other)
        for relu, other in _pairs(ranking)
        if candidates(relu.architecture) == {"relu"}
        and "relu" not in candidates(other.architecture)
        and _gradient(relu) and _gradient(other)
    ]  # fmt: skip
    if not pairs:
        return None
    relu, other = max(pairs, key=lambda pair: abs(_lost(pair[0]) - _lost(pair[1])))
    because = (
        f"Sequences whose gradient vanishes or explodes: {_lost(relu):.0%} in {relu.label}, "
        f"{_lost(other):.0%} in {other.label}."
    )
    if all(_lost(a) <= STABLE and _lost(b) >= UNSTABLE for a, b in pairs):
        return "agree", because
    if all(_lost(a) >= UNSTABLE and _lost(b) <= STABLE for a, b in pairs):
        return "disagree", because
    return "cannot tell", because


def enough_nonlinearity(
    ranking: Sequence[RankedRecord], verdict: VerdictRecord
) -> Judgement | None:
    """Judge whether tanh or sigmoid is too little nonlinear for these data.

    Agree: such a network works nearly as a linear one, and one that is alike but bends more is in
    the first tier, while it is not.  Disagree: the best network has this activation, and a verdict.
    """
    measured = [row for row in ranking if _curvature(row) is not None]
    squashing = [r for r in measured if candidates(r.architecture) <= {"tanh", "sigmoid"}]
    if not squashing:
        return None
    decided = verdict.kind in {"winner", "tie"}
    for one, other in _pairs(measured):
        flat = decided and one in squashing and one.tier > 1 and _bend(one) <= LINEAR
        if flat and other.tier == 1 and _bend(other) >= CURVED and other not in squashing:
            return "agree", (
                f"{one.label} works nearly as a linear network ({_bend(one):.1%} of the variance "
                f"is curved) and is shown worse than {other.label} ({_bend(other):.1%})."
            )
    best = squashing[0]
    if decided and best.tier == 1:
        return "disagree", f"In the first tier, so nonlinear enough for these data: {best.label}."
    return "cannot tell", (
        f"The share of the variance that is curved in {best.label} is {_bend(best):.1%}."
    )


def cost(ranking: Sequence[RankedRecord], _: VerdictRecord) -> Judgement | None:
    """Judge whether, of networks of one size that are else alike, an activation costs more time."""
    pairs = [
        (one, other)
        for one, other in _pairs(ranking)
        if one.architecture.hidden_size == other.architecture.hidden_size
        and _cost(one) and _cost(other)
    ]  # fmt: skip
    if not pairs:
        return None
    slow, fast = max(pairs, key=lambda pair: _ratio(*pair))
    ratio = _ratio(slow, fast)
    because = f"A training step of {slow.label} takes {ratio:.2f} times that of {fast.label}."
    if ratio >= DEARER:
        return "agree", because
    return ("disagree" if ratio <= SAME else "cannot tell"), because


JUDGES: Final[Mapping[str, Callable[[Sequence[RankedRecord], VerdictRecord], Judgement | None]]] = {
    "gradient-stability": gradient_stability,
    "enough-nonlinearity": enough_nonlinearity,
    "cost": cost,
}


def _pairs(ranking: Sequence[RankedRecord]) -> Iterator[tuple[RankedRecord, RankedRecord]]:
    """Yield all ordered pairs that are alike in all but the activations of recurrent layers."""
    for one in ranking:
        for other in ranking:
            alike = skeleton_with_head(one.architecture) == skeleton_with_head(other.architecture)
            if one is not other and alike:
                yield one, other


def _gradient(row: RankedRecord) -> GradientRecord | None:
    return row.diagnostics.gradient if row.diagnostics else None


def _lost(row: RankedRecord) -> float:
    gradient = _gradient(row)
    return gradient.vanishing + gradient.exploding if gradient else 0.0


def _curvature(row: RankedRecord) -> float | None:
    """Return the largest curvature of a candidate's activation over the layers."""
    units = row.diagnostics.units if row.diagnostics else ()
    bends = [u.curvature for u in units if u.role == "activation" and u.curvature is not None]
    return max(bends, default=None)


def _bend(row: RankedRecord) -> float:
    return _curvature(row) or 0.0


def _cost(row: RankedRecord) -> CostRecord | None:
    return row.diagnostics.cost if row.diagnostics else None


def _ratio(slow: RankedRecord, fast: RankedRecord) -> float:
    """Return the ratio of training times, the smaller of medians and of fastest turns."""
    one, other = _cost(slow), _cost(fast)
    if one is None or other is None or min(other.train_ms_per_step, other.train_ms_least) <= 0:
        return 0.0
    return min(
        one.train_ms_per_step / other.train_ms_per_step, one.train_ms_least / other.train_ms_least
    )
