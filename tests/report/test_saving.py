"""The files of a report are whole or absent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from actselect.exceptions import StudyError
from actselect.records import ReportRecord
from actselect.report import html, load, save


def test_what_is_saved_is_loaded(winner: ReportRecord, tmp_path: Path) -> None:
    """From the folder and from the file itself."""
    save(winner, tmp_path / "new" / "study")

    assert load(tmp_path / "new" / "study") == winner
    assert load(tmp_path / "new" / "study" / "report.json") == winner


def test_all_renderings_are_saved_and_nothing_else(record: ReportRecord, tmp_path: Path) -> None:
    """No temporary file stays behind."""
    save(record, tmp_path)

    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "report.json", "report.md"]


def test_saving_twice_writes_the_same_bytes(winner: ReportRecord, tmp_path: Path) -> None:
    """Pictures included: same record, same files."""
    save(winner, tmp_path / "a")
    save(winner, tmp_path / "b")

    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_a_record_that_cannot_be_loaded_is_not_saved(winner: ReportRecord, tmp_path: Path) -> None:
    """Nothing is written when the record is wrong."""
    wrong = replace(winner, budget=replace(winner.budget, spent=float("nan")))

    with pytest.raises(StudyError, match=r"budget\.spent"):
        save(wrong, tmp_path)
    assert not list(tmp_path.iterdir())


def test_report_json_is_written_last(
    winner: ReportRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash while drawing leaves no ``report.json`` that would say "finished"."""

    def crash(_: ReportRecord) -> str:
        raise MemoryError

    monkeypatch.setattr(html, "render", crash)
    with pytest.raises(MemoryError):
        save(winner, tmp_path)
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize("content", [None, b"", b'{"schema_version": 1', b"\xff\xfe{"])
def test_a_missing_or_damaged_report_names_the_file(tmp_path: Path, content: bytes | None) -> None:
    """The message begins with the path."""
    if content is not None:
        (tmp_path / "report.json").write_bytes(content)

    with pytest.raises(StudyError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "report.json"))
