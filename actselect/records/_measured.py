"""The guide's principles, measured on trained networks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientRecord:
    """How gradients travel back through a trained network: the guide's *gradient stability*.

    ``norms[i]`` is the norm of dL/dh_t, the loss's gradient with respect to what the network
    carries on (the states of all layers; of an LSTM hidden and cell states), ``lags[i]`` steps
    before the step whose loss it is, relative to lag 0: the median over sequences, no unit; 0 where
    nothing is left (Pascanu et al. 2013, arXiv:1211.5063, section 2).  Where the network answers at
    every step it is the loss of the last one; where it reads both ways and answers once, each
    direction has its own lag.
    ``decay`` is the factor per step fitted to it (1: stable), by least squares on its logarithm
    over all lags; ``half_life`` the steps after which half is left at that rate, None where nothing
    decays, or all is gone at once.  ``lyapunov`` is the largest Lyapunov exponent of the states'
    own dynamics, of all layers, along the data, nats per step (below 0: what came before is
    forgotten; Benettin et al. 1980, doi:10.1007/BF02128236), the median over sequences; None where
    all is forgotten in one step.  ``singular`` is the median largest singular value of the one-step
    Jacobian of a layer, of the layer where it is largest.  ``vanishing`` and ``exploding`` are the
    shares of sequences whose gradient is below a thousandth, or beyond a thousand times, at the
    first step that was looked at.
    """

    lags: tuple[int, ...]
    norms: tuple[float, ...]
    decay: float
    half_life: float | None
    lyapunov: float | None
    singular: float
    vanishing: float
    exploding: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsRecord:
    """How one nonlinearity of a trained network works: the guide's *enough nonlinearity*.

    ``layer`` 1 reads the input.  ``role`` is ``"activation"``, ``"output_activation"``, or a gate:
    ``"forget gate"``, for one; those of a cell of the user's own are numbered, ``"gate 1"``.
    ``curvature`` is the share of the output's variance that the best straight lines through what
    the function sees leave over, one line for each unit: 0 works like a linear map; None where no
    output varies.  ``saturated`` is the share of values at which the slope is below a twentieth of
    the steepest that the function has; ``dead`` the share of units where it is below a thousandth
    of that at every value seen.  ``openness`` is the mean value of a gate; None for what is no
    gate.
    """

    layer: int
    role: str
    function: str
    curvature: float | None
    saturated: float
    dead: float
    openness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRecord:
    """What a network costs, timed in turns with all others: the guide's *cost*.

    Milliseconds of processor time: medians, and the fastest of all turns in ``*_least``.  Training
    is one optimiser step on a batch; inference one forward pass, divided by the sequences in it.
    ``memory_mb`` is what a step holds: weights, gradients and the optimiser's two averages, and for
    every step of the batch the input, pre-activations and states of the recurrent layers; computed
    from sizes, 4 bytes a number, without encoder, head and what the libraries need.
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

    ``sequences`` of the scored part were looked at, of the longer half of them, the last ``steps``
    steps of each.  ``why`` says in sentences what follows from the numbers, by the rules of
    :mod:`actselect.why`.
    """

    repeat: int
    sequences: int
    steps: int
    gradient: GradientRecord | None
    units: tuple[UnitsRecord, ...]
    cost: CostRecord | None
    why: tuple[str, ...] = ()
