"""Where jobs run changes nothing, and a worker that dies, hangs or runs out of memory costs only
time.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]  # ships none
import pytest
import torch
from torch import Tensor

from actselect import activations
from actselect.architecture import Architecture, LayerSpec
from actselect.data import load
from actselect.exceptions import RunError, UsageError
from actselect.tasks import Task, bind
from actselect.training import BaselineJob, Trainer, TrainingJob, TrainingResult
from actselect.workers import InProcess, WorkerPool, make_engine
from actselect.workers import _local as local

pytestmark = pytest.mark.slow  # a worker takes seconds to start
TASK = bind("forecasting", load("airpassengers", task="forecasting"), horizon=6)
DEVELOPMENT, _ = TASK.development_and_test(0)
Make = Callable[..., WorkerPool]


def job(activation: str = "tanh", rate: float = 0.01) -> TrainingJob:
    """Return a training of a few epochs."""
    layer = LayerSpec(activation=activation)
    network = Architecture(cell="rnn", layers=(layer,), hidden_size=4)
    return TrainingJob(
        architecture=network, learning_rate=rate, repeat=0, until_epoch=2, seed=0, keep=True
    )


def plain(result: TrainingResult) -> TrainingResult:
    """Return a result without its times."""
    return replace(result, train_ms_per_step=0.0, infer_ms_per_sequence=0.0, seconds=0.0)


def expected(jobs: list[TrainingJob]) -> list[TrainingResult]:
    """Return what this process alone finds."""
    trainer = Trainer(TASK, DEVELOPMENT)
    return [plain(one.run(trainer)) for one in jobs]


def results(pool: WorkerPool, jobs: list[TrainingJob]) -> list[TrainingResult]:
    """Return what the pool finds, in the order of the jobs."""
    found: dict[int, TrainingResult] = {}
    with pool:
        pool.run(jobs, found.__setitem__)
    return [plain(found[i]) for i in range(len(jobs))]


def pool(executor: str | Executor = "local", workers: int = 1, task: Task = TASK) -> WorkerPool:
    """Return a pool of one worker."""
    trainer = Trainer(task, DEVELOPMENT)
    return WorkerPool(
        make_engine(task, DEVELOPMENT, trainer=trainer, executor=executor, workers=workers)
    )


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Callable[[Callable[[], object]], str]]:
    """Register tanh as an activation that first does something in a worker, once."""
    before = dict(activations._table)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import tests

    def register(happens: Callable[[], object]) -> str:
        flag = tmp_path / "happened"

        def function(x: Tensor) -> Tensor:
            if multiprocessing.parent_process() is not None and not flag.exists():
                flag.touch()
                happens()
            return torch.tanh(x)

        activations.register_activation("fragile", function)
        return "fragile"

    yield register
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    activations._table.clear()
    activations._table.update(before)


class Counting(ProcessPoolExecutor):
    """Counts how often the data are sent."""

    sent = 0

    def submit(self, function: Callable[..., object], /, *words: object, **_: object) -> Any:
        """Hand on; the data are the second word that run_job gets."""
        self.sent += isinstance(words[1] if len(words) > 1 else None, bytes)
        return super().submit(function, *words)


def test_jobs_are_drawn_while_others_run() -> None:
    """Choosing the next one takes time, so it waits for a worker, and one is ready for it."""
    drawn, seen = 0, []

    def jobs() -> Iterator[TrainingJob]:
        nonlocal drawn
        for rate in (0.01, 0.02, 0.03, 0.04, 0.05):
            drawn += 1
            yield job(rate=rate)

    with pool(workers=0) as here:
        here.run(jobs(), lambda *_: seen.append(drawn))

    assert seen == [2, 3, 4, 5, 5]


def test_data_go_to_a_worker_of_any_executor_once() -> None:
    """It asks for them with its first job, and has them from then on."""
    with Counting(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        results(pool(executor), [job(rate=rate) for rate in (0.01, 0.02, 0.03)])
        assert executor.sent == 1


def kill_self() -> None:
    """Die as the kernel kills."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("make", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_gives_the_same_results(make: type[Executor]) -> None:
    """Threads and processes that are the user's own, which stay theirs."""
    jobs = [job(rate=rate) for rate in (0.01, 0.02, 0.03)]
    context = {"mp_context": multiprocessing.get_context("spawn")}
    with make(2, **(context if make is ProcessPoolExecutor else {})) as executor:
        assert results(pool(executor, workers=2), jobs) == expected(jobs)
        assert executor.submit(int, "7").result() == 7


def test_a_killed_worker_costs_its_training_a_second_try(
    fragile: Callable[[Callable[[], object]], str],
) -> None:
    """The job is done again by a new process; results are those of an undisturbed run."""
    name = fragile(kill_self)
    jobs = [job(name), job(), job(rate=0.02)]

    assert results(pool(workers=2), jobs) == expected(jobs)


@pytest.mark.parametrize(
    "happens", [lambda: time.sleep(600), lambda: os.kill(os.getpid(), signal.SIGSTOP)]
)
def test_a_worker_that_hangs_is_ended(
    fragile: Callable[[Callable[[], object]], str],
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[], object],
) -> None:
    """One that uses no processor time, also one that is stopped; its job is done again."""
    monkeypatch.setattr(local, "IDLE", 3)
    name = fragile(happens)

    assert results(pool(), [job(name)]) == expected([job(name)])


def test_a_training_that_no_worker_survives_is_a_result(
    fragile: Callable[[Callable[[], object]], str], tmp_path: Path
) -> None:
    """After six tries it counts as diverged, with the reason; other trainings go on."""
    flag = tmp_path / "happened"

    def die() -> None:
        flag.unlink()
        kill_self()

    lost, fine = results(pool(), [job(fragile(die)), job()])

    assert lost.score is None
    assert lost.diverged == "its worker died 6 times: killed, hung, or out of memory"
    assert [fine] == expected([job()])


def test_too_little_memory_is_a_result_and_no_crash() -> None:
    """In this process too; a baseline that does not fit ends the study with advice."""

    class Greedy(Trainer):
        def fold(self, **_: object) -> object:  # type: ignore[override]
            raise MemoryError

    here = WorkerPool(InProcess(Greedy(TASK, DEVELOPMENT)))

    assert results(here, [job()])[0].diverged == "not enough memory, 6 times"
    with pytest.raises(RunError, match="actselect resume"):
        here.run([BaselineJob(name="linear", repeat=0, seed=0)], print)


def test_a_stop_lets_the_training_in_progress_end() -> None:
    """No new one begins, and what was done has been handed over."""
    here = WorkerPool(InProcess(Trainer(TASK, DEVELOPMENT)))
    found: list[int] = []
    here.stopping = lambda: bool(found)
    jobs = [job(rate=rate) for rate in (0.01, 0.02, 0.03)]

    with pytest.raises(KeyboardInterrupt):
        here.run(jobs, lambda index, _: found.append(index))
    assert found == [0]


def test_what_is_no_executor_is_refused() -> None:
    """With the three things that would do."""
    with pytest.raises(UsageError, match="'local', 'dask://host:port'"):
        pool("slurm")


def test_a_worker_that_died_with_nothing_to_do_is_replaced() -> None:
    """The next job finds a new one."""
    jobs = [job(rate=rate) for rate in (0.01, 0.02)]
    with pool() as here:
        found: dict[int, TrainingResult] = {}
        here.run(jobs[:1], found.__setitem__)
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        here.run(jobs[1:], lambda _, result: found.__setitem__(1, result))

    assert [plain(found[0]), plain(found[1])] == expected(jobs)


def test_deaths_while_starting_are_not_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is killed before it has begun says nothing about its job."""
    monkeypatch.setattr("actselect.workers._pool.ATTEMPTS", 1)
    with pool() as here:
        here.warm_up()
        for process in multiprocessing.active_children():
            process.kill()
        found: dict[int, TrainingResult] = {}
        here.run([job()], found.__setitem__)

    assert [plain(found[0])] == expected([job()])
