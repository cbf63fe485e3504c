"""Limits told before they are hit: memory, address space, disk."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

import actselect as act
from actselect.architecture import Architecture, LayerSpec
from actselect.capacity import free_disk, free_memory
from actselect.data.dataset import SequenceDataset
from actselect.data.mapped import map_file
from actselect.exceptions import RunError
from actselect.limits import DiskNeed, MemoryNeed, check_disk, checkpoints, workers_that_fit
from actselect.limits._extent import Extent, resident_bytes
from actselect.limits._network import network_need
from actselect.planning import make_plan
from actselect.progress import PlainProgress
from actselect.request import Request
from actselect.stages import Stages

GB = 10**9
PEAK = """
import sys
from pathlib import Path
import numpy as np
from actselect.data.dataset import SequenceDataset
from actselect.diagnostics._jobs import DiagnosisJob
from actselect.limits import memory_need
from actselect.limits._memory import representatives
from actselect.search_space import make_space
from actselect.tasks import bind
from actselect.training import Trainer, TrainingJob
from actselect.workers import peak_memory, prepare_torch

steps, features, hidden = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
data = SequenceDataset(
    name="data", values=rng.normal(size=(300 * steps, features)),
    lengths=np.full(300, steps), feature_names=tuple(map(str, range(features))),
    targets=np.array(["a", "b", "c"] * 100),
)
task = bind("classification", data)
development, _ = task.development_and_test(0)
space = make_space(
    "small", input_size=task.input_size, output_size=3, bidirectional_allowed=True,
    hidden_size=hidden,
)
need = memory_need(task, development, space, "native")
prepare_torch()
trainer = Trainer(task, development, "native")
Path("/proc/self/clear_refs").write_text("5")
before = peak_memory()
for architecture in set(representatives(space)):
    job = TrainingJob(
        architecture=architecture, learning_rate=0.001, repeat=0, until_epoch=1, seed=0, keep=True
    )
    DiagnosisJob(training=job, checkpoint=job.run(trainer).checkpoint).run(trainer)
print(need.least[-1], peak_memory() - before, need.work)
"""
REFUSED = """
import resource, psutil, sys
from actselect.cli import main
import actselect.stages
most = psutil.Process().memory_info().vms + 10**9
resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.argv = ["actselect", *sys.argv[1:]]
main()
"""


def need(*, data: int = 0, work: int = GB, least: int = GB // 2) -> MemoryNeed:
    """Return what a worker needs: with data, as much again for nothing else."""
    return MemoryNeed(
        idle=GB // 4, data=data, work=work, least=(GB // 8, data, least), parts=(("states", least),)
    )


def group(root: Path, place: str, **files: str) -> None:
    """Write the files of a control group."""
    folder = root / "sys/fs/cgroup" / place
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf8")


def own_group(root: Path, line: str) -> None:
    """Say which control group this process is in."""
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    (root / "proc/self/cgroup").write_text(f"{line}\n", encoding="utf8")


def toy(steps: int = 20, features: int = 2) -> SequenceDataset:
    """Return forty sequences of two classes."""
    values = np.random.default_rng(0).normal(size=(40 * steps, features))
    return SequenceDataset(
        name="toy",
        values=values,
        lengths=np.full(40, steps),
        feature_names=tuple(map(str, range(features))),
        targets=np.array(["a", "b"] * 20),
    )


def csv_of(path: Path) -> Path:
    """Write sequences as a table; return where."""
    rows = ["series,step,x,label"]
    rng = np.random.default_rng(0)
    for i in range(40):
        rows += [f"{i},{t},{rng.normal():.4f},{'ab'[i % 2]}" for t in range(20)]
    path.write_text("\n".join(rows), encoding="utf8")
    return path


# -- what is free ------------------------------------------------------------------------------


def test_a_control_group_of_version_2_limits_the_memory_that_is_free(tmp_path: Path) -> None:
    """Files that are only kept at hand count as free."""
    own_group(tmp_path, "0::/job")
    stat = "anon 500000\ninactive_file 60000\nactive_file 40000\n"
    group(tmp_path, "job", memory__max="1000000", memory__current="700000", memory__stat=stat)

    assert 1_000_000 - (700_000 - 100_000) == free_memory(tmp_path)


def test_the_limit_of_a_group_above_holds_as_well(tmp_path: Path) -> None:
    """A batch system limits the job, not each of its steps."""
    own_group(tmp_path, "0::/job/step")
    group(tmp_path, "job", memory__max="900000", memory__current="500000")
    group(tmp_path, "job/step", memory__max="max", memory__current="300000")

    assert free_memory(tmp_path) == 400_000


def test_a_control_group_of_version_1_limits_the_memory_that_is_free(tmp_path: Path) -> None:
    """In a container the group's own path does not exist; its files are on top."""
    own_group(tmp_path, "4:cpu,memory:/docker/abc")
    group(
        tmp_path,
        "memory",
        memory__limit_in_bytes="800000",
        memory__usage_in_bytes="600000",
        memory__stat="total_inactive_file 100000\ntotal_active_file 0\n",
    )

    assert free_memory(tmp_path) == 300_000


def test_without_control_groups_the_systems_own_figure_counts(tmp_path: Path) -> None:
    """Nothing is there to read on other systems."""
    assert abs(free_memory(tmp_path) - psutil.virtual_memory().available) < GB


def test_the_disk_of_a_folder_that_is_not_made_yet_is_that_of_the_nearest_one_above(
    tmp_path: Path,
) -> None:
    """Studies are checked before their folder is made."""
    _, place = free_disk(tmp_path / "studies" / "new")

    assert place == tmp_path


# -- memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "free", "expected"),
    [(4, 6.0, 4), (4, 4.0, 3), (4, 0.9, 1), (1, 0.7, 1), (0, 0.6, 0)],
)
def test_as_many_workers_run_as_the_estimate_says_fit(
    wanted: int, free: float, expected: int
) -> None:
    """Each may need 1.25 GB, and 0.625 GB at the least; one runs where the least fits."""
    assert workers_that_fit(need(), wanted, int(free * GB))[0] == expected


def test_fewer_workers_are_told_with_the_reason() -> None:
    """What each needs, and what is free."""
    _, told = workers_that_fit(need(), 4, 4 * GB)

    assert told == "3 of 4 workers: each may need 1.2 GB of memory, and 4.0 GB are free."


def test_data_count_once_for_each_worker_and_once_for_what_is_sent_to_them() -> None:
    """With 1 GB of data two workers of 2.25 GB fit into 5.5 GB, but not into 5.4 GB."""
    counts = [
        workers_that_fit(need(data=GB), 2, free)[0] for free in (55 * GB // 10, 54 * GB // 10)
    ]

    assert counts == [2, 1]


def test_a_study_that_no_worker_has_the_memory_for_is_refused() -> None:
    """It says what is needed, what is free, what for, and that less will do without workers."""
    with pytest.raises(RunError, match=r"at least 625 MB, and 600 MB are free.*states \(500 MB\)"):
        workers_that_fit(need(), 2, 6 * GB // 10)
    with pytest.raises(RunError, match="--workers 0"):
        workers_that_fit(need(), 2, 6 * GB // 10)


def test_a_limit_of_the_address_space_is_each_process_own() -> None:
    """Ten workers of half a gigabyte do not add up against it."""
    assert workers_that_fit(need(), 10, 100 * GB, address_space=GB)[0] == 10
    with pytest.raises(RunError, match="ulimit -v"):
        workers_that_fit(need(), 1, 100 * GB, address_space=GB // 3)


def test_what_an_optimiser_step_keeps_is_as_counted_by_hand() -> None:
    """An LSTM with H = 5 on B = 3 sequences of T = 4 steps of F = 2, K = 2 outputs, in floats.

    Kept of a step and sequence by the loop in PyTorch: 4 pre-activations of the input and 4 of
    both, 2 states, 1 output; where no gradient is wanted, the first 4 and 1 output, twice.  Inputs
    are 2 numbers and an index of two floats.
    """
    architecture = Architecture(
        cell="lstm",
        layers=(LayerSpec(activation="tanh", recurrent_activation="sigmoid"),),
        hidden_size=5,
    )
    size = Extent(
        batch=3, stretch=4, steps=4, evaluated=6, scored=6, number=16, width=2, encoded=False,
        pictures=0, outputs=2, every=False,
    )  # fmt: skip
    found = network_need(architecture, 100, size, "bptt")

    assert found.weights == 6 * 4 * 100
    assert found.batch == 12 * 16 + 4 * 12 * 5 * (4 + 4 + 2 + 1) + 3 * 4 * 3 * 2
    assert found.scoring == 24 * 16 + 4 * 24 * 5 * (4 + 2) + 2 * 8 * 6 * 2


def test_arrays_that_stay_in_their_file_take_no_memory(tmp_path: Path) -> None:
    """And what is reached by two ways counts once."""
    (tmp_path / "numbers").write_bytes(bytes(800))
    mapped = map_file(tmp_path / "numbers", "float64", (100,))
    own = np.zeros(100)

    assert resident_bytes((mapped, own, [own])) == 800


def test_a_study_starts_no_more_workers_than_the_memory_is_enough_for() -> None:
    """Four thousand would need more than a terabyte."""
    said = io.StringIO()
    stages = Stages(
        Request(source=None, task="classification", cells=("gru",), workers=4_000),
        toy(),
        started=0.0,
        progress=PlainProgress(said),
        command="",
    )

    assert 0 < stages.engine.workers < 4_000
    assert f"{stages.engine.workers} of 4000 workers: each may need" in said.getvalue()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are read from /proc")
@pytest.mark.parametrize("case", ["600 1 32", "20 200 32", "50 4 200"])
def test_estimates_hold_against_measured_peaks(case: str) -> None:
    """Long, wide, large: the least is not more, the most is not less, nor three times as much."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *case.split()], capture_output=True, text=True, check=True
    )
    least, peak, most = map(int, done.stdout.split())

    assert least <= peak <= most <= 3 * peak


# -- disk --------------------------------------------------------------------------------------


def test_a_disk_that_may_become_too_full_is_told_and_one_that_will_is_refused(
    tmp_path: Path,
) -> None:
    """What the folder holds already is not needed again."""
    free, _ = free_disk(tmp_path)
    fits = DiskNeed(checkpoints=free // 4, data=0, rest=0, least=free // 8)
    may = DiskNeed(checkpoints=2 * free, data=0, rest=0, least=free // 8)
    will = DiskNeed(checkpoints=2 * free, data=0, rest=0, least=2 * free)

    assert check_disk(fits, tmp_path) == ""
    assert "on the disk" in check_disk(may, tmp_path)
    with pytest.raises(RunError, match="Not enough room on the disk"):
        check_disk(will, tmp_path)


@pytest.mark.slow
def test_a_study_keeps_no_more_checkpoints_than_were_counted_and_no_less_than_half(
    tmp_path: Path,
) -> None:
    """The journal knows the checkpoint of each training that had one."""
    act.recommend(
        np.random.default_rng(0).normal(size=(40, 6, 1)), np.array(["a", "b"] * 20),
        task="classification", epochs_budget=700, workers=0, out=tmp_path / "study",
        progress="quiet", cells=["rnn", "gru"], activations=["tanh", "relu"], depths=[1],
    )  # fmt: skip
    lines = (tmp_path / "study/journal.jsonl").read_text(encoding="utf8").splitlines()
    kept = sum('"sha256"' in line for line in lines)
    counted = checkpoints(make_plan(700, space_size=7))

    assert counted / 2 <= kept <= counted


# -- whole studies -----------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space are Linux's")
def test_a_plan_that_the_address_space_cannot_hold_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    """A gigabyte is left; the networks need more."""
    data = csv_of(tmp_path / "data.csv")
    arguments = ["recommend", str(data), "--task", "classification", "--target", "label"]
    arguments += ["--series", "series", "--time", "step", "--hidden-size", "6000"]
    arguments += ["--cells", "lstm", "--activations", "tanh", "--depths", "1"]
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, *arguments],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == RunError.exit_code
    assert "Not enough memory: a process needs at least" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [data]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = os.name == "posix" and os.geteuid() == 0
    if mounted:
        options = ["-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
        mounted = (
            subprocess.run(["mount", *options], check=False, capture_output=True).returncode == 0
        )
    if not mounted:
        pytest.skip("file systems can only be mounted by root, on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_plan_that_the_disk_cannot_hold_is_refused_before_anything_is_written(
    small_disk: Path,
) -> None:
    """Checkpoints of larger networks than the default do not fit into four megabytes."""
    data = toy()
    with pytest.raises(RunError, match=rf"4\.2 MB are free in {small_disk}"):
        act.recommend(
            data.values.reshape(40, 20, 2), data.targets, task="classification",
            hidden_size=128, epochs_budget=2000, workers=1, out=small_disk / "study",
            progress="quiet",
        )  # fmt: skip

    assert list(small_disk.iterdir()) == []
