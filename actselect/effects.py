"""Which axis of the search space mattered: main effects and interactions.

Compared is what all trials have in common: their scores after screening's first rung, when each had
been trained for the same number of epochs, at the learning rates that every architecture was given.

*Main effects* are shares of the variance of the scores' ranks by functional ANOVA (Hutter, Hoos and
Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance", ICML), as Optuna
computes it.  Ranks, because one bad learning rate would otherwise take all of the variance.  On 60
tables with planted effects its largest axis was the true one in 95, 97 and 80 % of those with 36,
18 and 9 architectures; for PED-ANOVA, which asks what sets the best quarter apart, these were 87,
73 and 63 %, and less for the best tenth.  No share is told unless an additive model of the ranks
explains more than chance would (F test, 5 %; trials count as independent).

*Interactions* of two axes are what their levels together explain of the best scores over learning
rates beyond all main effects and, where there are enough architectures, all other pairs, by least
squares: so it does not matter that some combinations were tried more often than others, or never.
Sums of squares are corrected for what as many columns of noise would explain (omega squared; Hays
1963, "Statistics for Psychologists").  Told are those that pass an F test at 5 %, divided by the
number of pairs.

Notation: A architectures, T trials; P columns of a design matrix.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution
from optuna.importance import FanovaImportanceEvaluator
from scipy.stats import f as f_distribution
from scipy.stats import rankdata

from actselect.architecture import Architecture
from actselect.planning import LEARNING_RATES
from actselect.records import AxisRecord, Direction, EffectsRecord, FloatArray, InteractionRecord
from actselect.runner import Runner
from actselect.screening import ScreeningOutcome

METHOD = "fANOVA of ranks"
LEAST_ARCHITECTURES = 8  # with a score: of fewer, nothing is told
LEAST_LEFT = 4  # degrees of freedom that tell what is unexplained
MOST = 200  # columns of all pairs: more leave nothing over, and take long
LEVEL = 0.05
TREES, DEPTH = 32, 4  # of the forest: more and deeper ones cost minutes and were no nearer
MOST_INTERACTIONS = 3
RATE = "learning_rate"
NONE = "none"  # the level of an architecture that has no such axis
TINY = 1e-12  # of the variance: what is left by rounding

Levels = Mapping[str, str]
Row = tuple[Levels, float]
Axes = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """An architecture with a learning rate; ``score`` is None where it diverged."""

    architecture: Architecture
    learning_rate: float
    score: float | None


def first_rung(outcome: ScreeningOutcome, epochs: int, runner: Runner) -> tuple[Trial, ...]:
    """Return all trials as they stood after the first rung, in the order in which they ended.

    Left out are learning rates that only finalists were given.

    Args:
        outcome: of the screening.
        epochs: of the first rung.
        runner: what knows its trainings.
    """
    found = []
    for key in outcome.ends:
        job, result = runner.trainings[key]
        while job.continues is not None:
            job, result = runner.trainings[job.continues]
        if job.until_epoch == epochs and any(_alike(job.learning_rate, r) for r in LEARNING_RATES):
            found.append(
                Trial(
                    architecture=job.architecture,
                    learning_rate=job.learning_rate,
                    score=result.score,
                )
            )
    return tuple(found)


def effects(trials: Sequence[Trial], epochs: int, direction: Direction) -> EffectsRecord | None:
    """Return main effects and interactions; None where too few architectures have a score.

    Args:
        trials: trained equally long, at the same learning rates.
        epochs: that they were trained.
        direction: of the metric.
    """
    every = [(_levels(t.architecture) | {RATE: f"{t.learning_rate:g}"}, t) for t in trials]
    tried = [(levels, t.score) for levels, t in every if t.score is not None]
    best: dict[Architecture, float] = {}
    better = min if direction == "minimize" else max
    for trial in trials:
        if trial.score is not None:
            known = best.get(trial.architecture, trial.score)
            best[trial.architecture] = better(known, trial.score)
    rows = [(_levels(architecture), score) for architecture, score in best.items()]
    if len(rows) < LEAST_ARCHITECTURES or not _axes(rows):
        return None
    axes = _axes(tried)
    shares = _shares(tried, axes)
    return EffectsRecord(
        method=METHOD,
        epochs=epochs,
        architectures=len(rows),
        axes=tuple(
            _axis(name, tried if name == RATE else rows, values, shares.get(name))
            for name, values in axes.items()
        ),
        interactions=_interactions(rows, _axes(rows)),
        diverged=len(trials) - len(tried),
    )


def _alike(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6)


def _levels(architecture: Architecture) -> dict[str, str]:
    """Return the level of an architecture on each axis; of its layers the first counts."""
    first = architecture.layers[0]
    same = all(layer.output_activation == layer.activation for layer in architecture.layers)
    output = NONE if first.output_activation is None else first.output_activation
    return {
        "cell": architecture.cell,
        "activation": first.activation,
        "recurrent_activation": first.recurrent_activation or NONE,
        "output_activation": "same" if same else output,
        "num_layers": str(architecture.num_layers),
        "head_activation": architecture.head_activation,
        "bidirectional": "yes" if architecture.bidirectional else "no",
    }


def _axes(rows: Sequence[Row]) -> Axes:
    """Return the levels of each axis that has more than one, besides ``"none"``, which is last."""
    axes = {}
    for name in rows[0][0]:
        found = {levels[name] for levels, _ in rows}
        values = sorted(found - {NONE}, key=_natural)
        if len(values) > 1:
            axes[name] = (*values, *sorted(found & {NONE}))
    return axes


def _natural(level: str) -> tuple[float, str]:
    """Sort numbers by size, and names after them by letters."""
    try:
        return float(level), level
    except ValueError:
        return math.inf, level


def _axis(
    name: str,
    rows: Sequence[Row],
    values: tuple[str, ...],
    share: float | None,
) -> AxisRecord:
    scores = [[score for levels, score in rows if levels[name] == value] for value in values]
    return AxisRecord(
        name=name,
        importance=share,
        values=values,
        scores=tuple(_short(fmean(own)) for own in scores),
        counts=tuple(len(own) for own in scores),
    )


def _short(score: float) -> float:
    return float(f"{score:.6g}")


# -- main effects -------------------------------------------------------------------------------


def _shares(rows: Sequence[Row], axes: Axes) -> dict[str, float]:
    """Return the share of each axis, of all together 1; nothing where chance explains as much."""
    ranks = np.asarray(rankdata([score for _, score in rows]), dtype=np.float64)
    levels = [row for row, _ in rows]
    nothing, additive = _fit([], ranks), _fit([_indicators(levels, (n,)) for n in axes], ranks)
    if not _stands_out(nothing, additive, LEVEL):
        return {}
    study = _study(levels, ranks, axes)
    found = FanovaImportanceEvaluator(n_trees=TREES, max_depth=DEPTH, seed=0).evaluate(
        study, params=list(axes)
    )
    total = sum(found.values())
    return {name: round(float(found[name] / total), 4) for name in axes} if total > 0 else {}


def _study(rows: Sequence[Levels], values: FloatArray, axes: Axes) -> optuna.Study:
    """Return a study of these trials; of a cell without some axis, with all of its levels in turn.

    A level of its own would say which cell it is, and the axis would be credited with that.
    """
    space = {
        name: CategoricalDistribution([value for value in levels if value != NONE])
        for name, levels in axes.items()
    }
    conditional = [len(space[name].choices) for name, levels in axes.items() if NONE in levels]
    copies = max(conditional, default=1)
    trials = []
    for row, value in zip(rows, values, strict=True):
        free = [name for name in axes if row[name] == NONE]
        for copy in range(copies if free else 1):
            chosen = {name: row[name] for name in axes}
            for name in free:
                choices = space[name].choices
                chosen[name] = str(choices[copy % len(choices)])
            trials.append(
                optuna.trial.create_trial(
                    params=chosen, distributions=dict(space), value=float(value)
                )
            )
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(direction="minimize")
    finally:
        optuna.logging.set_verbosity(verbosity)
    study.add_trials(trials)
    return study


# -- interactions -------------------------------------------------------------------------------


def _interactions(rows: Sequence[Row], axes: Axes) -> tuple[InteractionRecord, ...]:
    pairs = list(itertools.combinations(axes, 2))
    found = [_interaction(rows, axes, pair, LEVEL / len(pairs)) for pair in pairs]
    known = [record for record in found if record is not None]
    return tuple(sorted(known, key=lambda record: -record.share)[:MOST_INTERACTIONS])


def _interaction(
    rows: Sequence[Row], axes: Axes, pair: tuple[str, str], level: float
) -> InteractionRecord | None:
    """Return what two axes do together, among architectures that have both; None: nothing told."""
    own = [row for row in rows if NONE not in (row[0][pair[0]], row[0][pair[1]])]
    share = _together(own, axes, pair, level)
    if share is None:
        return None
    first, second = (
        tuple(v for v in axes[name] if any(levels[name] == v for levels, _ in own)) for name in pair
    )
    return InteractionRecord(
        axes=pair,
        rows=first,
        columns=second,
        scores=tuple(
            tuple(_mean(own, {pair[0]: one, pair[1]: other}) for other in second) for one in first
        ),
        share=share,
    )


def _together(rows: Sequence[Row], axes: Axes, pair: tuple[str, str], level: float) -> float | None:
    """Return the share of an interaction; None where it does not stand out."""
    if len(rows) <= LEAST_LEFT:
        return None
    levels, scores = [row for row, _ in rows], np.array([score for _, score in rows])
    others = [_indicators(levels, (name,)) for name in axes if name not in pair]
    every = [*others, *(_indicators(levels, (name,)) for name in pair)]
    rest = [_indicators(levels, p) for p in itertools.combinations(axes, 2) if p != pair]
    both = _indicators(levels, pair)
    wide = sum(part.shape[1] for part in rest) > MOST
    if wide or _fit([*every, *rest, both], scores).left < LEAST_LEFT:
        rest = []
    before, full = _fit([*every, *rest], scores), _fit([*every, *rest, both], scores)
    if not _stands_out(before, full, level):
        return None
    beyond = _explained(before, full, full)
    apart = max(0.0, _explained(_fit(others, scores), _fit(every, scores), full))
    return round(beyond / (beyond + apart), 4)


def _mean(rows: Sequence[Row], at: Levels) -> float | None:
    """Return the mean score where axes have these levels; None where nothing was tried."""
    known = [score for levels, score in rows if all(levels[n] == v for n, v in at.items())]
    return _short(fmean(known)) if known else None


# -- least squares ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """A linear model: what it leaves unexplained, with how many degrees of freedom."""

    squares: float
    left: int


def _indicators(rows: Sequence[Levels], names: tuple[str, ...]) -> FloatArray:
    """Return a column for each combination of levels that occurs, (A, P)."""
    combined = [tuple(row[name] for name in names) for row in rows]
    columns = sorted(set(combined))
    return np.array([[float(c == column) for column in columns] for c in combined])


def _fit(parts: Sequence[FloatArray], values: FloatArray) -> _Fit:
    """Fit a constant and these columns; columns that say the same count once."""
    design = np.column_stack([np.ones(len(values)), *parts])
    weights, _, rank, _ = np.linalg.lstsq(design, values, rcond=None)
    squares = float(((values - design @ weights) ** 2).sum())
    total = float(((values - values.mean()) ** 2).sum())
    return _Fit(squares=0.0 if squares < TINY * total else squares, left=len(values) - int(rank))


def _stands_out(small: _Fit, large: _Fit, level: float) -> bool:
    """Say whether the larger model explains more than as many columns of noise would."""
    more = small.left - large.left
    if more == 0 or large.left < LEAST_LEFT or small.squares <= large.squares:
        return False
    if large.squares == 0.0:
        return True
    ratio = (small.squares - large.squares) / more / (large.squares / large.left)
    return bool(f_distribution.sf(ratio, more, large.left) < level)


def _explained(small: _Fit, large: _Fit, full: _Fit) -> float:
    """Return the sum of squares between two models, less what noise would explain."""
    return small.squares - large.squares - (small.left - large.left) * full.squares / full.left
