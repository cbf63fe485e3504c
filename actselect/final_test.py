"""The one look at the test split, and the network that is saved.

Recommended and default are refitted on the development part, the best baseline with them; each is
scored once on the test part.  The opening is written into the ledger beside the studies before the
first score is computed, so that a crash cannot hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from sklearn import config_context

from actselect.exceptions import RunError, StudyError
from actselect.folder import StudyFolder
from actselect.model import RecurrentModel
from actselect.records import FloatArray, IntArray, TestRecord, TestScore
from actselect.runner import Runner
from actselect.screening import Finalist
from actselect.seeding import generator
from actselect.statistics import bootstrap_interval
from actselect.tasks import Scaled, Task, unknown_share
from actselect.training import TrainingJob

LEVEL = 0.9  # of the interval over test examples
DRAWS = 1000
ATTEMPTS = 3  # refits that may diverge before the study gives up


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """Scores on the test split, and the refitted recommended network with its scaling.

    ``unknown`` is the share of the test part's words that the network does not know, None where
    there are no words.
    """

    record: TestRecord
    baseline_scores: dict[str, float]
    model: RecurrentModel
    scaled: Scaled
    unknown: float | None

    __test__ = False  # not a pytest class


def final_test(
    *,
    task: Task,
    test: IntArray,
    recommended: Finalist,
    default: Finalist | None,
    best_baseline: str,
    epochs: int,
    runner: Runner,
    folder: StudyFolder,
    sha256: str,
    seed: int,
) -> TestOutcome:
    """Refit, open the test part, score.

    Args:
        task: the bound task.
        test: (E,) test examples.
        recommended: what the verdict recommends.
        default: the default LSTM; None when it did not survive the screening.
        best_baseline: name of the baseline that was best in the confirmation.
        epochs: to train the networks for at most.
        runner: where the refits run.
        folder: whose ledger records the opening.
        sha256: of the data.
        seed: the root seed.
    """
    arms = [recommended] if default in (None, recommended) else [recommended, default]
    networks = _refit([a for a in arms if a is not None], epochs, runner, seed)
    fold, scaled = runner.trainer.fold(repeat=0, seed=seed, refit=True)
    opening = runner.journal.once(
        "test opened", lambda: {"opening": folder.record_opening(sha256)}
    )["opening"]

    def scored() -> dict[str, object]:
        scores: dict[str, object] = {}
        for name, network in networks.items():
            predictions = runner.trainer.predict(network, scaled, test)
            scores[name] = asdict(_score(task, name, predictions, test, seed))
        for baseline in task.baselines():
            predictions = baseline.predict(task, fold, test)
            scores[f"baseline {baseline.name}"] = asdict(
                _score(task, baseline.name, predictions, test, seed)
            )
        return scores

    scores = runner.journal.once("test scores", scored)
    wanted = (*networks, *(f"baseline {b.name}" for b in task.baselines()))
    if missing := [name for name in wanted if name not in scores]:
        raise StudyError(f"{folder.journal} has no test score of {missing[0]}. Start a new study.")
    first = TestScore(**scores[recommended.architecture.label])
    second = None if default is None else TestScore(**scores[default.architecture.label])
    return TestOutcome(
        record=TestRecord(
            recommended=first,
            default=second,
            baseline=TestScore(**scores[f"baseline {best_baseline}"]),
            examples=len(test),
            openings=opening,
        ),
        baseline_scores={
            b.name: TestScore(**scores[f"baseline {b.name}"]).mean for b in task.baselines()
        },
        model=networks[recommended.architecture.label],
        scaled=scaled,
        unknown=unknown_share(scaled, test),
    )


def _refit(
    arms: Sequence[Finalist], epochs: int, runner: Runner, seed: int
) -> dict[str, RecurrentModel]:
    """Train on development; a training that diverges is tried again from other weights."""
    networks: dict[str, RecurrentModel] = {}
    waiting = list(arms)
    for attempt in range(ATTEMPTS):
        jobs = [
            TrainingJob(
                architecture=arm.architecture,
                learning_rate=arm.learning_rate,
                repeat=attempt,
                until_epoch=epochs,
                seed=seed,
                refit=True,
                keep=True,
            )
            for arm in waiting
        ]
        for job, result in zip(jobs, runner.train(jobs), strict=True):
            if result.diverged is None:
                network = runner.trainer.model(job, runner.checkpoint(job.key))
                networks[job.architecture.label] = network
        waiting = [arm for arm in waiting if arm.architecture.label not in networks]
        if not waiting:
            return networks
    raise RunError(
        f"{waiting[0].architecture.label} diverged {ATTEMPTS} times when refitted for the test. "
        "Nothing was tested. Try --epochs-budget or a larger --budget, or leave it out."
    )


def _score(
    task: Task, label: str, predictions: FloatArray, examples: IntArray, seed: int
) -> TestScore:
    def of(rows: IntArray) -> float:
        return task.score(predictions[rows], examples[rows])

    everything = np.arange(len(examples))
    mean = of(everything)
    # What was checked once need not be checked in each of a thousand resamples.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        low, high = bootstrap_interval(
            of,
            task.blocks(examples),
            level=LEVEL,
            draws=DRAWS,
            rng=generator(seed, "test interval"),
            rate=task.metric.rate,
        )
    return TestScore(label=label, mean=mean, low=low, high=high)
