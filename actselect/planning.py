"""Budgets, and how a budget is spent: how many architectures enter, how long they train.

Everything is planned in epochs.  A time budget is turned into epochs with the measured time of one;
an epoch budget is taken as it is, which makes a run deterministic.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, final

from actselect import clock
from actselect.exceptions import UsageError

BudgetKind = Literal["time", "epochs"]
Match = Literal["parameters", "hidden"]  # what all architectures of a study have equal

REDUCTION = 3  # of trials from rung to rung; Li et al. 2018, arXiv:1603.06560, section 2.3
KEPT_RATES = 2  # learning rates per architecture that survive the first rung
LEARNING_RATES = (
    0.001,
    0.004,
    0.016,
)  # Adam; two octaves apart, extended when the best is at the edge
SCREENING_SHARE = 0.4
CONFIRMATION_SHARE = 0.5  # the rest: refits for the test, and slack
FINALISTS = 3
DEFAULTS = 3
PLANNED_REPEATS = 5  # of each finalist, on average at least: some stop sooner, rivals go on
EPOCHS_RANGE = (6, 60)
MOST_REFIT = 4 * EPOCHS_RANGE[1]  # of the networks for the test, where a study ended early
REPORT_SECONDS = 6.0  # kept back for scoring the test, pictures and files
REFIT_SHARE = 0.15  # of a budget that is kept for training the final networks longer, if that helps
DIAGNOSTICS_SHARE = 0.1  # of a budget of time that a look into the networks may cost at most
DIAGNOSTICS_SECONDS = 0.15  # and an epoch, for each network: 0.02 to 2 s were measured
ENOUGH_ARCHITECTURES = 12  # below this many, longer trainings must not crowd out architectures
WORKER_OVERHEAD = 1.15  # wall seconds per processor second when all workers are busy


def parse_duration(text: str | float) -> float:
    """Return seconds.

    Args:
        text: ``"90s"``, ``"5m"``, ``"1h30m"``, or a number of seconds.

    Raises:
        UsageError: it is no positive duration.

    >>> parse_duration("1h30m"), parse_duration("5m"), parse_duration(90)
    (5400.0, 300.0, 90.0)
    """
    seconds: float | None = None
    if isinstance(text, int | float) or re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text)
    elif found := re.fullmatch(r"(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", text):
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        seconds = 3600.0 * hours + 60.0 * minutes + rest
    if seconds is None or not 0 < seconds < math.inf:
        raise UsageError(f"budget must be a duration such as 90s, 5m or 1h30m. Got {text!r}.")
    return seconds


@final
class Budget:
    """What is left to spend, in epochs.

    Args:
        kind: ``"time"`` or ``"epochs"``.
        amount: seconds from ``started`` on, or epochs.
        started: time (``clock.now()``) at which the budget's clock started.
        workers: trainings that run at once.
    """

    def __init__(self, kind: BudgetKind, amount: float, *, started: float, workers: int) -> None:
        self.kind, self.amount, self.started, self.workers = kind, amount, started, workers
        self.epochs_spent = 0
        self._seconds = 0.0
        self._probe = 1.0

    def calibrate(self, seconds_per_epoch: float) -> None:
        """Set the processor time of an epoch before any training has been recorded."""
        self._probe = seconds_per_epoch

    def record(self, epochs: int, seconds: float) -> None:
        """Count a finished training."""
        self.epochs_spent += epochs
        self._seconds += seconds

    @property
    def ends(self) -> float | None:
        """Time (``clock.now()``) at which the budget ends; None for an epoch budget."""
        return self.started + self.amount if self.kind == "time" else None

    def elapsed(self) -> float:
        """Return seconds since the start."""
        return clock.now() - self.started

    @property
    def spent(self) -> float:
        """Seconds or epochs spent, as ``kind`` says."""
        return self.elapsed() if self.kind == "time" else float(self.epochs_spent)

    @property
    def seconds_per_epoch(self) -> float:
        """Wall seconds that one epoch keeps one worker busy."""
        seen = self._seconds / self.epochs_spent if self.epochs_spent >= 20 else self._probe
        return WORKER_OVERHEAD * seen

    def epochs_left(self, *, reserve: float = 0.0) -> float:
        """Return how many epochs can still be trained; ``reserve`` seconds are kept back."""
        if self.ends is None:
            return self.amount - self.epochs_spent
        seconds = max(0.0, self.ends - clock.now() - reserve)
        return seconds * self.workers / self.seconds_per_epoch

    def deadline(self, share: float, *, reserve: float) -> float | None:
        """Return the time at which ``share`` of what is left now, less a reserve, is used."""
        if self.ends is None:
            return None
        now = clock.now()
        return now + share * max(0.0, self.ends - reserve - now)


def report_seconds(budget: Budget) -> float:
    """Return the wall seconds to keep back for the test's scores, a look into the networks, and
    the report.
    """
    each = budget.seconds_per_epoch + DIAGNOSTICS_SECONDS
    look = min(DIAGNOSTICS_SHARE * budget.amount, (FINALISTS + DEFAULTS) * each)
    return REPORT_SECONDS + look


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a budget is spent.

    Args:
        architectures: how many enter the screening, the defaults included.
        brackets: groups they enter in; the sampler learns from one group for the next.
        rungs: epochs at which trials are compared and pruned; the last is a full training.
        finalists: architectures that go on to confirmation, besides the defaults.
    """

    architectures: int
    brackets: int
    rungs: tuple[int, ...]
    finalists: int

    @property
    def epochs(self) -> int:
        """Epochs of a full training."""
        return self.rungs[-1]


def rungs_for(epochs: int) -> tuple[int, ...]:
    """Return the rungs that lead to a full training of ``epochs``.

    >>> rungs_for(27), rungs_for(6), rungs_for(1)
    ((3, 9, 27), (1, 2, 6), (1,))
    """
    steps = {max(1, round(epochs / REDUCTION**2)), max(1, round(epochs / REDUCTION)), epochs}
    return tuple(sorted(steps))


def architecture_cost(rungs: tuple[int, ...]) -> float:
    """Return the mean epochs of screening one architecture of many through these rungs."""
    cost = float(len(LEARNING_RATES) * rungs[0])
    for level in range(1, len(rungs)):
        cost += KEPT_RATES * (rungs[level] - rungs[level - 1]) / REDUCTION**level
    return cost


def fixed_cost(rungs: tuple[int, ...], *, through: int = DEFAULTS) -> float:
    """Return the epochs of screening that do not depend on how many architectures enter.

    Args:
        rungs: of the screening.
        through: architectures that go through all rungs, whatever their scores: the defaults.
            Finalists and defaults get one more learning rate each.
    """
    each = len(LEARNING_RATES) * rungs[0] + KEPT_RATES * (rungs[-1] - rungs[0])
    return through * each + (FINALISTS + DEFAULTS) * rungs[-1]


def make_plan(epochs: float, *, space_size: int) -> Plan:
    """Spend ``epochs`` on a space.

    Full trainings are as long as allows both ``ENOUGH_ARCHITECTURES`` in the screening and the
    ``PLANNED_REPEATS`` in the confirmation; then as many architectures enter as fit.  Where there
    are no more than can be confirmed, all are: screening then chooses learning rates only.
    """
    screening, confirmation = SCREENING_SHARE * epochs, CONFIRMATION_SHARE * epochs
    arms = FINALISTS + DEFAULTS
    low, high = EPOCHS_RANGE
    wanted = min(space_size, ENOUGH_ARCHITECTURES)
    through = space_size if space_size <= arms else DEFAULTS
    for full in range(high, low - 1, -1):
        rungs = rungs_for(full)
        fixed = fixed_cost(rungs, through=through)
        enough = wanted * architecture_cost(rungs) + fixed <= screening
        if enough and arms * PLANNED_REPEATS * full <= confirmation:
            break
    rungs = rungs_for(full)
    room = int((screening - fixed_cost(rungs, through=through)) / architecture_cost(rungs))
    entering = min(space_size, max(room, DEFAULTS + 2))
    exhaustive = entering >= space_size
    return Plan(
        architectures=max(entering, DEFAULTS),
        brackets=1 if exhaustive or entering < 2 * ENOUGH_ARCHITECTURES else 3,
        rungs=rungs,
        finalists=space_size if space_size <= min(arms, room) else FINALISTS,
    )


def affordable_repeats(plan: Plan, epochs: float) -> int:
    """Return how many repeats of all finalists and defaults a budget of so many epochs allows."""
    confirmation = CONFIRMATION_SHARE * epochs
    arms = min(plan.finalists, FINALISTS) + DEFAULTS
    return int(confirmation / (arms * plan.epochs))


def final_seconds(plan: Plan, budget: Budget) -> float:
    """Return the wall seconds to keep back for all that follows the confirmation: training the two
    networks for the test, and :func:`report_seconds`.
    """
    rounds = -(-2 // budget.workers)
    each = rounds * budget.seconds_per_epoch
    refits = min(EPOCHS_RANGE[1] * each, REFIT_SHARE * budget.amount)
    return report_seconds(budget) + max(plan.epochs * each, refits)


def refit_epochs(plan: Plan, epochs_left: float, *, arms: int, workers: int) -> int:
    """Return how long the networks for the test are trained: longer than the budget allowed before.

    Args:
        plan: of the study.
        epochs_left: that all workers together can still train.
        arms: networks to train.
        workers: trainings that run at once.

    >>> plan = Plan(architectures=5, brackets=1, rungs=(1, 2, 6), finalists=3)
    >>> refit_epochs(plan, 80.0, arms=2, workers=2), refit_epochs(plan, 3.0, arms=2, workers=2)
    (40, 6)
    """
    each = int(epochs_left / max(arms, workers))
    return max(plan.epochs, min(MOST_REFIT, each))


def least_epochs() -> int:
    """Return the smallest epoch budget that allows a verdict at all."""
    rungs = rungs_for(EPOCHS_RANGE[0])
    screening = (DEFAULTS + 2) * architecture_cost(rungs) + fixed_cost(rungs)
    confirmation = (FINALISTS + DEFAULTS) * PLANNED_REPEATS * rungs[-1]
    return math.ceil(max(screening / SCREENING_SHARE, confirmation / CONFIRMATION_SHARE))
