"""The Optuna study of a search, in memory while it runs; a resumed run replays the journal into it.

Asking a database costs 50 ms a trial, as much as training a small network for a rung, and a restart
of its server would stop the search.  So a database only gets a copy: ``study.db`` in the study's
folder when the search ends, a storage that the user names after every rung.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import final

import optuna
from sqlalchemy import event

from actselect import __version__
from actselect.exceptions import RunError
from actselect.files import write_atomically
from actselect.mirror import DATA, Mirror, write
from actselect.records import Direction
from actselect.storage import FAULTS, file_url, quiet, reason

NAME = "actselect"
LONGEST = 512  # characters of a study's name in Optuna


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SharedStorage:
    """A storage that other studies may use, too.

    Args:
        url: of the storage.
        study: name of this study, for people.
        id: that no other study has.
        sha256: of the data.
        say: told what a person should know about the connection.
        stopping: says whether the user wants to stop.
    """

    url: str
    study: str
    id: str
    sha256: str
    say: Callable[[Sequence[str]], None]
    stopping: Callable[[], bool]

    @property
    def name(self) -> str:
        """Name of the Optuna study there.

        >>> SharedStorage(
        ...     url="sqlite:///x.db", study="sales", id="7f3a", sha256="", say=print,
        ...     stopping=lambda: False,
        ... ).name
        'actselect/sales/7f3a'
        """
        plain = "".join(c for c in self.study if c.isprintable())
        return f"{NAME}/{plain[: LONGEST - len(NAME) - len(self.id) - 2]}/{self.id}"


@contextmanager
def optuna_study(
    database: Path, shared: SharedStorage | None, direction: Direction
) -> Iterator[tuple[optuna.Study, Callable[[], None]]]:
    """Yield an empty study, and a function that writes how it stands to the shared storage.

    At the end, however it comes, the study is written to where it is kept.

    Args:
        database: the SQLite file of the study folder.
        shared: a storage instead of it.
        direction: of the metric.

    Raises:
        RunError: it cannot be written there.
        StudyError: the shared storage has a study of this name from other data.
    """
    with quiet():
        study = optuna.create_study(study_name=NAME, direction=direction)
        if shared is None:
            with _kept_in_file(study, database):
                yield study, _nothing
        else:
            with _kept_in(study, shared, database.parent) as mirror:
                yield study, mirror.sync


def _nothing() -> None:
    """Write nothing: the file is written at the end."""


@contextmanager
def _kept_in(study: optuna.Study, shared: SharedStorage, folder: Path) -> Iterator[Mirror]:
    facts = {"actselect_version": __version__, DATA: shared.sha256}
    mirror = Mirror(
        study, shared.url, name=shared.name, facts=facts, folder=str(folder),
        say=shared.say, stopping=shared.stopping,
    )  # fmt: skip
    try:
        yield mirror
        mirror.finish()
    except BaseException:
        mirror.abandon()
        raise
    finally:
        mirror.close()


@contextmanager
def _kept_in_file(study: optuna.Study, database: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(Exception):
            _write_file(study, database)
        raise
    try:
        _write_file(study, database)
    except FAULTS as error:
        raise RunError(
            f"{database} cannot be written ({reason(error, '')}). What was finished is kept; "
            f"continue with: actselect resume {database.parent}"
        ) from error


def _write_file(study: optuna.Study, database: Path) -> None:
    beside = database.with_name(f"{database.name}.new")
    beside.unlink(missing_ok=True)
    storage = optuna.storages.RDBStorage(file_url(beside))
    storage.engine.dispose()  # the connection that made the tables was not told what follows

    @event.listens_for(storage.engine, "connect")
    def _relax(connection: object, _: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]

    try:
        write(study, storage, NAME, complete=False)
    finally:
        storage.engine.dispose()
    write_atomically(database, beside.read_bytes())
    beside.unlink()
