"""What fuzzing found stays found: each kept file is read again by all questions of its target."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
READERS = (
    "csv", "jsonl", "ts", "tsf", "ucr", "arff", "tagged", "texts", "captions", "images", "arrays",
    "parquet", "tokenizer", "artifact", "study",
)  # fmt: skip


@pytest.fixture(scope="module")
def faults() -> dict[str, list[str]]:
    """Return what does not hold, by target; in a process of its own, which a file may break."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz"],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("reader", READERS)
def test_findings_are_values_or_one_line(reader: str, faults: dict[str, list[str]]) -> None:
    """A reader returns, or says in one line what is wrong; valid files are read."""
    assert faults[reader] == []


def test_every_target_is_replayed(faults: dict[str, list[str]]) -> None:
    """No target and no folder of findings is left out."""
    assert set(faults) == set(READERS)
    assert {folder.name for folder in (HERE / "findings").iterdir()} <= set(READERS)
