"""The Optuna study, named ``actselect``, rebuilt on resume by replaying the journal.

In the study's folder it is kept in memory while it runs and written when screening ends, however it
ends: asking a database costs 50 ms a trial, as much as training a small network for a rung.  What
survives a crash is the journal.  A storage that the user names is written to at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
from sqlalchemy import event

from actselect.records import Direction

NAME = "actselect"


@contextmanager
def optuna_study(database: Path, url: str | None, direction: Direction) -> Iterator[optuna.Study]:
    """Yield an empty study, and close its storage at the end.

    Args:
        database: the SQLite file of the study folder.
        url: an Optuna storage instead of it.
        direction: of the metric.
    """
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        if url is None:
            study = optuna.create_study(study_name=NAME, direction=direction)
            try:
                yield study
            finally:
                _write(study, database)
        else:
            storage = optuna.storages.RDBStorage(url)
            try:
                yield _empty(storage, direction)
            finally:
                storage.engine.dispose()
    finally:
        optuna.logging.set_verbosity(level)


def _empty(storage: optuna.storages.RDBStorage, direction: Direction) -> optuna.Study:
    if NAME in optuna.get_all_study_names(storage):
        optuna.delete_study(study_name=NAME, storage=storage)
    return optuna.create_study(storage=storage, study_name=NAME, direction=direction)


def _write(study: optuna.Study, database: Path) -> None:
    beside = database.with_name(f"{database.name}.new")
    beside.unlink(missing_ok=True)
    storage = optuna.storages.RDBStorage(f"sqlite:///{beside}")
    storage.engine.dispose()  # the connection that made the tables was not told what follows

    @event.listens_for(storage.engine, "connect")
    def _relax(connection: object, _: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]

    try:
        copy = optuna.create_study(storage=storage, study_name=NAME, direction=study.direction)
        copy.add_trials(study.get_trials(deepcopy=False))
    finally:
        storage.engine.dispose()
    beside.replace(database)
