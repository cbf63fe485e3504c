"""Numbers of a report that somebody else may have changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from actselect.exceptions import StudyError
from actselect.records import ReportRecord
from actselect.report import from_json, load, to_json
from actselect.report.checking import problem_of

GOLDEN = Path(__file__).parents[1] / "golden"
REPORTS = sorted(GOLDEN.glob("report-*.json"))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_reports_of_studies_have_no_problem(path: Path) -> None:
    """All golden files."""
    assert problem_of(load(path)) == ""


def changed(**first: object) -> ReportRecord:
    """Return a report whose first row is different."""
    record = load(GOLDEN / "report-v1-explained.json")
    return replace(record, ranking=(replace(record.ranking[0], **first), *record.ranking[1:]))


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ({"learning_rate": -1.0}, "ranking.0.learning_rate: must be above 0; got -1.0"),
        ({"parameters": -5}, "ranking.0.parameters: must not be negative; got -5"),
        ({"probability_best": 1.5}, "ranking.0.probability_best: must be from 0 to 1; got 1.5"),
        ({"train_ms_per_step": 1e300}, "ranking.0.train_ms_per_step: must be within 1e+150 of 0"),
        ({"parameters": 2**70}, "ranking.0.parameters: must be within 9e+18 of 0"),
    ],
)
def test_numbers_that_cannot_be_are_named_with_their_place(
    first: dict[str, object], problem: str
) -> None:
    """Whatever the list they stand in."""
    assert problem_of(changed(**first)).startswith(problem)


def test_lists_of_one_thing_are_equally_long() -> None:
    """A gradient has a norm for each lag."""
    record = load(GOLDEN / "report-v1-explained.json")
    diagnostics = record.ranking[0].diagnostics
    assert diagnostics is not None
    assert diagnostics.gradient is not None
    short = replace(diagnostics.gradient, norms=diagnostics.gradient.norms[:-1])

    found = problem_of(changed(diagnostics=replace(diagnostics, gradient=short)))

    assert found == "ranking.0.diagnostics.gradient: lags and norms must be equally long"


def test_a_report_is_checked_where_it_is_loaded_and_not_where_it_is_saved(tmp_path: Path) -> None:
    """A finished study is never lost to a check."""
    text = to_json(changed(learning_rate=-1.0))
    (tmp_path / "report.json").write_text(text, encoding="utf8")

    assert from_json(text).ranking[0].learning_rate == -1.0
    with pytest.raises(StudyError, match="learning_rate: must be above 0"):
        load(tmp_path)
