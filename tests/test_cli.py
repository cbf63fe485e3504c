"""The command line parses, calls the API once, prints, and ends with the promised exit code."""

from __future__ import annotations

import errno
import inspect
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import actselect
from actselect import api as python
from actselect.cli import cli
from actselect.cli._group import Invocation, Terminated
from actselect.cli._options import SECTIONS
from actselect.exceptions import DataError, RunError, StudyError, UnknownNameError

PYTHON = inspect.signature(python.recommend).parameters
COMMANDS = ("recommend", "resume", "show", "list", "predict")


class FakeReport:
    """What the API returns, as far as the command line looks at it."""

    record = "the record"
    path = Path("studies/x")


class FakeApi:
    """Stands in for ``actselect.api.recommend`` and remembers how it was called."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.data: tuple[Any, ...] = ()
        self.options: Mapping[str, Any] = {}

    def recommend(self, *data: object, **options: object) -> FakeReport:
        """Remember, and fail if asked to."""
        self.data, self.options = data, options
        if self.error is not None:
            raise self.error
        return FakeReport()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """An API that does nothing but remember, and a report that renders as words."""
    fake = FakeApi()
    monkeypatch.setattr("actselect.api.recommend", fake.recommend)
    monkeypatch.setattr(
        "actselect.cli._output.FORMATS",
        {"table": lambda record, *_: f"table of {record}\n", "json": lambda *_: '{"a": 1}'},
    )
    return fake


def run(*arguments: str, invocation: Invocation | None = None) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(cli, arguments, obj=invocation)


def recommend(*arguments: str) -> Result:
    """Run ``actselect recommend`` on a data set that the fake API does not look at."""
    return run("recommend", "data.csv", "--task", "forecasting", *arguments)


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a shell does."""
    return subprocess.run(
        [sys.executable, "-m", "actselect", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_program_tells_its_version() -> None:
    """``--version`` prints name and version."""
    done = program("--version")

    assert (done.stdout, done.returncode) == (f"actselect {actselect.__version__}\n", 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_an_example(command: str) -> None:
    """A newcomer finds a line to copy."""
    done = run(command, "--help")

    assert done.exit_code == 0
    assert f"  actselect {command} " in done.output.partition("Example")[2]


def test_help_shows_every_option_of_recommend() -> None:
    """The sections of the help leave no option out."""
    done = run("recommend", "--help")
    options = [p for p in cli.commands["recommend"].params if isinstance(p, click.Option)]

    assert [o.opts[0] for o in options if o.opts[0] not in done.output] == []


def test_options_have_the_names_of_the_python_api() -> None:
    """Each option is an argument of ``recommend`` in Python."""
    options = {o.name for options in SECTIONS.values() for o in options} - {"as_json", "quiet"}

    assert options <= set(PYTHON)


def test_defaults_of_the_command_are_those_of_the_python_api(api: FakeApi) -> None:
    """Both doors lead to the same study."""
    recommend()
    ours = {k: v for k, v in api.options.items() if k not in ("task", "command", "started")}

    assert ours == {name: PYTHON[name].default for name in ours}


def test_lists_are_split_at_commas(api: FakeApi) -> None:
    """Names and numbers with commas between them become tuples."""
    recommend("--cells", "lstm, gru", "--depths", "1,2", "--features", '"a,b",c')

    assert api.options["cells"] == ("lstm", "gru")
    assert api.options["depths"] == (1, 2)
    assert api.options["features"] == ("a,b", "c")


@pytest.mark.parametrize(
    ("option", "value"), [("--cells", "lstm,,gru"), ("--cells", ""), ("--depths", "1,two")]
)
def test_a_broken_list_is_a_usage_error(api: FakeApi, option: str, value: str) -> None:
    """The message names the option and the value, and nothing is run."""
    done = recommend(option, value)

    assert done.exit_code == 2
    assert option in done.stderr
    assert repr(value) in done.stderr
    assert api.data == ()


def test_two_budgets_exclude_each_other(api: FakeApi) -> None:
    """Time or epochs, not both."""
    done = recommend("--budget", "1m", "--epochs-budget", "500")

    assert done.exit_code == 2
    assert "exclude each other" in done.stderr
    assert api.data == ()


def test_an_epoch_budget_alone_is_passed_on(api: FakeApi) -> None:
    """The default of the other budget is no contradiction."""
    assert recommend("--epochs-budget", "500").exit_code == 0
    assert api.options["epochs_budget"] == 500


def test_the_table_goes_to_stdout_with_the_place_of_the_pictures(api: FakeApi) -> None:
    """A person reads the ranking and where report.html lies."""
    assert api.error is None

    done = recommend()

    assert done.stdout == (
        "table of the record\n\nReport with pictures: studies/x/report.html\n"
    ).replace("/", os.sep)


def test_json_is_alone_on_stdout(api: FakeApi) -> None:
    """``--json`` can be piped into a JSON parser."""
    assert api.error is None

    assert json.loads(recommend("--json").stdout) == {"a": 1}


@pytest.mark.parametrize(("flags", "display"), [((), "auto"), (("--quiet",), "quiet")])
def test_quiet_turns_progress_off(api: FakeApi, flags: tuple[str, ...], display: str) -> None:
    """Progress is shown unless ``--quiet`` is given."""
    recommend(*flags)

    assert api.options["progress"] == display


def test_the_api_learns_the_command_and_when_the_process_began(api: FakeApi) -> None:
    """A report can say how to run it again, and the budget includes the start."""
    invocation = Invocation(started=12.5, command="actselect recommend 'a b.csv'")
    run("recommend", "a b.csv", "--task", "forecasting", invocation=invocation)

    assert api.options["started"] == 12.5
    assert api.options["command"] == "actselect recommend 'a b.csv'"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownNameError("task", "forecast", ["forecasting"]), 2),
        (DataError(wanted="numbers", got="'x'", where="a.csv, line 3", todo="Mend it."), 2),
        (StudyError("no study"), 2),
        (RunError("every training diverged"), 1),
        (OSError(errno.ENOSPC, "No space left on device", "scores.csv"), 1),
    ],
)
def test_an_error_is_one_line_on_stderr(api: FakeApi, error: Exception, code: int) -> None:
    """No traceback: the message, and the exit code of its kind."""
    api.error = error

    done = recommend()

    assert (done.stdout, done.stderr, done.exit_code) == ("", f"Error: {error}\n", code)


@pytest.mark.parametrize(
    ("stop", "code"), [(KeyboardInterrupt(), 130), (Terminated(signal.SIGTERM), 143)]
)
def test_an_interrupted_study_says_how_to_go_on(
    api: FakeApi, tmp_path: Path, stop: BaseException, code: int
) -> None:
    """The line can be copied: it names the folder, quoted for the shell."""
    study = tmp_path / "my study"
    study.mkdir()
    (study / "study.json").write_text("{}")
    api.error = stop

    done = recommend("--out", str(study))

    assert done.exit_code == code
    assert f"actselect resume '{study}'" in done.stderr


def test_the_interrupted_study_is_found_without_out(
    api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the studies here it is the unfinished one that was made since the process began."""
    monkeypatch.chdir(tmp_path)
    for name, age in (("old", 60.0), ("new", -1.0)):
        settings = tmp_path / "studies" / name / "study.json"
        settings.parent.mkdir(parents=True)
        settings.write_text("{}")
        os.utime(settings, (time.time() - age,) * 2)
    api.error = KeyboardInterrupt()

    done = recommend()

    assert "actselect resume studies/new" in done.stderr.replace(os.sep, "/")


def test_an_interruption_before_the_study_began_offers_nothing(
    api: FakeApi, tmp_path: Path
) -> None:
    """There is nothing to resume, so nothing is said about it."""
    api.error = KeyboardInterrupt()

    assert recommend("--out", str(tmp_path / "none")).stderr == "\nInterrupted.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_program_with_the_code_of_a_shell(number: int, code: int) -> None:
    """The exit codes 130 and 143 reach the caller, without a traceback."""
    script = (
        "import os, sys, types; from actselect.cli import main\n"
        "api = types.ModuleType('actselect.api')\n"
        f"api.resume = lambda *a, **k: os.kill(os.getpid(), {int(number)})\n"
        "sys.modules['actselect.api'] = api; import actselect; actselect.api = api\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "resume", "nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (code, "\nInterrupted.\n")


def test_a_reader_that_leaves_causes_no_traceback() -> None:
    """``actselect ... | head -0`` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "actselect", "list", "tasks"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)

    assert done.stderr == ""


@pytest.mark.parametrize("what", ["cells", "activations", "tasks", "metrics", "datasets"])
def test_list_prints_a_line_for_each_entry_under_a_header(what: str) -> None:
    """The catalogues are readable, and complete."""
    from actselect.cli._list import CATALOGUES

    done = run("list", what)
    header, *lines = done.stdout.splitlines()

    assert done.exit_code == 0
    assert header.startswith(CATALOGUES[what]()[0][0])
    assert len(lines) == len(CATALOGUES[what]()[1]) > 2


def test_list_activations_tells_the_facts_of_tanh() -> None:
    """Range, monotone, smooth, gate, as in any textbook."""
    lines = run("list", "activations").stdout.splitlines()
    tanh = next(line.split() for line in lines if line.startswith("tanh "))

    assert tanh[1:7] == ["-1", "to", "1", "yes", "yes", "no"]


def test_list_studies_shows_what_is_under_studies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with study.json is an unfinished study, one with a broken report is damaged."""
    monkeypatch.chdir(tmp_path)
    for name, file in (("begun", "study.json"), ("broken", "report.json"), ("other", "notes.txt")):
        (tmp_path / "studies" / name).mkdir(parents=True)
        (tmp_path / "studies" / name / file).write_text("{")

    rows = [line.split()[:2] for line in run("list", "studies").stdout.splitlines()[1:]]

    assert rows == [
        [str(Path("studies/begun")), "unfinished"],
        [str(Path("studies/broken")), "damaged"],
    ]


def test_list_studies_says_when_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder is no error."""
    monkeypatch.chdir(tmp_path)

    assert run("list", "studies").stdout == "No studies here.\n"


def test_show_of_a_missing_study_is_an_error_with_exit_code_two(tmp_path: Path) -> None:
    """The message names the path."""
    done = run("show", str(tmp_path / "none"))

    assert done.exit_code == 2
    assert str(tmp_path / "none") in done.stderr


def test_output_that_the_terminal_cannot_show_is_replaced() -> None:
    """A stdout without Unicode gets question marks instead of a traceback."""
    done = program("list", "activations", PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stderr) == (0, "")
