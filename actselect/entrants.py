"""Which architectures enter a screening, one after the other.

Those that must, then all that are left where all fit, else what a sampler suggests: the
tree-structured Parzen estimator (Bergstra et al. 2011, doi:10.5555/2986459.2986743), multivariate
and by groups, through Optuna.  It learns from the best score of each architecture; learning rates
are not its concern, so it looks at one trial for each instead of three.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import final

import optuna
from optuna.trial import FrozenTrial, TrialState

from actselect.architecture import Architecture
from actselect.records import Direction
from actselect.search_space import SearchSpace
from actselect.seeding import generator, integer_seed

DUPLICATES = 2  # suggestions of something already tried before a random new one is taken
DRAWS = 100  # random ones of something already tried before what is left is counted out
BEST, OTHERS = 25, 50  # of the trials that ended the sampler knows these: its time grows with them


@final
class Entrants:
    """Names the next architecture, and learns how those before did.

    Args:
        space: what may be searched.
        first: architectures that enter before any other, in this order.
        everything: whether all of the space will enter.
        seed: the root seed.
        direction: of the metric.
    """

    def __init__(
        self,
        space: SearchSpace,
        first: Sequence[Architecture],
        *,
        everything: bool,
        seed: int,
        direction: Direction,
    ) -> None:
        self._space, self._seed, self._first = space, seed, list(first)
        self._direction: Direction = direction
        self._study = optuna.create_study(direction=direction)
        self._trials: dict[Architecture, optuna.Trial] = {}  # that have not ended
        self._ended: list[FrozenTrial] = []
        self._known: set[Architecture] = set()
        self._rest = self._shuffled() if everything else None
        self._asked = 0

    def expected(self, room: int) -> int:
        """Return how many enter where there is room for so many: those who must do in any case."""
        must = len(set(self._first) - self._known)
        return min(max(room, must), self._space.entrants() - len(self._known))

    def next(self) -> Architecture | None:
        """Return an architecture that has not entered; None when there is none."""
        while self._first:
            if (architecture := self._first.pop(0)) not in self._known:
                return self._entered(architecture)
        if self._rest is None:
            for attempt in range(DUPLICATES + DRAWS):
                trial = self._ask(at_random=attempt >= DUPLICATES)
                architecture = self._space.suggest(trial)
                if architecture not in self._known:
                    self._trials[architecture] = trial
                    return self._entered(architecture)
                self._study.tell(trial, state=TrialState.FAIL)
            self._rest = self._shuffled()
        found = next((a for a in self._rest if a not in self._known), None)
        return None if found is None else self._entered(found)

    def _entered(self, architecture: Architecture) -> Architecture:
        self._known.add(architecture)
        if self._rest is None and architecture not in self._trials and architecture in self._space:
            self._study.enqueue_trial(self._space.parameters(architecture))
            self._trials[architecture] = trial = self._ask()
            self._space.suggest(trial)
        return architecture

    def _shuffled(self) -> Iterator[Architecture]:
        everything = list(dict.fromkeys(self._space.architectures()))
        order = generator(self._seed, "entry order").permutation(len(everything))
        return iter([everything[i] for i in order])

    def _ask(self, *, at_random: bool = False) -> optuna.Trial:
        """Ask with a sampler seeded by how often it was asked: a resumed run asks the same."""
        self._asked += 1
        seed = integer_seed(self._seed, "sampler", self._asked)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study.sampler = (
                optuna.samplers.RandomSampler(seed)
                if at_random
                else optuna.samplers.TPESampler(
                    seed=seed, multivariate=True, group=True, constant_liar=True
                )
            )
        return self._study.ask()

    def learn(self, architecture: Architecture, epochs: int, score: float) -> None:
        """Take the best score of an architecture after so many epochs."""
        if architecture in self._trials:
            self._trials[architecture].report(score, step=epochs)

    def end(self, architecture: Architecture, score: float | None) -> None:
        """Take the last score of an architecture; None where it was pruned or never had one."""
        trial = self._trials.pop(architecture, None)
        if trial is None:
            return
        state = TrialState.PRUNED if score is None else TrialState.COMPLETE
        self._ended.append(self._study.tell(trial, score, state))
        if not self._trials:
            self._study = self._condensed()

    def _condensed(self) -> optuna.Study:
        """Return a study of the best that ended, and of some of the others, drawn at random."""
        ranked = sorted(self._ended, key=self._rank)
        draw = generator(self._seed, "others", len(ranked)).permutation(max(0, len(ranked) - BEST))
        study = optuna.create_study(direction=self._direction)
        study.add_trials([*ranked[:BEST], *(ranked[BEST + i] for i in sorted(draw[:OTHERS]))])
        return study

    def _rank(self, trial: FrozenTrial) -> tuple[float, float]:
        """Return what is smaller for a better trial: later ends first, as the sampler has it."""
        sign = 1.0 if self._direction == "minimize" else -1.0
        if trial.value is not None and trial.state is TrialState.COMPLETE:
            return -math.inf, sign * trial.value
        step, value = max(trial.intermediate_values.items(), default=(0, math.inf))
        return -step, sign * value
