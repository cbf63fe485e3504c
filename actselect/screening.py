"""Screening: one Optuna study that finds the finalists.

A trial is an architecture with a learning rate.  Trials climb rungs together: after each rung the
worse ones are told to Optuna as PRUNED with their intermediate values, survivors continue from
where they stopped.  Rungs are synchronous, so results do not depend on the number of workers.
Scores seen here choose finalists and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import optuna
from optuna.trial import TrialState

from actselect import clock
from actselect.architecture import Architecture
from actselect.entrants import Entrants
from actselect.planning import KEPT_RATES, LEARNING_RATES, REDUCTION, Plan
from actselect.progress import Leaderboard, Standing
from actselect.records import Direction, LearningRatePoint, TrialEnd
from actselect.runner import Runner
from actselect.search_space import SearchSpace
from actselect.training import SCREENING, TrainingJob, TrainingResult

RATE_BOUNDS = (1e-5, 1.0)
EXTENSIONS = 2  # rounds of one more learning rate per finalist while a best one is at the edge
EXTENSION_SHARE = 0.25  # of what is left that one such round may cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalist:
    """An architecture that goes on to confirmation, with its own best learning rate."""

    architecture: Architecture
    learning_rate: float
    at_edge: bool
    points: tuple[LearningRatePoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningOutcome:
    """Finalists, best first, then the defaults among them; and what the search did.

    ``ends`` says how each trial ended, by the key of the last job of it that was finished.
    """

    finalists: tuple[Finalist, ...]
    architectures: int
    trials: int
    pruned: int
    diverged: int
    ends: Mapping[str, TrialEnd] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Trial:
    trial: optuna.Trial
    learning_rate: float
    result: TrainingResult | None = None
    job: TrainingJob | None = None
    told: bool = False

    @property
    def score(self) -> float | None:
        return None if self.result is None else self.result.score

    @property
    def tried(self) -> bool:
        """Whether the learning rate was really tried: not cut by the deadline before any score."""
        return self.result is not None and not (self.result.cut and self.result.score is None)

    @property
    def reached(self) -> int:
        return 0 if self.job is None or self.score is None else self.job.until_epoch


@dataclass(slots=True, kw_only=True)
class _Candidate:
    architecture: Architecture
    protected: bool
    trials: list[_Trial] = field(default_factory=list)


@final
class Screening:
    """Runs the search.

    Args:
        study: the Optuna study, empty.
        space: what may be searched.
        plan: how much of it, and how long.
        runner: where trainings run.
        seed: the root seed.
        direction: of the metric.
        first: architectures that enter before any other, in this order.
        deadline: time (``clock.now()``) at which the search must end; None for never.
        announce: told how things stand after each training.
        stage: told the name and the number of trainings of each rung.
        sync: called when a rung begins: what is known is worth keeping.
    """

    def __init__(
        self,
        *,
        study: optuna.Study,
        space: SearchSpace,
        plan: Plan,
        runner: Runner,
        seed: int,
        direction: Direction,
        first: Sequence[Architecture],
        deadline: float | None,
        announce: Callable[[Standing], None],
        stage: Callable[[str, int], None],
        sync: Callable[[], None],
    ) -> None:
        self._study, self._space, self._plan, self._runner = study, space, plan, runner
        self._seed, self._deadline = seed, deadline
        self._sign = 1.0 if direction == "minimize" else -1.0
        self._announce, self._stage, self._sync = announce, stage, sync
        self._candidates: list[_Candidate] = []
        self._entrants = Entrants(
            space,
            first,
            everything=plan.architectures >= space.entrants(),
            seed=seed,
            direction=direction,
        )
        self._board = Leaderboard(direction)
        self._ends: dict[str, TrialEnd] = {}

    def run(self) -> ScreeningOutcome:
        """Search, and return the finalists."""
        share = -(-self._plan.architectures // self._plan.brackets)
        for bracket in range(self._plan.brackets):
            room = min(share, self._plan.architectures - len(self._candidates))
            name = "screening" if self._plan.brackets == 1 else f"screening, bracket {bracket + 1}"
            self._climb(room, name)
        finalists = self._finalists()
        for _ in range(EXTENSIONS):
            if not self._extend(finalists):
                break
        for candidate in self._candidates:
            self._tell(candidate.trials)
        return self._outcome(finalists)

    # -- who enters ---------------------------------------------------------------------------

    def _enter(self, room: int) -> Iterator[_Candidate]:
        """Let the next architectures in, each with the learning rates to try."""
        defaults = set(self._space.defaults())
        for _ in range(self._entrants.expected(room)):
            architecture = self._entrants.next()
            if architecture is None:
                break
            candidate = _Candidate(architecture=architecture, protected=architecture in defaults)
            candidate.trials = [self._trial(architecture, rate) for rate in LEARNING_RATES]
            self._candidates.append(candidate)
            yield candidate

    def _trial(self, architecture: Architecture, rate: float) -> _Trial:
        """Return a trial of an architecture at a learning rate.

        A default from outside the space has no place on its axes: its trial carries the learning
        rate only.
        """
        inside = architecture in self._space
        chosen = self._space.parameters(architecture) if inside else {}
        self._study.enqueue_trial({**chosen, "learning_rate": rate})
        trial = self._study.ask()
        if inside:
            self._space.suggest(trial)
        trial.suggest_float("learning_rate", *RATE_BOUNDS, log=True)
        trial.set_user_attr("label", architecture.label)
        return _Trial(trial=trial, learning_rate=rate)

    # -- rungs --------------------------------------------------------------------------------

    def _climb(self, room: int, name: str) -> None:
        """Let so many enter, and train the better ones longer and longer.

        They enter while the first of them train: what the sampler knows changes between rungs only.
        """
        start, rungs = len(self._candidates), self._plan.rungs
        self._begin(name, rungs[0], self._entrants.expected(room) * len(LEARNING_RATES))
        self._train(((c, t) for c in self._enter(room) for t in c.trials), rungs[0])
        entered = alive = self._candidates[start:]
        for level, rung in enumerate(rungs[1:], 1):
            share = math.ceil(len(entered) / REDUCTION**level)
            alive = self._prune(alive, keep=max(share, self._plan.finalists))
            trials = [(c, t) for c in alive for t in c.trials if not t.told]
            self._begin(name, rung, len(trials))
            self._train(trials, rung)
        for candidate in alive:
            self._tell(candidate.trials)
            self._entrants.end(candidate.architecture, self._score(candidate))

    def _begin(self, name: str, rung: int, trainings: int) -> None:
        self._stage(f"{name}, {rung} epoch{'s' * (rung > 1)}", trainings)

    def _train(self, trials: Iterable[tuple[_Candidate, _Trial]], epochs: int) -> None:
        self._sync()
        trained: list[tuple[_Candidate, _Trial, TrainingJob | None]] = []

        def jobs() -> Iterator[TrainingJob]:
            for candidate, trial in trials:
                before = trial.job
                trained.append((candidate, trial, before))
                trial.job = TrainingJob(
                    architecture=candidate.architecture,
                    learning_rate=trial.learning_rate,
                    repeat=SCREENING,
                    until_epoch=epochs,
                    seed=self._seed,
                    continues=None if before is None else before.key,
                    keep=epochs < self._plan.epochs,
                    deadline=self._deadline,
                )
                yield trial.job

        results = self._runner.train(jobs(), self._done)
        for (_, trial, before), result in zip(trained, results, strict=True):
            if result.cut and trial.result is not None:
                trial.job = before  # the score at the rung before stands
                continue
            trial.result = result
            if result.score is not None:
                trial.trial.report(result.score, step=epochs)
            else:
                self._tell([trial])
        for candidate in {id(c): c for c, _, _ in trained}.values():
            if (score := self._score(candidate)) is not None:
                self._entrants.learn(candidate.architecture, epochs, score)

    def _done(self, job: TrainingJob, result: TrainingResult) -> None:
        self._board.add(job.architecture.label, result.score, diverged=result.diverged is not None)
        self._announce(self._board.best())

    def _prune(self, alive: list[_Candidate], keep: int) -> list[_Candidate]:
        """Keep the best architectures and the defaults, each with its best learning rates."""
        ranked = sorted(alive, key=self._value)
        kept = [c for i, c in enumerate(ranked) if (i < keep or c.protected)]
        kept = [c for c in kept if math.isfinite(self._value(c))]
        for candidate in alive:
            if candidate not in kept:
                self._tell(candidate.trials, pruned=True)
                self._entrants.end(candidate.architecture, None)
                continue
            running = [t for t in candidate.trials if not t.told]
            running.sort(key=lambda t: self._sign * (math.inf if t.score is None else t.score))
            self._tell(running[KEPT_RATES:], pruned=True)
        return kept

    def _score(self, candidate: _Candidate) -> float | None:
        value = self._value(candidate)
        return self._sign * value if math.isfinite(value) else None

    def _value(self, candidate: _Candidate) -> float:
        """Return the candidate's best score at the highest rung it reached; lower is better."""
        top = max((t.reached for t in candidate.trials), default=0)
        scores = [
            self._sign * t.score
            for t in candidate.trials
            if t.score is not None and t.reached == top
        ]
        return min(scores, default=math.inf)

    def _tell(self, trials: Sequence[_Trial], *, pruned: bool = False) -> None:
        """Tell Optuna how trials ended; a diverged one is PRUNED with its reason, not infinite."""
        for trial in trials:
            if trial.told:
                continue
            trial.told = True
            end: TrialEnd = "pruned" if pruned else "complete"
            if trial.result is not None and trial.result.diverged is not None:
                end = "diverged"
                trial.trial.set_user_attr("diverged", trial.result.diverged)
            elif trial.score is None:
                trial.trial.set_user_attr("reason", "the budget ended")
            if trial.tried and trial.job is not None:
                self._ends[trial.job.key] = end
            self._board.pruned += end == "pruned"
            if trial.score is None or pruned:
                self._study.tell(trial.trial, state=TrialState.PRUNED)
            else:
                self._study.tell(trial.trial, trial.score)

    # -- who goes on --------------------------------------------------------------------------

    def _finalists(self) -> list[_Candidate]:
        """Return the best of those that reached the highest rung, then the missing defaults."""
        usable = [c for c in self._candidates if math.isfinite(self._value(c))]
        top = max((t.reached for c in usable for t in c.trials), default=0)
        high = [c for c in usable if max(t.reached for t in c.trials) == top]
        best = sorted(high, key=self._value)[: self._plan.finalists]
        return best + [c for c in usable if c.protected and c not in best]

    def _extend(self, finalists: list[_Candidate]) -> bool:
        """Give every finalist one more learning rate; False when no best one is at the edge.

        Beyond the edge where the best is there, between the two best neighbours elsewhere: all
        finalists have had the same number tried.
        """
        epochs, budget = self._plan.epochs, self._runner.budget
        cost = epochs * len(finalists)
        affordable = cost <= EXTENSION_SHARE * budget.epochs_left()
        if not affordable or not any(self._at_edge(c) for c in finalists):
            return False
        if self._deadline is not None:  # confirmation can give up a little time for this
            self._deadline = clock.now() + 2 * cost * budget.seconds_per_epoch / budget.workers
        added = []
        for candidate in finalists:
            trial = self._trial(candidate.architecture, self._next_rate(candidate))
            candidate.trials.append(trial)
            added.append((candidate, trial))
        self._stage("learning rates of the finalists", len(added))
        self._train(added, epochs)
        return True

    def _best_trial(self, candidate: _Candidate) -> _Trial:
        top = max(t.reached for t in candidate.trials)
        scored = [t for t in candidate.trials if t.score is not None and t.reached == top]
        return min(scored, key=lambda t: self._sign * (t.score or 0.0))

    def _at_edge(self, candidate: _Candidate) -> bool:
        rates = sorted(t.learning_rate for t in candidate.trials if t.tried)
        best = self._best_trial(candidate).learning_rate
        return best in (rates[0], rates[-1])

    def _next_rate(self, candidate: _Candidate) -> float:
        rates = sorted(t.learning_rate for t in candidate.trials if t.tried)
        best = self._best_trial(candidate).learning_rate
        step = LEARNING_RATES[1] / LEARNING_RATES[0]
        if best == rates[0]:
            return max(RATE_BOUNDS[0], best / step)
        if best == rates[-1]:
            return min(RATE_BOUNDS[1], best * step)
        tried = {t.learning_rate: t for t in candidate.trials}
        below, above = rates[rates.index(best) - 1], rates[rates.index(best) + 1]

        def value(rate: float) -> float:
            score = tried[rate].score
            return math.inf if score is None else self._sign * score

        return math.sqrt(best * (below if value(below) <= value(above) else above))

    def _outcome(self, finalists: Sequence[_Candidate]) -> ScreeningOutcome:
        trials = self._study.get_trials(deepcopy=False)
        real = [t for t in trials if t.state is not TrialState.FAIL]
        return ScreeningOutcome(
            finalists=tuple(
                Finalist(
                    architecture=c.architecture,
                    learning_rate=self._best_trial(c).learning_rate,
                    at_edge=self._at_edge(c),
                    points=tuple(
                        LearningRatePoint(
                            learning_rate=t.learning_rate, score=t.score, epochs=t.reached
                        )
                        for t in sorted(c.trials, key=lambda t: t.learning_rate)
                        if t.tried
                    ),
                )
                for c in finalists
            ),
            architectures=len(self._candidates),
            trials=len(real),
            pruned=sum(t.state is TrialState.PRUNED for t in real),
            diverged=sum("diverged" in t.user_attrs for t in real),
            ends=self._ends,
        )
