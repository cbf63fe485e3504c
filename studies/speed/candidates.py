"""Sixteen mixed small candidates, one full training step each: two workers against eager cells."""

from __future__ import annotations

import math
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor, nn

from actselect.architecture import Architecture, LayerSpec
from actselect.cells import get_cell
from actselect.encoders import Numbers
from actselect.model import RecurrentModel
from actselect.optimiser import CLIP_NORM, Adam
from actselect.recurrence import Backend
from studies.speed.timing import Step

STEPS, BATCH, INPUTS, HIDDEN = 50, 32, 8, 32
ACTIVATIONS = ("tanh", "relu", "softsign", "gelu")
GATES = ("sigmoid", "hard_sigmoid")
CELLS = ("lstm", "gru", "rnn", "mgu")


def architectures() -> list[Architecture]:
    """Return four cells with four activations each, gates alternating."""
    return [
        Architecture(
            cell=cell,
            hidden_size=HIDDEN,
            layers=(
                LayerSpec(
                    activation=activation,
                    recurrent_activation=GATES[i % 2] if get_cell(cell).gated else None,
                    output_activation="tanh" if get_cell(cell).has_output_activation else None,
                ),
            ),
        )
        for cell in CELLS
        for i, activation in enumerate(ACTIVATIONS)
    ]


def train(architecture: Architecture, steps: int, backend: Backend) -> float:
    """Train so many steps as actselect.training does; return wall seconds, the first step apart."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    model = RecurrentModel(
        architecture,
        encoder=Numbers(width=INPUTS),
        output_size=1,
        generator=random,
        backend=backend,
    )
    x = torch.randn(BATCH, STEPS, INPUTS, generator=random)
    y = torch.randn(BATCH, 1, generator=random)
    step = _ours(model, x, y) if backend == "auto" else _usual(model, x, y)
    started = 0.0
    for index in range(steps + 1):
        if index == 1:
            started = time.perf_counter()
        step()
    return time.perf_counter() - started


def _ours(model: RecurrentModel, x: Tensor, y: Tensor) -> Step:
    """Update as actselect.training does."""
    adam = Adam(model.parameters(), 1e-3)

    def step() -> None:
        output, _, pullback = model.with_pullback(x)
        loss = nn.functional.mse_loss(output.requires_grad_(), y)
        (gradient,) = torch.autograd.grad(loss, output)
        if not (math.isfinite(loss.item()) and adam.step(pullback(gradient))):
            raise RuntimeError("diverged")

    return step


def _usual(model: RecurrentModel, x: Tensor, y: Tensor) -> Step:
    """Update as an ordinary script does."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> None:
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()

    return step


def _both(numbers: list[int], steps: int) -> float:
    return sum(train(architectures()[i], steps, "auto") for i in numbers)


def measure(rounds: int, steps: int) -> dict[str, list[float]]:
    """Return wall seconds per model-step: two workers with kernels, one process with eager cells.

    The workers' time is that of the slower one; what it takes to start them is left out.
    """
    count = len(architectures())
    result: dict[str, list[float]] = {"two workers, kernels": [], "one process, eager": []}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        shares = [list(range(count))[k::2] for k in range(2)]
        list(pool.map(_both, shares, [1, 1]))
        for _ in range(rounds):
            started = time.perf_counter()
            list(pool.map(_both, shares, [50 * steps] * 2))
            spent = time.perf_counter() - started
            result["two workers, kernels"].append(spent / (count * 50 * steps))
            eager = [train(a, steps, "reference") for a in architectures()]
            result["one process, eager"].append(float(np.sum(eager)) / (count * steps))
    return result
