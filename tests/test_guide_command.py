"""``actselect guide``: an answer at once, in 80 columns and two languages."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from actselect import guide, search_space
from actselect.cli import _guide, _guide_lines, cli
from actselect.report.columns import cells

HEAVY = {"torch", "optuna", "pandas", "scipy", "sklearn", "rich", "pydantic"}
ANSWER = """
import sys
from actselect.cli import main
try:
    main()
except SystemExit as done:
    assert done.code == 0, done.code
print("\\n" + " ".join(sys.modules))
"""
CASE = ["guide", "--task", "forecasting", "--length", "500", "--depth", "2"]


def _said(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def _loaded(*arguments: str) -> set[str]:
    command = [sys.executable, "-c", ANSWER, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_answer_needs_none_of_the_big_libraries(language: str) -> None:
    """Neither torch nor Optuna nor pandas is loaded from start to answer."""
    loaded = _loaded(*CASE, "--language", language)

    assert {"click", "actselect"} <= loaded
    assert not HEAVY & loaded


def test_help_needs_nothing_at_all() -> None:
    """Not even numpy."""
    assert not {*HEAVY, "numpy"} & _loaded("guide", "--help")


def test_the_answer_holds_picks_reasons_sources_and_the_contradiction() -> None:
    """And at the end the command that puts it to the test."""
    said = _said(*CASE)

    for part in ("LSTM tanh/sigmoid, 2 layers    (4.1, 4.2)", "RNN relu, 2 layers "):
        assert part in said
    assert "4.1 says tanh for time series, 5.2 says ReLU for forecasting them." in said
    found = guide.advice("forecasting", 500, 2).findings
    assert f"3 of {len(found)} findings; --all shows all" in said
    for finding in found[:3]:
        assert finding.citation in " ".join(said.split())
    last = " ".join(said.split("Type:")[1].replace("\\\n", " ").split())
    assert last == (
        "actselect recommend DATA --task forecasting --horizon N "
        "--head-activations identity,relu --depths 1,2"
    )


def test_with_all_nothing_is_left_out() -> None:
    """Every claim, principle and finding that speaks of the case, each with its source."""
    said = " ".join(_said(*CASE, "--all").split())
    found = guide.advice("forecasting", 500, 2)

    for claim in (*found.claims, *found.principles):
        assert claim.text() in said
    for finding in found.findings:
        assert f"{finding.text()} " in said
        assert finding.source in said
    assert all(f.source in " ".join(_said("guide", "--all").split()) for f in guide.findings())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", [task.name for task in guide.tasks()])
def test_the_short_answer_fits_a_screen_and_shows_findings(task: str, language: str) -> None:
    """In 45 lines at most, for any length and depth; no claim is left out."""
    for length in (None, 1, 24, 100, 5000):
        for depth in (None, 1, 2, _guide.MAX_DEPTH):
            numbers = (("--length", length), ("--depth", depth))
            given = [part for name, n in numbers if n is not None for part in (name, str(n))]
            said = _said("guide", "--task", task, *given, "--language", language)
            found = guide.advice(task, length, depth)
            words = "".join(said.split())

            assert said.count("\n") <= 45
            assert sum("".join(f.citation.split()) in words for f in found.findings) in {2, 3}
            assert all("".join(c.text(language).split()) in words for c in found.claims)


def test_without_a_task_all_claims_are_told() -> None:
    """The four principles first."""
    said = " ".join(_said("guide").split())
    places = [said.index(" ".join(claim.text().split())) for claim in guide.claims()]

    assert places == sorted(places)
    assert sum(claim.principle for claim in guide.claims()) == 4


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", [None, *(task.name for task in guide.tasks())])
def test_lines_fit_eighty_columns(task: str | None, language: str) -> None:
    """A Chinese character takes two; no Chinese stop or comma begins a line."""
    about = [] if task is None else ["--task", task]
    told = [_said("guide", *about, "--language", language, *more) for more in ([], ["--all"])]
    lines = "".join(told).splitlines()

    assert max(map(cells, lines)) <= 80
    assert not [line for line in lines if line.strip()[:1] in tuple(_guide_lines.CLOSING)]
    assert language == "zh" or not re.search("[\u4e00-\u9fff]", "".join(lines))


@pytest.mark.parametrize("more", [[], ["--all"]])
def test_chinese_says_what_english_says(more: list[str]) -> None:
    """The same architectures, sections and sources."""
    kept = re.compile(r"(?:LSTM|GRU|RNN) [a-z/]+, 2 layers(?:, relu head)?|(?:doi|arXiv):\S+")
    english, chinese = (_said(*CASE, "--language", name, *more) for name in ("en", "zh"))

    assert kept.findall(english) == kept.findall(chinese)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "forcasting"], "Unknown task 'forcasting'. Did you mean 'forecasting'?"),
        (["--length", "5"], "--length and --depth need a --task"),
        (["--task", "tagging", "--length", "0"], "length must be at least 1. Got 0."),
        (["--task", "tagging", "--depth", "9"], "9 is not in the range 1<=x<=8"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], message: str) -> None:
    """In one line, with exit code 2."""
    done = CliRunner().invoke(cli, ["guide", *arguments])

    assert (2, True) == (done.exit_code, message in done.output)


def test_the_largest_depth_is_that_of_a_search() -> None:
    """What the command suggests to type is accepted."""
    assert search_space.MAX_DEPTH == _guide.MAX_DEPTH
