"""``actselect dashboard``: this machine only, reading only, and the study stays as it was."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner

from actselect.cli import cli


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study, as far as the dashboard needs one."""
    folder = tmp_path_factory.mktemp("secret-place") / "s"
    folder.mkdir()
    for name in ("study.json", "report.json"):
        (folder / name).write_text("{}\n")
    storage = optuna.storages.RDBStorage(f"sqlite:///{folder / 'study.db'}")
    made = optuna.create_study(storage=storage, study_name="actselect")
    made.optimize(lambda trial: trial.suggest_float("x", 0.0, 1.0), n_trials=3)
    storage.engine.dispose()
    return folder


@pytest.fixture(scope="module")
def served(study: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command as a process of its own, and the port it says it has."""
    command = [sys.executable, "-m", "actselect", "dashboard", str(study)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    address = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
    assert address
    yield process, int(address[1])
    process.kill()
    process.communicate()


def ask(port: int, path: str, method: str = "GET", host: str | None = None) -> tuple[int, str]:
    """Return status and text of an answer; ``host``: another name in the header."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_the_trials_are_shown(served: tuple[subprocess.Popen[str], int]) -> None:
    """The page and the data that it asks for."""
    _, port = served

    assert ask(port, "/dashboard")[0] == 200
    status, text = ask(port, "/api/studies/1")
    assert status == 200
    assert '"name": "actselect"' in text
    assert text.count('"trial_id"') >= 3


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "get"])
def test_nothing_but_reading_is_answered(
    served: tuple[subprocess.Popen[str], int], study: Path, method: str
) -> None:
    """Whatever would change something is refused, and nothing has changed."""
    before = (study / "study.db").read_bytes()

    status, text = ask(served[1], "/api/studies/1", method)

    assert status == 405
    assert "only shows" in text
    assert ask(served[1], "/api/studies/1")[0] == 200
    assert (study / "study.db").read_bytes() == before
    assert sorted(p.name for p in study.iterdir()) == ["report.json", "study.db", "study.json"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{}", "127.0.0.1", "127.0.0.1:1", ""]
)
def test_another_name_for_this_machine_gets_nothing(
    served: tuple[subprocess.Popen[str], int], host: str
) -> None:
    """DNS rebinding: a page of another site that has its own name point here."""
    status, text = ask(served[1], "/api/studies", host=host.format(served[1]))

    assert status == 403
    assert "actselect" not in text


def test_no_answer_tells_where_the_study_lies(
    served: tuple[subprocess.Popen[str], int], study: Path
) -> None:
    """Neither the folder nor that of the copy."""
    paths = "/api/studies /api/meta /api/studies/1 /api/studies/77 /api/x /csv/1 /static/../../x"
    for path in paths.split():
        text = ask(served[1], path)[1]

        assert str(study.parent) not in text
        assert "actselect-dashboard-" not in text


def test_it_listens_on_the_loopback_alone(served: tuple[subprocess.Popen[str], int]) -> None:
    """An address of this machine on a network is not answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks for the way there
        except OSError:
            pytest.skip("this machine has no network")
        own = probe.getsockname()[0]

    with pytest.raises(ConnectionError):
        socket.create_connection((own, served[1]), timeout=5)


def test_a_port_in_use_is_told(served: tuple[subprocess.Popen[str], int], study: Path) -> None:
    """With what to do about it."""
    done = CliRunner().invoke(cli, ["dashboard", str(study), "--port", str(served[1])])

    assert done.exit_code == 2
    assert f"Error: Port {served[1]} cannot be used" in done.stderr
    assert "--port 0" in done.stderr


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("study.json", "holds no study"),
        ("report.json", "is not finished"),
        ("study.db", "has no study.db"),
    ],
)
def test_what_is_no_finished_study_is_refused(
    study: Path, tmp_path: Path, missing: str, told: str
) -> None:
    """Missing, unfinished, or kept in another storage: exit code 2."""
    for path in study.iterdir():
        if path.name != missing:
            (tmp_path / path.name).write_bytes(path.read_bytes())

    done = CliRunner().invoke(cli, ["dashboard", str(tmp_path), "--no-browser"])

    assert done.exit_code == 2
    assert told in done.stderr


def test_a_file_that_is_no_database_is_refused(study: Path, tmp_path: Path) -> None:
    """In one line."""
    for path in study.iterdir():
        (tmp_path / path.name).write_text("no database, but long enough to look at\n" * 99)

    done = CliRunner().invoke(cli, ["dashboard", str(tmp_path), "--no-browser"])

    assert done.exit_code == 2
    assert "cannot be read as an Optuna study" in done.stderr


def test_without_the_extra_the_command_to_install_it_is_told(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None in ``sys.modules`` makes an import fail."""
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)

    done = CliRunner().invoke(cli, ["dashboard", str(study), "--port", "0", "--no-browser"])

    assert done.exit_code == 2
    assert "pip install 'actselect[dashboard]'" in done.stderr


def test_ctrl_c_ends_it(study: Path, tmp_path: Path) -> None:
    """With exit code 130, no traceback, and no copy left behind."""
    command = [sys.executable, "-m", "actselect", "dashboard", str(study)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 130
    assert errors.split() == ["Interrupted."]
    assert not list(tmp_path.iterdir())


def test_the_page_may_ask_this_server_only(served: tuple[subprocess.Popen[str], int]) -> None:
    """Whatever stands in a trial, and no page of another site may include or frame it."""
    connection = http.client.HTTPConnection("127.0.0.1", served[1], timeout=10)
    for path in ("/dashboard", "/api/studies/1", "/nothing"):
        connection.request("GET", path, headers={"Origin": "http://evil.example"})
        answer = connection.getresponse()
        answer.read()
        policies = answer.headers.get_all("Content-Security-Policy") or []  # all of them hold

        assert any("script-src 'self' 'wasm-unsafe-eval';" in policy for policy in policies)
        assert all(policy.startswith("default-src 'self'") for policy in policies)
        assert any("frame-ancestors 'none'" in policy for policy in policies)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Access-Control-Allow-Origin"] is None
    connection.close()
