"""``report.json`` is written stably and read strictly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actselect.exceptions import StudyError
from actselect.records import Needed, ReportRecord
from actselect.report import from_json, schema, to_json, without_times


def changed(record: ReportRecord, change: Callable[[dict[str, Any]], object]) -> str:
    """Return the text of a report after ``change`` was made to its data."""
    data = json.loads(to_json(record))
    change(data)
    return json.dumps(data)


def test_a_report_survives_the_round_trip(record: ReportRecord) -> None:
    """What was written is read, and written again, letter for letter."""
    text = to_json(record)

    assert to_json(from_json(text)) == text


def test_a_report_read_equals_the_one_written(winner: ReportRecord) -> None:
    """Every field, to the last nested tuple."""
    assert from_json(to_json(winner)) == winner


def kept(saved: Any, old: Any) -> Any:
    """Return of ``saved`` only what ``old`` has as well."""
    if isinstance(old, dict):
        return {key: kept(saved[key], item) for key, item in old.items()}
    if isinstance(old, list):
        return [kept(*both) for both in zip(saved, old, strict=True)]
    return saved


@pytest.mark.parametrize("name", ["report-v1.json", "report-v1-full.json"])
def test_older_reports_of_version_1_still_load_and_lose_nothing(golden: Path, name: str) -> None:
    """Every field they have is saved again as it was."""
    text = (golden / name).read_text(encoding="utf-8")
    old = json.loads(text)

    assert kept(json.loads(to_json(from_json(text))), old) == old


def test_what_the_first_report_of_version_1_lacks_is_taken_as_unknown(golden: Path) -> None:
    """Fields that came later are empty, not invented."""
    record = from_json((golden / "report-v1.json").read_text(encoding="utf-8"))

    assert (record.expected, record.aa, record.outlook) == (None, None, ())
    assert record.screening.rates_each == 0
    assert all(not r.epochs and not r.learning_rates for r in record.screening.divergence)


def test_what_a_full_report_of_before_lacks_is_taken_as_unknown(golden: Path) -> None:
    """Diagnostics, curves, effects, examples and claims came later."""
    record = from_json((golden / "report-v1-full.json").read_text(encoding="utf-8"))

    assert record.examples is None
    assert (record.screening.curves, record.screening.effects) == ((), None)
    assert record.guide.claims == ()
    assert all(row.diagnostics is None for row in record.ranking)


def test_an_explained_report_of_version_1_still_loads_and_is_saved_identically(
    golden: Path,
) -> None:
    """With diagnostics, curves, effects, examples and claims; letter for letter."""
    text = (golden / "report-v1-explained.json").read_text(encoding="utf-8")

    assert to_json(from_json(text)) == text


def test_the_golden_full_report_lacks_nothing(golden: Path) -> None:
    """Each field that may be empty is filled, so that the file tests it."""
    data = json.loads((golden / "report-v1-full.json").read_text(encoding="utf-8"))

    assert data["expected"]
    assert data["aa"]
    assert data["outlook"]
    assert any(row["epochs"] and row["learning_rates"] for row in data["screening"]["divergence"])


def empty(data: Any, where: str = "") -> set[str]:
    """Return the paths of the fields that are empty or null, list places left out."""
    if isinstance(data, dict):
        return {path for key, item in data.items() for path in empty(item, f"{where}.{key}")}
    if isinstance(data, list) and data:
        return set.intersection(*(empty(item, where) for item in data))
    return {where} if data is None or data in ("", [], {}) else set()


def test_the_golden_explained_report_lacks_nothing(golden: Path) -> None:
    """Each field that may be empty is filled somewhere, so that the file tests it."""
    data = json.loads((golden / "report-v1-explained.json").read_text(encoding="utf-8"))

    assert {path for path in empty(data) if not path.startswith(".options")} == set()


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True, None])
def test_an_unknown_version_is_refused_naming_both(winner: ReportRecord, version: object) -> None:
    """The message says what the file has and what is understood."""
    text = changed(winner, lambda data: data.update(schema_version=version))

    with pytest.raises(StudyError, match=rf"schema_version is {version!r}.* schema_version 1\b"):
        from_json(text)


def test_an_unknown_field_is_refused_by_its_path(winner: ReportRecord) -> None:
    """A field that would be lost on saving is an error."""
    text = changed(winner, lambda data: data["ranking"][1]["validation"].update(std=1.0))

    with pytest.raises(StudyError, match=r"unknown field ranking\.1\.validation\.std"):
        from_json(text)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d["ranking"][0].update(rank="1"), "ranking.0.rank"),
        (lambda d: d["ranking"][0].update(default=1), "ranking.0.default"),
        (lambda d: d["metric"].update(direction="up"), "metric.direction"),
        (lambda d: d["baselines"][0].update(test="low"), "baselines.0.test"),
        (lambda d: d.pop("verdict"), "verdict"),
        (lambda d: d.update(notes="one"), "notes"),
    ],
)
def test_a_wrong_or_missing_field_is_named(
    winner: ReportRecord, change: Callable[[dict[str, Any]], object], field: str
) -> None:
    """The first word of the message after the file is the path of the field."""
    with pytest.raises(StudyError, match=rf"^report\.json: {field}: "):
        from_json(changed(winner, change))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"schema_version": NaN}', '{"schema_version": 1e999}']
)
def test_text_that_is_no_report_is_refused(text: str) -> None:
    """Cut off, empty, something else: always a StudyError."""
    with pytest.raises(StudyError, match=r"^report\.json: "):
        from_json(text)


@pytest.mark.parametrize("depth", [150, 500, 950, 5_000, 200_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """A file made to exhaust the stack ends in a StudyError."""
    nested = "[" * depth + "]" * depth
    with pytest.raises(StudyError):
        from_json(f'{{"schema_version": 1, "options": {nested}}}')


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_lacks_are_refused_where_a_number_must_be(
    winner: ReportRecord, value: float
) -> None:
    """The message has the field and what stood there."""
    first = replace(winner.ranking[0].validation, mean=value)
    rows = (replace(winner.ranking[0], validation=first), *winner.ranking[1:])

    with pytest.raises(StudyError) as caught:
        to_json(replace(winner, ranking=rows))
    assert str(caught.value) == (
        f"report.json: ranking.0.validation.mean must be a finite number; got {value}."
    )


def test_numbers_that_json_lacks_become_null_where_nothing_may_be(winner: ReportRecord) -> None:
    """A baseline without a test score, an unknown price: the report can still be saved."""
    unknown = replace(
        winner,
        verdict=replace(winner.verdict, needed=Needed(repeats=1, seconds=float("inf"))),
        baselines=tuple(replace(row, test=float("nan")) for row in winner.baselines),
    )
    read = from_json(to_json(unknown))

    assert read.verdict.needed == Needed(repeats=1, seconds=None)
    assert [None, None] == [row.test for row in read.baselines]


@pytest.mark.parametrize("place", [("verdict", "needed", "seconds"), ("budget", "spent")])
def test_a_number_too_large_is_refused_on_reading(
    winner: ReportRecord, place: tuple[str, ...]
) -> None:
    """A file may not hold what would never be written, not even where null is allowed."""

    def enlarge(data: dict[str, Any]) -> None:
        for key in place[:-1]:
            data = data[key]
        data[place[-1]] = 12345678.5

    text = changed(winner, enlarge).replace("12345678.5", "1e999")

    with pytest.raises(StudyError, match=rf"{'.'.join(place)} must be a finite number; got inf"):
        from_json(text)


def test_the_schema_describes_every_field(winner: ReportRecord) -> None:
    """Whatever is written is in the schema, and nothing else is allowed."""
    described = schema()

    assert set(described["properties"]) == set(json.loads(to_json(winner)))
    assert described["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in described["$defs"].values())


def test_reports_that_differ_in_times_only_are_equal_without_them(undecided: ReportRecord) -> None:
    """A second run on a slower machine with other workers gives the same."""
    slower = replace(
        undecided,
        created="2031-01-01T00:00:00+00:00",
        command="actselect recommend other --workers 1",
        verdict=replace(
            undecided.verdict,
            sentence=undecided.verdict.sentence.replace("(2 minutes)", "(about 3 hours)"),
            needed=replace(undecided.verdict.needed, seconds=9999.0),
        ),
        ranking=tuple(
            replace(row, train_ms_per_step=99.0, infer_ms_per_sequence=9.0)
            for row in undecided.ranking
        ),
        screening=replace(undecided.screening, seconds=1.0),
        confirmation=replace(undecided.confirmation, seconds=1.0),
        environment=replace(undecided.environment, workers=1, peak_memory_mb={}),
        options={**undecided.options, "workers": 1},
    )

    assert without_times(slower) == without_times(undecided)


def test_durations_in_the_outlook_do_not_count(diverged: ReportRecord) -> None:
    """What was foreseen to cost more on a slower machine is still the same outlook."""
    fast = replace(diverged, outlook=("Three repeats more (about 2 minutes) would do.",))
    slow = replace(diverged, outlook=("Three repeats more (about 3 hours) would do.",))

    assert without_times(fast) == without_times(slow)


def test_what_diagnostics_took_from_a_clock_does_not_count(explained: ReportRecord) -> None:
    """Neither milliseconds nor the sentence that compares them; memory and other sentences do."""

    def other(milliseconds: float, why: str, memory: float) -> ReportRecord:
        first = explained.ranking[0]
        assert first.diagnostics is not None
        assert first.diagnostics.cost is not None
        cost = replace(
            first.diagnostics.cost,
            train_ms_per_step=milliseconds, train_ms_least=milliseconds, memory_mb=memory,
        )  # fmt: skip
        found = replace(first.diagnostics, cost=cost, why=(why,))
        return replace(
            explained, ranking=(replace(first, diagnostics=found), *explained.ranking[1:])
        )

    one = without_times(other(1.0, "It trains 1.6 times slower than RNN tanh.", 2.0))

    assert without_times(other(9.0, "It trains 2.4 times slower than RNN tanh.", 2.0)) == one
    assert without_times(other(1.0, "Its gradient lasts.", 2.0)) != one
    assert without_times(other(1.0, "It trains 1.6 times slower than RNN tanh.", 3.0)) != one


def test_what_is_no_time_still_counts(undecided: ReportRecord) -> None:
    """Another score, another number of epochs spent, another sentence: not equal."""
    assert undecided.budget.kind == "epochs"
    for other in (
        replace(undecided, budget=replace(undecided.budget, spent=1.0)),
        replace(undecided, ranking=undecided.ranking[1:]),
        replace(undecided, verdict=replace(undecided.verdict, sentence="Another (2 minutes).")),
    ):
        assert without_times(other) != without_times(undecided)


def test_time_spent_of_a_budget_of_time_does_not_count(winner: ReportRecord) -> None:
    """Two runs with a budget of time never spend the same."""
    other = replace(winner, budget=replace(winner.budget, spent=1.0))

    assert without_times(other) == without_times(winner)


def test_importing_the_package_loads_nothing_that_draws() -> None:
    """Reading a report needs none of jinja2, torch and optuna."""
    code = "import sys, actselect.report; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"jinja2", "torch", "optuna", "pydantic"} & set(done.stdout.split())
