"""The Optuna study on disk: named ``actselect``, rebuilt on resume by replaying the journal."""

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
    storage = _sqlite(database) if url is None else optuna.storages.RDBStorage(url)
    try:
        if NAME in optuna.get_all_study_names(storage):
            optuna.delete_study(study_name=NAME, storage=storage)
        yield optuna.create_study(storage=storage, study_name=NAME, direction=direction)
    finally:
        storage.engine.dispose()
        optuna.logging.set_verbosity(level)


def _sqlite(database: Path) -> optuna.storages.RDBStorage:
    storage = optuna.storages.RDBStorage(f"sqlite:///{database}")

    @event.listens_for(storage.engine, "connect")
    def _relax(connection: object, _: object) -> None:
        # The journal is what survives a crash; the database is rebuilt from it on resume.
        connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]

    storage.engine.dispose()  # the connection that made the tables was not told
    return storage
