"""Whole studies that are disturbed as studies/faults disturbs them, a round of each."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studies.faults import kills, surroundings
from studies.faults.study import Study, ended

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="signals and disks of Linux"),
]
Round = Callable[[Path, Study, int, int], dict[str, object]]
ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None,
    reason="only root can mount a small disk",
)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study that nothing disturbs."""
    study = Study(path=tmp_path_factory.mktemp("reference") / "s")
    code, stderr = ended(study.start())
    assert code == 0, stderr
    return study


@pytest.mark.parametrize(
    "disturb",
    [
        kills.kills,
        kills.signals,
        surroundings.hung_worker,
        pytest.param(surroundings.full_disk, marks=ROOT),
        pytest.param(surroundings.read_only, marks=ROOT),
    ],
)
def test_a_disturbed_study_ends_as_if_nothing_had_been(
    disturb: Round, reference: Study, tmp_path: Path
) -> None:
    """Nothing is lost, nothing done twice, the test part opened once, and the report is equal."""
    assert disturb(tmp_path, reference, 0, 20261129)["faults"] == ""
