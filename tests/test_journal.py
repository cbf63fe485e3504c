"""The journal: what was finished survives a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from actselect.exceptions import StudyError
from actselect.journal import Journal


def test_entries_survive_reopening(tmp_path: Path) -> None:
    """A second journal on the same file knows what the first one recorded."""
    path = tmp_path / "journal.jsonl"
    first = Journal(path)
    first.put("a", {"score": 0.1 + 0.2})

    assert Journal(path)["a"] == {"score": 0.1 + 0.2}


def test_a_torn_line_is_dropped_at_every_cut_point(tmp_path: Path) -> None:
    """Wherever a crash cuts the last line, earlier entries load and new ones can be added."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.put("a", {"x": 1})
    whole = path.stat().st_size
    journal.put("b", {"x": 2})
    data = path.read_bytes()

    for cut in range(whole, len(data)):
        path.write_bytes(data[:cut])
        again = Journal(path)
        assert "a" in again
        assert "b" not in again
        again.put("c", {"x": 3})
        assert Journal(path)["c"] == {"x": 3}


def test_damage_in_the_middle_is_an_error_with_its_line(tmp_path: Path) -> None:
    """A journal that is not ours is refused, not half used."""
    path = tmp_path / "journal.jsonl"
    path.write_text('{"key":"a","value":{}}\nnonsense\n{"key":"b","value":{}}\n')

    with pytest.raises(StudyError, match="line 2"):
        Journal(path)


def test_once_computes_once(tmp_path: Path) -> None:
    """What was measured before a crash is not measured again after it."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.once("plan", lambda: {"n": 1})

    assert Journal(path).once("plan", lambda: {"n": 2}) == {"n": 1}
