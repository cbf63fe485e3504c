"""The database that ``--storage`` names: how it is opened, and what can be wrong with it.

Optuna reports a lost connection as whatever its driver raises, or wrapped in an error of its own;
here both are ``FAULTS``, and ``passes`` says which of them may be over in a minute.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from actselect.exceptions import ActselectError, MissingExtraError, UsageError
from actselect.storage_url import passwords, redacted

FAULTS = (exc.SQLAlchemyError, StorageInternalError)
TABLES = frozenset({"studies", "trials", "version_info"})  # of Optuna since its first release
CONNECT_SECONDS = 10  # that a server may take to answer
LOCK_SECONDS = 60  # that SQLite waits for another process
TRIES, FIRST_PAUSE = 6, 0.2  # of the first connection: 6 s in all, as a server needs to start
ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
MADE = frozenset({"42P07", "42710"})  # PostgreSQL: another study just made the same table or type
SHORTEST = 4  # letters of a password that is looked for in what a driver says
NOISY = ("sqlalchemy", "psycopg", "alembic")  # log what is told here in one sentence


def check_storage(url: str) -> None:
    """Make sure that a study can be kept at ``url``, and make Optuna's tables where none are.

    Raises:
        UsageError: there is no such database, it cannot be reached, or holds something else.
        MissingExtraError: the driver of PostgreSQL is not installed.
    """
    for attempt in range(TRIES):
        try:
            open_storage(url, keep=False).engine.dispose()
        except FAULTS as error:
            if attempt == TRIES - 1 or not passes(error):
                raise UsageError(f"storage cannot be used: {reason(error, url)}") from None
            time.sleep(FIRST_PAUSE * 2**attempt)
        else:
            return


def open_storage(url: str, *, keep: bool = True) -> RDBStorage:
    """Return Optuna's storage at ``url``, with its tables.

    Args:
        url: its address.
        keep: use a connection again; without, none is left behind when opening fails half way.

    Raises:
        UsageError: the dialect or the driver is unknown, or the database holds something else.
        MissingExtraError: the driver of PostgreSQL is not installed.
        SQLAlchemyError, StorageInternalError: see ``FAULTS``.
    """
    try:
        address = _address(url)
        settings = _engine_settings(address)
        engine = sqlalchemy.create_engine(address, **settings, poolclass=NullPool)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError, ValueError) as error:
        raise _unusable(error, url) from None
    if address.get_backend_name() == "sqlite":
        _refuse_no_file(address.database or "")
    try:
        _refuse_foreign(engine)
    finally:
        engine.dispose()
    settings = settings if keep else {**settings, "poolclass": NullPool}
    try:
        return RDBStorage(_for_optuna(address), engine_kwargs=settings)
    except RuntimeError as error:
        if isinstance(error, FAULTS):
            raise
        raise UsageError(f"storage has tables of another version of Optuna. {error}") from None


def passes(error: Exception) -> bool:
    """Whether a fault may pass by itself: a lost connection or a conflict, not a missing right."""
    found = error.__cause__ if isinstance(error, StorageInternalError) else error
    lost = isinstance(found, exc.DBAPIError) and found.connection_invalidated
    kinds = (
        exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.IntegrityError,
        exc.TimeoutError,
    )  # fmt: skip
    race = isinstance(found, exc.DBAPIError) and getattr(found.orig, "sqlstate", "") in MADE
    return lost or race or isinstance(found, kinds)


def reason(error: BaseException, url: str) -> str:
    """Return what a database says, on one line and without a password."""
    found = error.__cause__ if isinstance(error, StorageInternalError) else error
    said = found.orig if isinstance(found, exc.DBAPIError) and found.orig is not None else found
    text = redacted(" ".join(str(said or error).split()), url)
    for secret in passwords(url):
        text = text.replace(secret, "***") if len(secret) >= SHORTEST else text
    return text.rstrip(".")


def file_url(path: Path) -> str:
    """Return the address of an SQLite file, for Optuna."""
    return _for_optuna(URL.create("sqlite", database=str(path)))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna and the drivers from writing logs on stderr."""
    level = optuna.logging.get_verbosity()
    loggers = {name: logging.getLogger(name) for name in NOISY}
    levels = {name: logger.level for name, logger in loggers.items()}
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for logger in loggers.values():
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)
        for name, logger in loggers.items():
            logger.setLevel(levels[name])


def _address(url: str) -> URL:
    """Return the address with the driver that the extra installs."""
    address = make_url(url)
    plain = address.drivername in {"postgres", "postgresql"}
    return address.set(drivername="postgresql+psycopg") if plain else address


def _for_optuna(address: URL) -> str:
    """Return the address as text; Optuna takes braces for fields to fill in."""
    return address.render_as_string(hide_password=False).replace("{", "{{").replace("}", "}}")


def _engine_settings(address: URL) -> dict[str, Any]:
    connect: dict[str, Any] = {}
    if address.get_backend_name() == "sqlite":
        connect = {"timeout": LOCK_SECONDS}
    elif address.drivername in {"postgresql+psycopg", "postgresql+psycopg2"}:
        ours = {"connect_timeout": CONNECT_SECONDS, **ALIVE}
        connect = {key: value for key, value in ours.items() if key not in address.query}
    return {"pool_pre_ping": True, "connect_args": connect}


def _refuse_no_file(file: str) -> None:
    if file in {"", ":memory:"}:
        raise UsageError(
            "storage is an SQLite database in memory, of which nothing would be left. Name a file: "
            "sqlite:////folder/studies.db."
        )
    folder = Path(file).parent
    if not file.startswith("file:") and not folder.is_dir():
        raise UsageError(f"The folder of storage, {folder}, does not exist. Make it first.")


def _refuse_foreign(engine: sqlalchemy.Engine) -> None:
    """Refuse a damaged file, and a database of another program: its tables are not ours to mix."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise UsageError(
                "storage is a damaged SQLite file. Bring back a copy of it, or name another file."
            )
    names = set(sqlalchemy.inspect(engine).get_table_names())
    if names and not names >= TABLES:
        some = ", ".join(sorted(names)[:3])
        raise UsageError(
            f"storage holds tables of another program ({some}) and none of Optuna. Make a database "
            "for studies and name that."
        )


def _unusable(error: Exception, url: str) -> ActselectError:
    dialect = url.partition("://")[0]
    if isinstance(error, exc.NoSuchModuleError):
        return UsageError(
            f"storage begins with {dialect}://, which is no database that SQLAlchemy knows. Use "
            "postgresql:// for PostgreSQL or sqlite:/// for a file."
        )
    if isinstance(error, ImportError):
        if dialect in {"postgres", "postgresql", "postgresql+psycopg"}:
            return MissingExtraError("storage in PostgreSQL", "postgresql")
        return UsageError(
            f"storage begins with {dialect}://, whose Python driver {error.name!r} is not "
            "installed."
        )
    return UsageError(
        "storage is no valid address of a database. It has the form "
        "dialect://user:password@host:port/database."
    )
