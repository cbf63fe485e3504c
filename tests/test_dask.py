"""A study on a Dask cluster: the same report, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import actselect as act
from actselect.exceptions import UsageError
from actselect.planning import least_epochs
from actselect.report import without_times

distributed = pytest.importorskip("distributed", reason="needs the extra dask")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes of one thread each, as `dask worker` starts them."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as started:
        yield started


def study(out: Path, **changes: Any) -> act.Report:
    """Return the report of a small study."""
    return act.recommend(
        "airpassengers", task="forecasting", horizon=6, cells=["rnn", "gru"],
        activations=["tanh", "relu"], depths=[1], hidden_size=6, epochs_budget=least_epochs(),
        out=out, progress="quiet", **changes,
    )  # fmt: skip


def test_a_killed_dask_worker_changes_nothing(cluster: Any, tmp_path: Path) -> None:
    """Half way through, one of two is killed; the report is that of this process alone."""
    expected = study(tmp_path / "here" / "s", workers=0)
    address = cluster.scheduler_address.removeprefix("tcp://")
    journal = tmp_path / "there" / "s" / "journal.jsonl"
    half = len((tmp_path / "here" / "s" / "journal.jsonl").read_bytes().splitlines()) // 2
    killed: list[int] = []

    def kill() -> None:
        with distributed.Client(cluster, set_as_default=False) as client:
            pids = client.run(os.getpid)
            while not journal.exists() or len(journal.read_bytes().splitlines()) < half:
                time.sleep(0.02)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = study(tmp_path / "there" / "s", executor=f"dask://{address}")
    killer.join()

    assert killed
    assert without_times(found.record) == without_times(expected.record)


def test_where_no_scheduler_is_one_error_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to start; nothing is written."""
    monkeypatch.setattr("actselect.workers._executor.CONNECT", 0.5)
    with pytest.raises(UsageError, match="No Dask scheduler answers"):
        study(tmp_path / "s", executor="dask://127.0.0.1:9")
    assert not (tmp_path / "s").exists()
