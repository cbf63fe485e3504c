"""The guide's principles as measured, in the words and numbers of a table.

Nothing is computed here but the range from the smallest to the largest of what was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from actselect.records import DiagnosticsRecord, RankedRecord, ReportRecord, UnitsRecord
from actselect.report.wording import DASH, count, milliseconds

MEANINGS = (
    ("Half-life", "Steps back after which half of the gradient is left."),
    ("Decay", "Factor by which the gradient changes with each step back; 1 is stable."),
    (
        "Lyapunov exponent",
        "How fast two nearby states part, nats per step; below 0 the past is forgotten.",
    ),
    (
        "Largest singular value",
        "The most that one step can stretch a difference between two states; the median.",
    ),
    (
        "Vanishing, exploding",
        (
            "Share of sequences whose gradient shrinks below a thousandth, or grows beyond a "
            "thousand times, on the way back."
        ),
    ),
    (
        "Curvature",
        (
            "Share of an activation's output that no straight line explains; at 0% it works like "
            "a linear map."
        ),
    ),
    (
        "Saturated",
        "Share of values at which the slope is below a twentieth of the steepest.",
    ),
    ("Dead", "Share of units whose slope is nearly 0 at every value seen."),
    ("Openness", "Mean value of a gate: 0% closed, 100% open."),
    (
        "Training, prediction",
        "Milliseconds of processor time, the median, timed in turns with all others.",
    ),
    (
        "Memory",
        "Weights, their gradients, the optimiser's state, and the activations of one batch.",
    ),
)
GRADIENT_HEADS = (
    "Half-life, steps", "Decay per step", "Lyapunov exponent", "Largest singular value",
    "Vanishing", "Exploding",
)  # fmt: skip
COST_HEADS = ("Training, ms per step", "Prediction, ms each", "Memory, MB")
UNITS_HEADS = ("Curvature", "Saturated", "Dead", "Openness")


def measured(record: ReportRecord) -> list[tuple[RankedRecord, DiagnosticsRecord]]:
    """Return the ranked architectures that were looked at, with what was found."""
    return [(row, row.diagnostics) for row in record.ranking if row.diagnostics is not None]


def looked_at(record: ReportRecord) -> str:
    """Return on what was measured, as one sentence; empty where nothing was."""
    rows = [found for _, found in measured(record)]
    if not rows:
        return ""
    first = rows[0]
    return (
        f"Measured on networks trained in repeat {first.repeat}, on the last "
        f"{count(first.steps, 'step')} of each of {count(first.sequences, 'sequence')} of the "
        "scored part."
    )


def gradient(found: DiagnosticsRecord) -> tuple[str, ...]:
    """Return the cells under :data:`GRADIENT_HEADS`."""
    told = found.gradient
    if told is None:
        return (DASH,) * len(GRADIENT_HEADS)
    half = DASH if told.half_life is None else f"{told.half_life:.3g}"
    exponent = DASH if told.lyapunov is None else signed(told.lyapunov)
    return (
        half, f"{told.decay:.3f}", exponent, f"{told.singular:.2f}",
        f"{told.vanishing:.0%}", f"{told.exploding:.0%}",
    )  # fmt: skip


def cost(found: DiagnosticsRecord) -> tuple[str, ...]:
    """Return the cells under :data:`COST_HEADS`."""
    told = found.cost
    if told is None:
        return (DASH,) * len(COST_HEADS)
    numbers = (told.train_ms_per_step, told.infer_ms_per_sequence, told.memory_mb)
    return tuple(map(milliseconds, numbers))


def units(found: DiagnosticsRecord) -> tuple[str, ...]:
    """Return the cells under :data:`UNITS_HEADS`, over all layers: of activations, then of gates.

    Curvature is that of the activations; a gate is not asked to bend.
    """
    bent = (part.curvature for part in found.units if part.openness is None)
    return (
        span(bent), span(part.saturated for part in found.units),
        span(part.dead for part in found.units), span(part.openness for part in found.units),
    )  # fmt: skip


def each_unit(found: DiagnosticsRecord) -> Iterator[tuple[UnitsRecord, tuple[str, ...]]]:
    """Yield every nonlinearity with its own cells under :data:`UNITS_HEADS`."""
    for part in found.units:
        shares = (part.curvature, part.saturated, part.dead, part.openness)
        yield part, tuple(DASH if share is None else f"{share:.0%}" for share in shares)


def unit(part: UnitsRecord) -> str:
    """Return where a nonlinearity stands and what it is for, in words."""
    return f"layer {part.layer}, {part.role.replace('_', ' ')}"


def span(shares: Iterable[float | None]) -> str:
    """Return shares as a range, a dash for none.

    >>> span([0.031, 0.12]), span([0.5, None]), span([]) == DASH
    ('3% to 12%', '50%', True)
    """
    known = sorted(share for share in shares if share is not None)
    if not known:
        return DASH
    low, high = f"{known[0]:.0%}", f"{known[-1]:.0%}"
    return low if low == high else f"{low} to {high}"


def signed(value: float) -> str:
    """Return a number with its sign.

    >>> signed(0.1234)
    '+0.123'
    """
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")
