"""Storages of an Optuna study: which are refused, what is written to them, what is never shown."""

from __future__ import annotations

import os
import shlex
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from actselect.exceptions import MissingExtraError, RunError, StudyError, UsageError
from actselect.mirror import write
from actselect.optuna_study import SharedStorage, optuna_study
from actselect.storage import check_storage, open_storage, quiet
from actselect.storage_url import absolute, redacted, without_password


def _text(path: Path) -> None:
    path.write_text("not a database\n" * 200)


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE users (name)")


def _cut(path: Path) -> None:
    check_storage(f"sqlite:///{path}")
    os.truncate(path, path.stat().st_size // 2)


def _newer(path: Path) -> None:
    check_storage(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v9.9.a'")
        connection.commit()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_text, "file is not a database"),
        (_foreign, "another program (users)"),
        (_cut, "malformed"),
        (_newer, "another version of Optuna"),
    ],
)
def test_what_is_no_storage_is_refused_untouched(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    """Text, a database of another program, a damaged one, one of a later Optuna."""
    path = tmp_path / "x.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        check_storage(f"sqlite:///{path}")

    assert message in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:////no/such/folder/x.db", "folder of storage, /no/such/folder, does not exist"),
        ("sqlite://", "in memory"),
        ("oracel://me:secret@host/db", "no database that SQLAlchemy knows"),
        ("mysql+pymysql://me:secret@host/db", "driver 'pymysql' is not installed"),
    ],
)
def test_an_address_of_nothing_is_refused(url: str, message: str) -> None:
    """Before anything is made; and a password is not repeated."""
    with pytest.raises(UsageError) as caught:
        check_storage(url)

    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_missing_driver_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is the command that installs it; ``postgres://`` means the same."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for dialect in ("postgres", "postgresql"):
        with pytest.raises(MissingExtraError, match=r"actselect\[postgresql\]"):
            check_storage(f"{dialect}://me@host/db")


@pytest.mark.parametrize(
    "password", ["secret1", "s/e?c&r=t1", "pa ss'w\"ord{}", "%C3%A4%40secret1"]
)
def test_a_command_is_shown_without_the_password(password: str) -> None:
    """However odd the password, and however the shell quotes it."""
    url = f"postgresql://me:{password}@host/db"
    words = ["actselect", "recommend", "a b.csv", "--seed", "1"]
    for option in (["--storage", url], [f"--storage={url}"]):
        shown = shlex.split(redacted(shlex.join([*words, *option]), url))

        assert shown == [*words, *(word.replace(url, without_password(url)) for word in option)]
    assert without_password(url) == "postgresql://me@host/db"


@pytest.mark.parametrize(
    "url", ["postgresql://host:5432/db", "sqlite:////x/y@z:1.db", "postgresql:///db?host=/run/pg"]
)
def test_an_address_without_a_password_stays_as_it_is(url: str) -> None:
    """A port is not a password, nor is an ``@`` in the name of a file."""
    assert url == without_password(url) == redacted(f"{url}", url)


def test_a_file_is_found_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study that is resumed elsewhere has the same storage."""
    monkeypatch.chdir(tmp_path)

    assert absolute("sqlite:///x.db?mode=rw") == f"sqlite:///{tmp_path}/x.db?mode=rw"


def _search(study: optuna.Study, trials: int, *, ended: int = 0, reported: int = 0) -> None:
    """Ask for so many trials, of which the first have reported and the first of those ended."""
    for number in range(trials):
        trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
        trial.set_user_attr("label", f"<b>{number}</b>\x1b[31m")
        if number < max(reported, ended):
            trial.report(trial.params["x"], step=1)
        if number < ended:
            study.tell(trial, state=TrialState.PRUNED)


def _study(trials: int, *, ended: int = 0, reported: int = 0) -> optuna.Study:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    _search(study, trials, ended=ended, reported=reported)
    return study


def _content(study: optuna.Study) -> list[tuple[object, ...]]:
    return [
        (t.number, t.state, t.params, t.values, t.intermediate_values, t.user_attrs)
        for t in study.get_trials()
    ]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A new SQLite storage in a folder whose name Optuna would take for a field to fill in."""
    (tmp_path / "a {b}").mkdir()
    return f"sqlite:///{tmp_path / 'a {b}' / 'x.db'}"


@pytest.mark.parametrize(
    "before",
    [
        {"trials": 0},
        {"trials": 2, "reported": 1},
        {"trials": 4, "ended": 2},
        {"trials": 4, "ended": 4},
        {"trials": 6, "ended": 1},
    ],
)
def test_a_storage_becomes_equal_to_the_study(url: str, before: dict[str, int]) -> None:
    """Empty, behind, equal, and ahead: with trials that a killed run left RUNNING."""
    storage = open_storage(url)
    write(_study(**before), storage, "mine", complete=False)
    study = _study(4, ended=4)
    write(study, storage, "mine", complete=True)
    loaded = optuna.load_study(study_name="mine", storage=storage)
    storage.engine.dispose()

    assert _content(loaded) == _content(study)


def test_a_replayed_journal_takes_nothing_back(url: str) -> None:
    """A resumed run starts with less than the killed one had written; that stays."""
    storage = open_storage(url)
    written = _study(4, ended=3)
    write(written, storage, "mine", complete=False)
    write(_study(2), storage, "mine", complete=False)
    loaded = optuna.load_study(study_name="mine", storage=storage)
    storage.engine.dispose()

    assert _content(loaded) == _content(written)


def test_other_trials_of_that_name_are_replaced_and_other_studies_are_not(url: str) -> None:
    """What contradicts the study goes; a neighbour in the same database stays."""
    storage = open_storage(url)
    neighbour = _study(3, ended=3)
    write(neighbour, storage, "neighbour", complete=True)
    other = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    _search(other, 4, ended=4)
    write(other, storage, "mine", complete=True)
    study = _study(4, ended=4)
    write(study, storage, "mine", complete=False)
    loaded = {
        name: _content(optuna.load_study(study_name=name, storage=storage))
        for name in ("mine", "neighbour")
    }
    storage.engine.dispose()

    assert loaded == {"mine": _content(study), "neighbour": _content(neighbour)}


def _shared(url: str, sha256: str = "of data", said: list[str] | None = None) -> SharedStorage:
    return SharedStorage(
        url=url, study="<script>" + "x" * 600, id="7f3a", sha256=sha256,
        say=[].extend if said is None else said.extend, stopping=lambda: False,
    )  # fmt: skip


def test_a_study_of_other_data_is_not_continued(url: str, tmp_path: Path) -> None:
    """The name is cut to what Optuna can hold; the data are written beside the trials."""
    with optuna_study(tmp_path / "study.db", _shared(url), "minimize") as (study, sync):
        _search(study, 1, ended=1)
        sync()
    refused = optuna_study(tmp_path / "study.db", _shared(url, "of others"), "minimize")
    with pytest.raises(StudyError, match="other data"), refused as (_, sync):
        sync()


def test_an_error_of_the_search_is_not_hidden_and_its_trials_are_kept(
    url: str, tmp_path: Path
) -> None:
    """Here and in the shared storage; there is no wait for the rest."""

    def fail(shared: SharedStorage | None) -> None:
        with optuna_study(tmp_path / "study.db", shared, "minimize") as (study, _):
            _search(study, 2, ended=1)
            raise ZeroDivisionError

    for shared in (None, _shared(url)):
        with pytest.raises(ZeroDivisionError):
            fail(shared)
    with quiet():
        for place in (f"sqlite:///{tmp_path / 'study.db'}", url):
            storage = open_storage(place)
            (found,) = storage.get_all_studies()
            states = [t.state.name for t in storage.get_all_trials(found._study_id)]
            storage.engine.dispose()

            assert states == ["PRUNED", "RUNNING"]


def test_a_storage_that_breaks_for_good_says_how_to_go_on(url: str, tmp_path: Path) -> None:
    """It is overwritten in the search: the search goes on, the end does not wait."""
    said: list[str] = []

    def search() -> None:
        database = tmp_path / "s" / "study.db"
        with optuna_study(database, _shared(url, said=said), "minimize") as (study, sync):
            _search(study, 1, ended=1)
            sync()
            _text(Path(url.removeprefix("sqlite:///")))
            sync()

    with pytest.raises(RunError, match=r"continue with: actselect resume .*/s$"):
        search()

    assert len(said) == 1
    assert "The study goes on" in said[0]
