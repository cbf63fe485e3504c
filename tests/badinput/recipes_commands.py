"""Files and folders in places where commands are to write, and checks of whole processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from actselect.data.builtin import load_builtin

_GOLDEN = Path(__file__).parents[1] / "golden" / "report-v1-full.json"
_RECOMMEND = ("recommend", "airpassengers", "--task", "forecasting", "--horizon", "6")


def some_series(folder: Path) -> Path:
    """Write a series as a table of months and numbers."""
    path = folder / "series.csv"
    values = load_builtin("airpassengers", task="forecasting").values[:, 0].tolist()
    rows = [f"{1949 + i // 12}-{i % 12 + 1:02},{value}" for i, value in enumerate(values)]
    path.write_text("\n".join(["month,y", *rows]) + "\n", encoding="utf-8")
    return path


def odd_bytes_in_name(folder: Path) -> Path:
    """Write a series into a file whose name is no UTF-8."""
    path = folder / os.fsdecode(b"series-\xff.csv")
    try:
        some_series(folder).rename(path)
    except OSError:  # macOS allows no such names
        pytest.skip("this file system has UTF-8 names only")
    return path


def file_in_the_way(folder: Path) -> Path:
    """Write a file where the study's folder should be."""
    path = folder / "taken"
    path.write_text("mine", encoding="utf-8")
    return path


def folder_of_mine(folder: Path) -> Path:
    """Make a folder with somebody's file in it."""
    place = folder / "taken"
    place.mkdir()
    (place / "thesis.txt").write_text("mine", encoding="utf-8")
    return place


def golden_report(folder: Path) -> Path:
    """Copy a finished report."""
    return Path(shutil.copy(_GOLDEN, folder / "report.json"))


def read_only_folder_ends_the_run(folder: Path) -> None:
    """A study that cannot be written ends with code 1 and one line."""
    place = folder / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "none", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk that cannot be written is only had by root")
    try:
        done = _run(*_RECOMMEND, "--out", str(place / "study"), "--quiet")
    finally:
        subprocess.run(["umount", str(place)], check=True)

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Read-only file system" in done.stderr
    assert done.stderr.count("\n") == 1


def nobody_reads_on(report: Path) -> None:
    """A command whose reader has gone, as head goes, or whose stdout was closed, ends quietly."""
    command = [sys.executable, "-m", "actselect", "show", str(report), "--format", "html"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as left:
        left.stdout.close()
        gone = left.stderr.read()
    shut = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command], stderr=subprocess.PIPE, check=False
    )

    assert (left.returncode in {0, 1, 141}, gone) == (True, b"")
    assert (shut.returncode, shut.stderr) == (0, b"")


def odd_bytes_in_arguments(folder: Path) -> None:
    """Arguments that are no UTF-8 are told as they came, escaped."""
    done = subprocess.run(
        [sys.executable, "-m", "actselect", "show", b"nothing-\xff\x1b[31m"],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith(b"Error: nothing-\\udcff\\x1b[31m")


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "actselect", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)
