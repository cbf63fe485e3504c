"""What search and confirmation did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TrialEnd = Literal["complete", "pruned", "diverged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRatePoint:
    """One learning rate tried during screening; ``score`` is None where training diverged."""

    learning_rate: float
    score: float | None
    epochs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDivergence:
    """How many of the trainings at one learning rate diverged."""

    learning_rate: float
    trainings: int
    diverged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergenceRow:
    """Divergence per cell and activation over all trainings of the study.

    ``epochs`` are those in which trainings diverged, in ascending order; ``learning_rates`` are all
    that were tried, in ascending order.
    """

    cell: str
    activation: str
    trainings: int
    diverged: int
    epochs: tuple[int, ...] = ()
    learning_rates: tuple[RateDivergence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRecord:
    """One trial's stopping loss after each epoch, the untrained network's first.

    All rungs of a trial make one curve.  Losses have four significant digits; one that is not
    finite is left off.  ``end`` says how the trial ended.
    """

    label: str
    learning_rate: float
    losses: tuple[float, ...]
    end: TrialEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisRecord:
    """How much one axis of the search space mattered in screening.

    ``name`` is one of ``cell``, ``activation``, ``recurrent_activation``, ``output_activation``,
    ``num_layers``, ``head_activation``, ``bidirectional`` and ``learning_rate``; activations are
    those of the first layer.  ``importance`` is the share of the variance of the scores' ranks, of
    all axes together 1; None where it cannot be told.  ``values`` are the levels, ``"none"`` where
    a cell has no such thing; ``scores`` the mean over architectures of the best score over learning
    rates (of a learning rate: of the score with it), ``counts`` how many architectures that is.
    """

    name: str
    importance: float | None
    values: tuple[str, ...]
    scores: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionRecord:
    """Two axes together: ``scores[i][j]`` is the mean where the axes have these levels; None: none.

    ``share`` is what the two explain together beyond what each explains alone, a share of all that
    they explain: 0 where their effects just add up, 1 where neither has an effect of its own.
    """

    axes: tuple[str, str]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    scores: tuple[tuple[float | None, ...], ...]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectsRecord:
    """Which axis matters: main effects and interactions of screening's first ``epochs`` epochs.

    Screening chooses finalists and nothing else; these numbers describe, and support no claim.
    ``architectures`` have a score; of their trials, and of those of the others, ``diverged`` have
    none and are in no mean.  Interactions are those that stand out of what is left unexplained, the
    largest first, at most three.
    """

    method: str
    epochs: int
    architectures: int
    axes: tuple[AxisRecord, ...]
    interactions: tuple[InteractionRecord, ...] = ()
    diverged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRecord:
    """What the search did; ``trials`` are (architecture, learning rate) pairs.

    ``rates_each`` is how many learning rates each finalist was given: the same for all.  ``axes``
    are those that were shown, before the study, to change function and gradient.  ``curves`` are
    one for each trial, those of the finalists first; of a study of very many, the first 400.
    """

    architectures: int
    trials: int
    pruned: int
    diverged: int
    epochs: int
    seconds: float
    rungs: tuple[int, ...]
    divergence: tuple[DivergenceRow, ...] = ()
    rates_each: int = 0
    axes: tuple[str, ...] = ()
    curves: tuple[CurveRecord, ...] = ()
    effects: EffectsRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRecord:
    """What the confirmation did; ``trainings`` counts (architecture, repeat) pairs.

    ``overlap`` is n_score / n_train of each repeat, for the correction of Nadeau and Bengio (2003);
    ``examples`` how many independent examples each repeat scored, where the metric is a rate.
    """

    architectures: int
    repeats: int
    trainings: int
    epochs: int
    seconds: float
    overlap: tuple[float, ...] = ()
    examples: tuple[int, ...] = ()
