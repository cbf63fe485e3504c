"""The benchmark program runs and saves what it says; its figures are not judged here."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from actselect.recurrence import native

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.skipif(native.MODULE is None, reason="installed without kernels")
def test_the_benchmark_prints_and_saves_its_table(tmp_path: Path) -> None:
    """Every time of every round, one line per ratio, and the machine."""
    options = ["--quick", "--only", "lstm,lengths,floor", "--out", tmp_path]
    done = subprocess.run(
        [sys.executable, "-m", "studies.speed", *options],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    with (tmp_path / "times.csv").open(newline="", encoding="utf8") as file:
        times = list(csv.DictReader(file))
    table = (tmp_path / "table.md").read_text(encoding="utf8").splitlines()

    assert "ours, lengths / nn.LSTM, packed" in done.stdout
    assert {row["contestant"] for row in times} >= {"ours", "nn.LSTM", "ours, lengths"}
    assert all(float(row["seconds"]) > 0 for row in times)
    assert len(table) == 2 + 4 + 2 + 4  # header, and a line per ratio
    assert "instruction sets" in (tmp_path / "environment.json").read_text(encoding="utf8")
