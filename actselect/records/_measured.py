"""The guide's principles, measured on trained networks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientRecord:
    """How gradients travel back through a trained network: the guide's *gradient stability*.

    ``norms[i]`` is the norm of the loss's gradient with respect to the top layer's state,
    ``lags[i]`` steps before the step whose loss it is, relative to lag 0: the median over
    sequences, no unit.
    ``decay`` is the factor per step fitted to it (1: stable); ``half_life`` the steps after which
    half is left, None where nothing decays.  ``lyapunov`` is the largest Lyapunov exponent of the
    state's own dynamics, nats per step (below 0: what came before is forgotten); ``singular`` the
    median largest singular value of the one-step Jacobian.  ``vanishing`` and ``exploding`` are the
    shares of sequences whose gradient shrinks below a thousandth, or grows beyond a thousand times,
    on the way to the first step that was looked at.
    """

    lags: tuple[int, ...]
    norms: tuple[float, ...]
    decay: float
    half_life: float | None
    lyapunov: float
    singular: float
    vanishing: float
    exploding: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsRecord:
    """How one nonlinearity of a trained network works: the guide's *enough nonlinearity*.

    ``role`` is ``"activation"``, ``"output_activation"``, or the gate's name.  ``curvature`` is the
    share of the output's variance that the best straight line through what the function sees leaves
    over: 0 works like a linear map.  ``saturated`` is the share of values at which the slope is
    below a twentieth of the steepest; ``dead`` the share of units whose slope is (nearly) 0 at
    every value seen.  ``openness`` is the mean value of a gate; None for what is no gate.
    """

    layer: int
    role: str
    function: str
    curvature: float
    saturated: float
    dead: float
    openness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRecord:
    """What a network costs, timed in turns with all others: the guide's *cost*.

    Milliseconds of processor time: medians, and the fastest of all turns in ``*_least``.
    ``memory_mb`` is what weights, their gradients, the optimiser's state, and the activations of
    one batch take, computed from their sizes.
    """

    train_ms_per_step: float
    train_ms_least: float
    infer_ms_per_sequence: float
    infer_ms_least: float
    memory_mb: float
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticsRecord:
    """The guide's first three principles, measured on one trained network of a repeat.

    ``sequences`` were looked at, of the scored part, up to ``steps`` steps each.  ``why`` says in
    sentences what follows from the numbers, by the rules of :mod:`actselect.why`.
    """

    repeat: int
    sequences: int
    steps: int
    gradient: GradientRecord | None
    units: tuple[UnitsRecord, ...]
    cost: CostRecord | None
    why: tuple[str, ...] = ()
