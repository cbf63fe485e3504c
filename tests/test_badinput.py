"""Bad and unusual input, each case as its manifest in ``badinput/`` says; see the README there."""

from __future__ import annotations

import re
import runpy
import shlex
import socket
import time
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from actselect.cli import cli
from actselect.cli._output import FORMATS
from actselect.data import SequenceDataset
from actselect.report import load as load_record
from actselect.stages import Stages

HERE = Path(__file__).with_name("badinput")
FILES = HERE / "files"
GOLDEN = Path(__file__).with_name("golden") / "report-v1.json"

MAX_MEMORY = 500 * 1024**2  # bytes that a case may need on top of what the process has already
LIMIT_SECONDS, MAX_SECONDS = 5.0, 10.0  # processor time, which a busy machine does not stretch

SMALL = ("--cells=gru", "--activations=tanh", "--recurrent-activations=sigmoid",
         "--depths=1", "--quiet")  # fmt: skip
"""Options of every study here: the smallest search space, whose checks take milliseconds."""

REFUSED = ("error", "limit", "usage", "study")
READ = ("accepted", "warned")
EXPECTED = (*REFUSED, *READ, "escaped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of a manifest; ``manifest`` is its name, the other fields are its keys."""

    manifest: str
    number: int
    title: str
    expect: str
    file: str = ""
    made: str = ""
    arguments: str = ""
    command: str = ""
    check: str = ""
    says: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    slow: bool = False


def _cases() -> list[Case]:
    """Return all cases but those that are skipped, in order."""
    found = []
    for path in sorted(HERE.glob("manifest-*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            if "skip" not in entry:
                says = tuple(entry.pop("says", ()))
                found.append(Case(manifest=path.stem, says=says, **entry))
    return sorted(found, key=lambda case: case.number)


def _parameters() -> list[Any]:
    return [
        pytest.param(
            case,
            id=f"{case.number}-{case.file or case.made or case.check}",
            marks=[pytest.mark.slow] if case.slow else [],
        )
        for case in _cases()
    ]


RECIPES: dict[str, Callable[[Path], Any]] = {
    name: made
    for path in sorted(HERE.glob("recipes_*.py"))
    for name, made in runpy.run_path(str(path)).items()
    if not name.startswith("_") and callable(made)
}
"""What makes files that are too large or too odd to be kept, and checks of one's own, by name."""


class Ready(Exception):  # noqa: N818 - it is no error
    """The data were read and checked, and training would begin now."""

    def __init__(self, stages: Stages) -> None:
        super().__init__()
        self.stages = stages


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in an empty folder, without a network, and stop every study before it trains."""

    def stop(stages: Stages, *_: object) -> None:
        raise Ready(stages)

    def refuse(_: socket.socket, address: Any) -> None:
        raise AssertionError(f"a connection to {address!r} was tried")

    monkeypatch.setattr(Stages, "run", stop)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("case", _parameters())
def test_input_is_met_as_the_manifest_says(case: Case, tmp_path: Path, workplace: Path) -> None:
    """It is refused in one clear line, or read as it was meant, with a note where that is due."""
    source = FILES / case.file if case.file else tmp_path
    made = RECIPES[case.made](tmp_path) if case.made else None
    source = made if isinstance(made, Path) else source
    with _bounded(LIMIT_SECONDS if case.expect == "limit" else MAX_SECONDS, case.expect):
        if case.check:
            RECIPES[case.check](source)
            return
        done = CliRunner().invoke(cli, _arguments(case, source, tmp_path), catch_exceptions=True)

    read = isinstance(done.exception, Ready)
    if case.expect in REFUSED or (case.expect == "escaped" and not read):
        _check_refusal(done, case, workplace)
    else:
        _check_reading(done, case)


def test_every_case_of_the_list_has_its_place() -> None:
    """No number is missing, no title double, no file unused; a case that is skipped says why."""
    entries = [
        entry
        for path in sorted(HERE.glob("manifest-*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]
    numbers = [entry["number"] for entry in entries]
    titles = [entry["title"] for entry in entries]

    assert len(set(titles)) == len(titles)
    assert set(range(1, max(numbers) + 1)) - set(numbers) == set()
    assert all(entry.get("expect") in EXPECTED or entry["skip"] for entry in entries)
    assert {entry["file"] for entry in entries if "file" in entry} <= {
        path.relative_to(FILES).as_posix() for path in FILES.rglob("*")
    }


def _arguments(case: Case, source: Path, folder: Path) -> list[str]:
    """Return the command line of a case; ``{file}`` and ``{folder}`` in it are filled in."""
    if case.command:
        words = shlex.split(case.command)
    else:
        words = ["recommend", "{file}", *SMALL, *shlex.split(case.arguments)]
    places = {"{file}": str(source), "{folder}": str(folder), "{files}": str(FILES)}
    for name, place in places.items():
        words = [word.replace(name, place) for word in words]
    return words


class _bounded:  # noqa: N801 - reads as a statement
    """Time and memory of a block are bounded; the memory only where Linux tells the peak."""

    def __init__(self, seconds: float, what: str) -> None:
        self.seconds, self.what = seconds, what

    def __enter__(self) -> None:
        self.began = time.process_time()
        self.before = _peak(reset=True)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            took, needed = time.process_time() - self.began, _peak() - self.before

            assert took < self.seconds, f"took {took:.1f} s"
            assert needed < MAX_MEMORY, f"needed {needed / 1024**2:.0f} MB"


def _peak(*, reset: bool = False) -> int:
    """Return the largest memory of this process so far, in bytes, or from now on."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]


def _check_refusal(done: Result, case: Case, workplace: Path) -> None:
    """The command ended with code 2 and one harmless line on stderr, and wrote nothing."""
    assert not isinstance(done.exception, Ready), "it was accepted"
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code == 2, done.output
    message = done.stderr.rstrip("\n")
    last = message.split("\n")[-1]
    assert last.startswith("Error: ")
    assert case.expect == "usage" or last == message
    assert [c for c in message.replace("\n", "") if _is_harmful(c)] == []
    assert len(last) < 1500
    assert [part for part in case.says if part not in message] == [], message
    assert list(workplace.iterdir()) == []
    assert done.stdout == ""


def _check_reading(done: Result, case: Case) -> None:
    """Training would have begun, on what the file means, with the notes that are due."""
    assert isinstance(done.exception, Ready), done.output or repr(done.exception)
    stages = done.exception.stages
    notes = (*stages.dataset.notes, *stages.notes, *stages.task.notes)
    shown = "\n".join(notes)
    facts = _facts(stages)

    assert {name: facts[name]() for name in case.facts} == dict(case.facts)
    if case.expect == "escaped":
        _check_rendering(stages.dataset, case)
    else:
        assert [part for part in case.says if part not in shown] == [], shown
    assert case.expect != "warned" or case.says


def _facts(stages: Stages) -> dict[str, Callable[[], Any]]:
    """Return what a manifest may state about data that were read."""
    data = stages.dataset
    tokens, answers, targets = data.tokens, data.answers, data.targets
    return {
        "sequences": lambda: len(data),
        "lengths": lambda: list(map(int, data.lengths)),
        "steps": lambda: int(data.lengths.sum()),
        "features": lambda: list(data.feature_names),
        "series": lambda: list(data.series),
        "first_values": lambda: list(map(float, data.sequence(0)[:5, 0])),
        "last_values": lambda: list(map(float, data.sequence(len(data) - 1)[-5:, 0])),
        "missing": lambda: int(np.isnan(np.asarray(data.values)).sum()),
        "first_time": lambda: None if data.time is None else str(data.time[0])[:16],
        "first_text": lambda: None if tokens is None else list(tokens.text(0))[:12],
        "first_answer": lambda: None if answers is None else list(answers.text(0))[:12],
        "classes": lambda: None if targets is None else sorted({*map(str, targets.tolist())}),
        "tags": lambda: None if answers is None else list(answers.lexicon),
        "test": lambda: 0 if data.test is None else int(data.test.sum()),
        "examples": lambda: stages.task.n_examples,
    }


def _check_rendering(dataset: SequenceDataset, case: Case) -> None:
    """A report that shows the names and notes of the data set shows them harmlessly."""
    record = load_record(GOLDEN)
    shown = replace(
        record.dataset,
        name=dataset.name,
        features=dataset.feature_names,
        target=dataset.target_name,
        notes=dataset.notes,
    )
    record = replace(record, dataset=shown)
    pages = {how: render(record, "study", "en") for how, render in FORMATS.items()}
    for page in pages.values():
        assert [c for c in page if _is_harmful(c) and c != "\n"] == []
    joined = "\n".join(pages.values())
    assert [part for part in case.says if part not in joined] == []
    assert "<script>alert" not in pages["html"] + pages["markdown"]


def _is_harmful(character: str) -> bool:
    """True for what moves a cursor, turns text round, or hides."""
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in (
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
    )
