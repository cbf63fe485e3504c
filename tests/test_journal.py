"""The journal: what was finished survives a crash."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from actselect.exceptions import StudyError
from actselect.journal import Journal

resource = pytest.importorskip("resource", reason="limits on the size of files are POSIX")


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
    journal = Journal(path)
    for key in "abc":
        journal.put(key, {})
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], b"nonsense", lines[2], b""]))

    with pytest.raises(StudyError, match=r"line 2: .* Remove the line"):
        Journal(path)


def test_no_flipped_bit_goes_unnoticed(tmp_path: Path) -> None:
    """A damaged line is refused, or was the torn one; a score never changes silently."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    for number in range(20):
        journal.put(f"job {number}", {"score": number / 7})
    data, rng = path.read_bytes(), random.Random(0)

    for _ in range(300):
        place, bit = rng.randrange(len(data)), rng.randrange(8)
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :])
        try:
            again = Journal(path)
        except StudyError:
            continue
        assert again.torn
        assert all(journal[key] == value for key, value in again.items())


def test_a_full_disk_leaves_what_was_recorded(tmp_path: Path) -> None:
    """The line that did not fit leaves nothing, and when there is room again it can be added."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.put("a", {"x": 1})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            journal.put("b", {"x": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "b" not in journal
    journal.put("c", {"x": 3})

    assert dict(Journal(path).items()) == {"a": {"x": 1}, "c": {"x": 3}}


def test_once_computes_once(tmp_path: Path) -> None:
    """What was measured before a crash is not measured again after it."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.once("plan", lambda: {"n": 1})

    assert Journal(path).once("plan", lambda: {"n": 2}) == {"n": 1}
