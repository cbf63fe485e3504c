"""The files of a report are whole or absent."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from actselect.exceptions import StudyError
from actselect.files import write_atomically
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

    def crash(_: ReportRecord, **__: str) -> str:
        raise MemoryError

    monkeypatch.setattr(html, "render", crash)
    with pytest.raises(MemoryError):
        save(winner, tmp_path)
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The disk is full, or the rename is refused: the old content stays, and no scrap beside it."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "report.json"
    write_atomically(file, "old")
    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(file, "new and longer")

    assert [file] == list(tmp_path.iterdir())
    assert file.read_text(encoding="utf-8") == "old"


def test_a_crash_while_saving_again_leaves_a_report_that_loads(
    winner: ReportRecord, undecided: ReportRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The study that was finished before stays finished."""

    def crash(_: ReportRecord, **__: str) -> str:
        raise MemoryError

    save(winner, tmp_path)
    monkeypatch.setattr(html, "render", crash)
    with pytest.raises(MemoryError):
        save(undecided, tmp_path)

    assert load(tmp_path) == winner


@pytest.mark.parametrize("content", [None, b"", b'{"schema_version": 1', b"\xff\xfe{"])
def test_a_missing_or_damaged_report_names_the_file(tmp_path: Path, content: bytes | None) -> None:
    """The message begins with the path."""
    if content is not None:
        (tmp_path / "report.json").write_bytes(content)

    with pytest.raises(StudyError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "report.json"))
