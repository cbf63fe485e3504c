"""What this installation can do: the kernels, whether they are right here, and how fast.

Notation: T steps, B batch, F features, H hidden size.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from actselect.capacity import free_disk, free_memory, size_text
from actselect.nn import GRU, LSTM, MGU, RNN, IndRNN, Recurrent
from actselect.recurrence import describe, native, settle

TOLERANCE: Final = 2e-6  # float32 against float64, relative to the norm; measured 2e-7 to 1.5e-6
SHAPE: Final = (100, 64, 16, 64)  # T, B, F, H of the speed check: a common small network
LAYERS: Final = (RNN, LSTM, GRU, MGU, IndRNN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the self-test: what, the largest relative error, and whether that is right."""

    name: str
    error: float

    @property
    def right(self) -> bool:
        """Whether the error is within rounding; NaN is not."""
        return self.error <= TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Milliseconds of processor time of one training step, the least of several."""

    name: str
    ours: float
    torch: float

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.torch / self.ours


def facts() -> dict[str, str]:
    """Return what is installed and what will run a study.

    >>> list(facts())[:2]
    ['actselect', 'Python']
    """
    backend, _ = settle("auto", ["lstm"], ["tanh"])
    module = native.MODULE
    sets = "none" if module is None else ", ".join(module.instruction_sets())
    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "actselect": version("actselect"),
        "Python": platform.python_version(),
        "PyTorch": version("torch"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "memory": f"{size_text(free_memory())} free",
        "disk": f"{size_text(free_disk(Path.cwd())[0])} free in this folder",
        "backend": describe(backend),
        "instruction sets": sets,
        "threads": f"one per training; PyTorch here uses {torch.get_num_threads()}",
        "CUDA device": cuda,
    }


def self_test() -> list[Check]:
    """Compare the kernels with the plain reference in float64, value and gradient, cell by cell."""
    return [Check(name=layer.__name__, error=_error(layer)) for layer in LAYERS]


def speed(seconds: float = 4.0) -> list[Speed]:
    """Time training steps of ours and of torch.nn's layers in turn, on one thread.

    Args:
        seconds: to measure, in all.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [
            _duel("LSTM tanh/sigmoid", LSTM(*SHAPE[2:]), nn.LSTM(*SHAPE[2:]), seconds / 3),
            _duel(
                "LSTM softsign/hard_sigmoid",
                LSTM(*SHAPE[2:], activation="softsign", recurrent_activation="hard_sigmoid"),
                nn.LSTM(*SHAPE[2:]),
                seconds / 3,
            ),
            _duel("GRU tanh/sigmoid", GRU(*SHAPE[2:]), nn.GRU(*SHAPE[2:]), seconds / 3),
        ]
    finally:
        torch.set_num_threads(threads)


def _error(layer: Callable[..., Recurrent]) -> float:
    """Largest relative error of outputs and gradients, with lengths and in both directions."""
    stream = torch.Generator().manual_seed(0)
    x = torch.randn(9, 5, 7, generator=stream)
    lengths = torch.tensor([9, 3, 7, 1, 9])
    ours = layer(7, 19, bidirectional=True, generator=stream)
    reference = layer(7, 19, bidirectional=True, backend="reference").double()
    reference.load_state_dict(ours.state_dict())
    pairs = zip(_outcome(ours, x, lengths), _outcome(reference, x.double(), lengths), strict=True)
    return max(float((a.double() - b).norm() / b.norm()) for a, b in pairs)


def _outcome(layer: Recurrent, x: Tensor, lengths: Tensor) -> list[Tensor]:
    output, _ = layer(x, lengths=lengths)
    return [output.detach(), *torch.autograd.grad(output.sin().sum(), list(layer.parameters()))]


def _duel(name: str, ours: nn.Module, theirs: nn.Module, seconds: float) -> Speed:
    steps, batch, inputs, hidden = SHAPE
    x, grad = torch.randn(steps, batch, inputs), torch.ones(steps, batch, hidden)
    times: dict[nn.Module, list[float]] = {ours: [], theirs: []}
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or len(times[theirs]) < 3:
        for layer, spent in times.items():
            started = time.process_time()
            torch.autograd.grad(layer(x)[0], list(layer.parameters()), grad)
            spent.append(1e3 * (time.process_time() - started))
    return Speed(name=name, ours=min(times[ours]), torch=min(times[theirs]))
