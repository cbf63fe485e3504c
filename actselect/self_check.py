"""The A/A check: a default against its own duplicate, and what that says about false claims.

The duplicate differs from the default by its initial weights alone, so every claim about the two is
false.  It runs on the first repeats of the confirmation, beside the default, and takes part in no
verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from actselect.planning import Plan
from actselect.records import AARecord, FloatArray, MetricRecord
from actselect.runner import Runner
from actselect.screening import Finalist
from actselect.seeding import generator
from actselect.tasks import Fold
from actselect.training import KEPT, TrainingJob, TrainingResult
from actselect.verdict import false_claims, told_apart

REPEATS = 10
STUDIES = 400


def aa_check(
    *,
    default: Finalist,
    arms: int,
    folds: list[Fold],
    examples: Callable[[Fold], int] | None,
    plan: Plan,
    runner: Runner,
    seed: int,
    metric: MetricRecord,
    margin: float,
    confidence: float,
    deadline: float | None,
    announce: Callable[[], None],
) -> AARecord | None:
    """Train the default and its duplicate on paired repeats, and count false claims.

    Args:
        default: what is duplicated.
        arms: networks that the confirmation compares.
        folds: splits of the first repeats; one training of each of the two on each.
        examples: how many independent examples a split scores, where the metric is a rate.
        plan: epochs of a full training.
        runner: where trainings run; the confirmation finds the default's there again.
        seed: the root seed.
        metric: its direction.
        margin: the practical margin.
        confidence: such as 0.95.
        deadline: time (``clock.now()``) at which the trainings must end; None for never.
        announce: told of every training that is done.

    Returns:
        None when the budget ended before two repeats, or every training diverged.
    """
    jobs = [
        TrainingJob(
            architecture=default.architecture,
            learning_rate=default.learning_rate,
            repeat=repeat,
            until_epoch=plan.epochs,
            seed=seed,
            twin=twin,
            keep=repeat == KEPT and not twin,
            deadline=deadline,
        )
        for repeat in range(len(folds))
        for twin in (0, 1)
    ]
    results = runner.train(jobs, lambda *_: announce())
    sign = 1.0 if metric.direction == "minimize" else -1.0
    differences = _differences(results[::2], results[1::2], sign)
    if differences is None:
        return None
    rho = float(np.mean([fold.overlap for fold in folds]))
    counted = None if examples is None else round(float(np.mean(list(map(examples, folds)))))
    false = false_claims(
        differences, arms=arms, margin=margin, rho=rho, examples=counted, confidence=confidence,
        studies=STUDIES, rng=generator(seed, "A/A"),
    )  # fmt: skip
    claimed = told_apart(
        differences, margin=margin, rho=rho, examples=counted, confidence=confidence
    )
    return AARecord(
        label=default.architecture.label,
        repeats=len(differences),
        claimed=claimed,
        studies=STUDIES,
        false_claims=false,
        upper=float(stats.beta.ppf(0.95, false + 1, STUDIES - false)),
    )


def _differences(
    own: Sequence[TrainingResult], duplicate: Sequence[TrainingResult], sign: float
) -> FloatArray | None:
    """Return duplicate - own on the repeats that both finished, lower is better; None below two.

    A training that diverged counts as the worst score of all.
    """
    scores = np.array(
        [
            [math.inf if result.score is None else sign * result.score for result in pair]
            for pair in zip(own, duplicate, strict=True)
            if not any(result.cut for result in pair)
        ]
    )
    if len(scores) < 2 or not np.isfinite(scores).any():
        return None
    scores[np.isinf(scores)] = scores[np.isfinite(scores)].max()
    return np.asarray(scores[:, 1] - scores[:, 0], dtype=np.float64)
