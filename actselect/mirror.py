"""Keeps a database like a study in memory.

The study in memory is the truth: samplers ask it, and a resumed run replays the journal into it.
The database is written after it, and never read to decide anything.  Writing begins with a look at
what is there, so it can be repeated after a lost connection; a resumed run finds the trials of the
run before, finished or RUNNING, and goes on with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import final

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import FrozenTrial

from actselect.exceptions import RunError, StudyError
from actselect.storage import FAULTS, FIRST_PAUSE, open_storage, passes, reason

PATIENCE = 600.0  # seconds that the end of the search waits for a storage
LONGEST_PAUSE = 15.0
GLANCE = 0.5  # seconds between looks whether the user wants to stop
DISTURBED = (KeyError, UpdateFinishedTrialError)  # somebody else deletes or ends our trials
DATA = "data_sha256"

LATER = (
    "The storage cannot be reached ({}). The study goes on; its trials are written there when that "
    "works again."
)
WAITING = "The storage cannot be reached ({}). Trying again for up to {:.0f} minutes."
BACK = "The storage can be reached again; the trials are written there."
LOST = (
    "The storage cannot be written ({}). What was finished is kept. When the storage works again, "
    "continue with: actselect resume {}"
)


@final
class Mirror:
    """Writes a study in memory to a storage.

    Args:
        study: in memory.
        url: of the storage.
        name: of the study there.
        facts: user attributes of the study there; ``data_sha256`` must not change.
        folder: of the study, for what to type after an error.
        say: told what a person should know.
        stopping: says whether the user wants to stop.
    """

    def __init__(
        self,
        study: optuna.Study,
        url: str,
        *,
        name: str,
        facts: Mapping[str, str],
        folder: str,
        say: Callable[[Sequence[str]], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._study, self._url, self._name, self._facts = study, url, name, facts
        self._folder, self._say, self._stopping = folder, say, stopping
        self._storage: RDBStorage | None = None
        self._lost = False

    def sync(self) -> None:
        """Write what is new; when that cannot be, it is done at the next call."""
        try:
            self._write(complete=False)
        except (*FAULTS, *DISTURBED) as error:
            self._missed(LATER.format(reason(error, self._url)))
        else:
            self._succeeded()

    def finish(self) -> None:
        """Wait until the storage holds the study, to the last value.

        Raises:
            RunError: it cannot be written within ten minutes, or refuses to be.
            KeyboardInterrupt: the user wants to stop.
        """
        ends, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while True:
            try:
                self._write(complete=True)
            except (*FAULTS, *DISTURBED) as error:
                why = reason(error, self._url)
                hopeless = isinstance(error, FAULTS) and not passes(error)
                if hopeless or time.monotonic() >= ends:
                    raise RunError(LOST.format(why, self._folder)) from None
                self._missed(WAITING.format(why, PATIENCE / 60))
            else:
                return self._succeeded()
            self._wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def abandon(self) -> None:
        """Write what there is if that is quick: the search ends with an error of its own."""
        if not self._lost:
            with suppress(Exception):
                self._write(complete=False)

    def close(self) -> None:
        """Close the connections."""
        if self._storage is not None:
            self._storage.engine.dispose()

    def _write(self, *, complete: bool) -> None:
        if self._storage is None:
            self._storage = open_storage(self._url)
        write(self._study, self._storage, self._name, self._facts, complete=complete)

    def _missed(self, sentence: str) -> None:
        if not self._lost:
            self._say([sentence])
        self._lost = True

    def _succeeded(self) -> None:
        if self._lost:
            self._say([BACK])
        self._lost = False

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stopping():
                raise KeyboardInterrupt
            time.sleep(min(GLANCE, left))


def write(
    study: optuna.Study,
    storage: BaseStorage,
    name: str,
    facts: Mapping[str, str] | None = None,
    *,
    complete: bool,
) -> None:
    """Make the study of this name in a storage say what ``study`` says.

    What is there may be behind, and is completed; or ahead, left by a run whose journal is being
    replayed, and is left alone.  What contradicts ``study`` is replaced as a whole.

    Args:
        study: in memory.
        storage: where to write.
        name: of the study there; no other is touched.
        facts: user attributes of the study there.
        complete: ``study`` has ended, so nothing there may be ahead of it.

    Raises:
        StudyError: the study of this name was made from other data.
    """
    study_id = _study_id(study, storage, name, facts or {})
    trials = study.get_trials(deepcopy=False)
    there = storage.get_all_trials(study_id, deepcopy=False)
    if all(_agree(a, b) for a, b in zip(there, trials, strict=False)):
        _add(storage, study_id, trials, there)
        if not complete or _same(storage.get_all_trials(study_id, deepcopy=False), trials):
            return
    storage.delete_study(study_id)
    _add(storage, _study_id(study, storage, name, facts or {}), trials, [])


def _study_id(
    study: optuna.Study, storage: BaseStorage, name: str, facts: Mapping[str, str]
) -> int:
    try:
        study_id: int = storage.get_study_id_from_name(name)
    except KeyError:
        study_id = storage.create_new_study([study.direction], name)
    known = storage.get_study_user_attrs(study_id)
    if facts.get(DATA) != known.get(DATA, facts.get(DATA)):
        raise StudyError(
            f"The study {name!r} in the storage was made from other data. Give this study another "
            "storage, or delete that one with: optuna delete-study."
        )
    for key, value in facts.items():
        if known.get(key) != value:
            storage.set_study_user_attr(study_id, key, value)
    return study_id


def _agree(there: FrozenTrial, trial: FrozenTrial) -> bool:
    """Whether one of them may become the other."""
    if there.state.is_finished() and trial.state.is_finished():
        return _content(there) == _content(trial)
    steps = there.intermediate_values.keys() & trial.intermediate_values.keys()
    return (there.params, there.distributions) == (trial.params, trial.distributions) and all(
        there.intermediate_values[s] == trial.intermediate_values[s] for s in steps
    )


def _same(there: Sequence[FrozenTrial], trials: Sequence[FrozenTrial]) -> bool:
    return [_content(t) for t in there] == [_content(t) for t in trials]


def _content(trial: FrozenTrial) -> tuple[object, ...]:
    return (
        trial.state, trial.params, trial.distributions, trial.values, trial.intermediate_values,
        trial.user_attrs,
    )  # fmt: skip


def _add(
    storage: BaseStorage,
    study_id: int,
    trials: Sequence[FrozenTrial],
    there: Sequence[FrozenTrial],
) -> None:
    for trial, known in zip_longest(trials, there):
        if known is None:
            storage.create_new_trial(study_id, template_trial=trial)
        elif trial is not None and not known.state.is_finished():
            _update(storage, trial, known)


def _update(storage: BaseStorage, trial: FrozenTrial, known: FrozenTrial) -> None:
    """Add what a RUNNING trial lacks, its end last: after that it cannot be changed."""
    number = known._trial_id  # noqa: SLF001 - storages are asked by it, and nothing else tells it
    for step, value in trial.intermediate_values.items():
        if step not in known.intermediate_values:
            storage.set_trial_intermediate_value(number, step, value)
    for key, attribute in trial.user_attrs.items():
        if known.user_attrs.get(key) != attribute:
            storage.set_trial_user_attr(number, key, attribute)
    if trial.state.is_finished():
        storage.set_trial_state_values(number, trial.state, trial.values)
