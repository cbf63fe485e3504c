"""The suite finds a dead axis and a metric the wrong way round, wherever they come from.

A test that cannot fail proves nothing, so ``tests/test_liveness.py`` is run with each of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from actselect.search_space import make_space
from actselect.tasks import tasks

PROGRAM = Path(__file__).with_name("mutations.py")
PASSED, FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="breaks things in forked processes"),
]


@pytest.fixture(scope="module")
def codes() -> dict[str, int]:
    """Return pytest's exit code for each mutation, by name."""
    done = subprocess.run(
        [sys.executable, PROGRAM],
        cwd=PROGRAM.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_the_suite_passes_when_nothing_is_broken(codes: dict[str, int]) -> None:
    """Else the other exit codes would mean nothing."""
    assert PASSED == codes["nothing"]


def test_the_suite_fails_whatever_is_broken(codes: dict[str, int]) -> None:
    """By a failing test, not because pytest could not run."""
    survived = {name: code for name, code in codes.items() if code != FAILED and name != "nothing"}

    assert {} == survived


def test_every_axis_and_every_metric_is_broken_once(codes: dict[str, int]) -> None:
    """A new one needs a new mutation."""
    sizes = {"input_size": 1, "output_size": 1, "bidirectional_allowed": True}
    space = make_space("full", cells_=["lstm"], mix=False, **sizes)  # type: ignore[arg-type]
    axes = set(space.parameters(space.build(cell="lstm", activations=["tanh"])))
    metrics = {f"{name}: {task}" for task, spec in tasks().items() for name in spec.metrics}
    broken = {name.partition(":")[0] for name in codes if name not in metrics}

    assert axes | {"recurrent_activation", "nothing"} == broken
    assert metrics <= set(codes)
