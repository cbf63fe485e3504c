"""A small study run as a user runs it, and what must hold of it whatever happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

import actselect
from actselect.records import ReportRecord
from actselect.report import without_times

EPOCHS = "380"
WORDS = [
    "airpassengers", "--task", "forecasting", "--horizon", "6", "--cells", "rnn,gru",
    "--activations", "tanh,relu", "--depths", "1", "--hidden-size", "6", "--workers", "2",
]  # fmt: skip
PATIENCE = 5  # looks until a worker counts as hung, instead of 120: a round must not take minutes
MAIN = (
    "import sys; from actselect.workers import _local; _local.IDLE = {patience}; "
    "from actselect.cli import main; main()"
)


@dataclass(slots=True, kw_only=True)
class Study:
    """A study in a folder.

    Args:
        path: its folder.
        budget: options that say how long it runs.
        environment: variables besides those of this process.
    """

    path: Path
    budget: tuple[str, ...] = ("--epochs-budget", EPOCHS)
    environment: dict[str, str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """Start the study, or go on with it."""
        begun = (self.path / "study.json").exists()
        words = ["resume", str(self.path)] if begun else self._recommend()
        command = [sys.executable, "-c", MAIN.format(patience=PATIENCE), *words]
        return subprocess.Popen(  # noqa: S603
            command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **(self.environment or {})}, start_new_session=True,
        )  # fmt: skip

    def _recommend(self) -> list[str]:
        return ["recommend", *WORDS, *self.budget, "--out", str(self.path)]

    @property
    def done(self) -> bool:
        """Whether there is a report."""
        return (self.path / "report.json").exists()

    def keys(self) -> list[str]:
        """Return the keys of the journal's whole lines, in their order."""
        path = self.path / "journal.jsonl"
        data = path.read_bytes() if path.exists() else b""
        lines = data[: data.rfind(b"\n") + 1].splitlines()
        return [json.loads(line)["key"] for line in lines]

    def record(self) -> ReportRecord:
        """Return the report without what differs between equal runs."""
        return without_times(actselect.load_report(self.path).record)

    def openings(self) -> int:
        """Return how often the test part was opened."""
        ledger = self.path.parent / "test-openings.jsonl"
        return len(ledger.read_text().splitlines()) if ledger.exists() else 0


def workers(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the worker processes of a running study."""
    try:
        children = psutil.Process(run.pid).children()
        return [p for p in children if "spawn_main" in " ".join(p.cmdline())]
    except psutil.Error:
        return []


def until_working(run: subprocess.Popen[str], study: Study) -> None:
    """Wait until a run has finished something, or has ended."""
    before = len(study.keys())
    while run.poll() is None and len(study.keys()) == before:
        time.sleep(0.02)


def wait(run: subprocess.Popen[str], seconds: float) -> bool:
    """Wait for the end of a run; return whether it ended within so many seconds."""
    end = time.monotonic() + seconds
    while run.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return run.poll() is not None


def ended(run: subprocess.Popen[str], limit: float = 600.0) -> tuple[int, str]:
    """Return exit code and stderr of a run that must end by itself."""
    try:
        _, stderr = run.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        run.kill()
        run.communicate()
        return -1, "hung"
    return run.returncode, stderr


def faults_of(study: Study, reference: Study, lost: set[str]) -> list[str]:
    """Return what is wrong with a finished study; nothing is right.

    Args:
        study: disturbed.
        reference: not disturbed.
        lost: trainings that had been finished once and were not in the journal later.
    """
    keys, found = study.keys(), []
    if lost:
        found.append(f"lost {len(lost)}")
    if len(keys) != len(set(keys)):
        found.append(f"repeated {len(keys) - len(set(keys))}")
    if set(keys) != set(reference.keys()):
        found.append("other trainings")
    if study.record() != reference.record():
        found.append("another report")
    if study.openings() != 1:
        found.append(f"test opened {study.openings()} times")
    return found
