"""A study kept in PostgreSQL: a real server, started here, restarted and refused in between."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

import optuna
import psycopg
import pytest

import actselect as act
from actselect.optuna_study import SharedStorage, optuna_study
from actselect.planning import least_epochs
from actselect.report import without_times
from actselect.storage import check_storage, open_storage, quiet

PASSWORD = "Kon%7Bspi{}cuous/7"  # noqa: S105 - of a server that lives as long as these tests
QUOTED = "Kon%257Bspi{}cuous%2F7"
PASSWORDS = (PASSWORD, QUOTED, "cuous")
EPOCHS = least_epochs() + 20
COMMAND = [
    "airpassengers", "--task", "forecasting", "--horizon", "6", "--cells", "rnn,gru",
    "--activations", "tanh,relu", "--depths", "1", "--hidden-size", "6",
    "--epochs-budget", str(EPOCHS), "--workers", "0", "--out", "s",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server on this machine."""

    programs: Path
    folder: Path
    port: int
    owner: str | None

    def control(self, *words: str) -> None:
        """Run pg_ctl."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-s", "-w", *words)

    def run(self, program: str, *words: str) -> None:
        """Run a program of PostgreSQL, which refuses to be root."""
        group = None if self.owner is None else pwd.getpwnam(self.owner).pw_gid
        subprocess.run(
            [str(self.programs / program), *words], cwd=self.folder, check=True, timeout=60,
            user=self.owner, group=group, extra_groups=None if self.owner is None else [],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self) -> None:
        """Start it."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.control("-o", options, "-l", str(self.folder / "log"), "start")

    def database(self) -> str:
        """Make a new database, and return its address with the password."""
        name = f"d{time.monotonic_ns()}"
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="me", password=PASSWORD, dbname="postgres",
            autocommit=True,
        ) as connection:  # fmt: skip
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://me:{QUOTED}@127.0.0.1:{self.port}/{name}"


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "pg_ctl").exists() and (p / "postgres").exists()), None)


def _owner() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with a superuser ``me`` and a password."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: no initdb and pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="actselect-pg-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Server(programs=programs, folder=folder, port=port, owner=_owner())
    (folder / "password").write_text(PASSWORD)
    if made.owner is not None:
        for path in (folder, folder / "password"):
            shutil.chown(path, made.owner)
    try:
        made.run(
            "initdb", "-D", str(folder / "data"), "-A", "scram-sha-256", "-U", "me",
            f"--pwfile={folder / 'password'}", "-E", "UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        made.start()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.control("-m", "immediate", "stop")
        shutil.rmtree(folder)


def _start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "actselect", *words], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    run = _start(folder, *words)
    stdout, stderr = run.communicate(timeout=120)
    return subprocess.CompletedProcess(run.args, run.returncode, stdout, stderr)


def _studies(url: str) -> list[str]:
    with quiet():
        storage = open_storage(url)
        names = optuna.get_all_study_names(storage)
        storage.engine.dispose()
    return names


def _trials(url: str) -> list[tuple[object, ...]]:
    with quiet():
        storage = open_storage(url)
        (study,) = storage.get_all_studies()
        trials = storage.get_all_trials(study._study_id)
        storage.engine.dispose()
    return [
        (t.number, t.state.name, t.params, t.values, t.intermediate_values, t.user_attrs)
        for t in trials
    ]


def _when(journal: Path, lines: int, run: subprocess.Popen[str]) -> None:
    while run.poll() is None and not (
        journal.exists() and len(journal.read_bytes().splitlines()) >= lines
    ):
        time.sleep(0.005)
    assert run.poll() is None


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study in its own folder alone."""
    folder = tmp_path_factory.mktemp("alone")
    done = _run(folder, "recommend", *COMMAND)
    assert done.returncode == 0, done.stderr
    return folder / "s"


def _report(folder: Path) -> dict[str, Any]:
    report = without_times(act.load_report(folder).record)
    return {**report, "options": {**report["options"], "storage": None}}


def _shown(folder: Path) -> bytes:
    return b"\0".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


@pytest.mark.slow
def test_a_restarted_server_changes_nothing(study: Path, server: Server, tmp_path: Path) -> None:
    """Restarted without a shutdown in the search: same report, same trials, no password left."""
    url = server.database()
    run = _start(tmp_path, "recommend", *COMMAND, "--storage", url)
    _when(tmp_path / "s" / "journal.jsonl", 20, run)
    server.control("-m", "immediate", "restart")
    stdout, stderr = run.communicate(timeout=120)
    shown = (stdout + stderr).encode() + _shown(tmp_path)

    assert run.returncode == 0, stderr
    assert _report(tmp_path / "s") == _report(study)
    assert "Traceback" not in stderr
    assert _trials(url) == _trials(f"sqlite:///{study / 'study.db'}")
    assert not (tmp_path / "s" / "study.db").exists()
    assert f"postgresql://me@127.0.0.1:{server.port}/".encode() in shown
    assert all(form.encode() not in shown for form in PASSWORDS)


@pytest.mark.slow
def test_a_killed_search_is_continued_there(study: Path, server: Server, tmp_path: Path) -> None:
    """Trials that were left RUNNING are ended as if nothing had been; none is there twice."""
    url = server.database()
    run = _start(tmp_path, "recommend", *COMMAND, "--storage", url)
    _when(tmp_path / "s" / "journal.jsonl", 28, run)  # in the second rung
    run.kill()
    run.communicate()
    left = {state for _, state, *_ in _trials(url)}
    resumed = _run(tmp_path, "resume", "s", "--storage", url)

    assert "RUNNING" in left
    assert resumed.returncode == 0, resumed.stderr
    assert _report(tmp_path / "s") == _report(study)
    assert _trials(url) == _trials(f"sqlite:///{study / 'study.db'}")


@pytest.mark.slow
def test_a_wrong_password_is_refused_before_anything_is_made(
    server: Server, tmp_path: Path
) -> None:
    """One sentence, exit code 2, no folder, and what was typed is not shown."""
    url = server.database().replace("Kon", "Wrong")
    failed = _run(tmp_path, "recommend", *COMMAND, "--storage", url)

    assert failed.returncode == 2
    assert "password authentication failed" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "cuous" not in failed.stdout + failed.stderr
    assert list(tmp_path.iterdir()) == []


def test_studies_that_start_together_make_the_tables_once(server: Server) -> None:
    """Eight at the same time on an empty database; all of them can go on."""
    url = server.database()
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(check_storage, url) for _ in range(8)]:
            done.result()

    assert _studies(url) == []


def test_an_outage_is_caught_up_with(server: Server, tmp_path: Path) -> None:
    """The search goes on without the server; its end waits for it, and all trials arrive."""
    url = server.database()
    said: list[str] = []
    shared = SharedStorage(
        url=url, study="sales", id="7f3a", sha256="x", say=said.extend, stopping=lambda: False
    )
    with optuna_study(tmp_path / "study.db", shared, "minimize") as (study, sync):
        study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
        sync()
        server.control("-m", "immediate", "stop")
        trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
        sync()
        study.tell(0, 0.5)
        study.tell(trial, 0.25)
        later = Timer(0.5, server.start)
        later.start()
    later.join()

    assert [state for _, state, *_ in _trials(url)] == ["COMPLETE", "COMPLETE"]
    assert len(said) == 2
    assert "The study goes on" in said[0]
    assert "can be reached again" in said[1]


def test_the_user_can_stop_the_wait(server: Server, tmp_path: Path) -> None:
    """Ctrl-C once is enough."""
    url = server.database()
    shared = SharedStorage(
        url=url, study="sales", id="7f3a", sha256="x", say=[].extend, stopping=lambda: True
    )

    def search() -> None:
        with optuna_study(tmp_path / "study.db", shared, "minimize"):
            server.control("-m", "immediate", "stop")

    try:
        with pytest.raises(KeyboardInterrupt):
            search()
    finally:
        server.start()
