"""The study folder: nobody's files are overwritten, and the test part is opened knowingly."""

from __future__ import annotations

from pathlib import Path

import pytest

from actselect.exceptions import StudyError, UsageError
from actselect.folder import StudyFolder


def test_a_finished_study_is_not_overwritten(tmp_path: Path) -> None:
    """The error says how to look at it."""
    folder = StudyFolder.create(tmp_path / "s", {}, sha256="x", reopen=False)
    folder.report.write_text("{}")

    with pytest.raises(StudyError, match="actselect show"):
        StudyFolder.create(tmp_path / "s", {}, sha256="x", reopen=False)


def test_an_unfinished_study_is_offered_to_be_resumed(tmp_path: Path) -> None:
    """Even when a second look at the test would be allowed."""
    StudyFolder.create(tmp_path / "s", {}, sha256="x", reopen=False)

    with pytest.raises(StudyError, match="actselect resume"):
        StudyFolder.create(tmp_path / "s", {}, sha256="x", reopen=True)


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder with other files is refused and untouched."""
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(UsageError, match="not a study"):
        StudyFolder.create(tmp_path, {}, sha256="x", reopen=True)
    assert ["thesis.tex"] == [p.name for p in tmp_path.iterdir()]


def test_a_second_study_may_not_open_the_same_test_unasked(tmp_path: Path) -> None:
    """The ledger beside the studies remembers, and counts when it is allowed."""
    first = StudyFolder.create(tmp_path / "a", {}, sha256="x", reopen=False)
    assert first.record_opening("x") == 1

    with pytest.raises(StudyError, match="opened before, by a"):
        StudyFolder.create(tmp_path / "b", {}, sha256="x", reopen=False)
    assert not (tmp_path / "b").exists()

    second = StudyFolder.create(tmp_path / "b", {}, sha256="x", reopen=True)
    assert second.record_opening("x") == 2


def test_other_data_are_another_test(tmp_path: Path) -> None:
    """The ledger goes by the hash of the data."""
    StudyFolder.create(tmp_path / "a", {}, sha256="x", reopen=False).record_opening("x")

    assert StudyFolder.create(tmp_path / "b", {}, sha256="y", reopen=False).openings("y") == ()
