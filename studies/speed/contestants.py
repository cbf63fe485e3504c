"""What is timed: one training step of a layer, forward and backward, by us and by others.

Notation: T steps, B batch, I inputs, H hidden size.
"""

from __future__ import annotations

import json
import subprocess
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from studies.speed.timing import Step

T, B = 100, 64


def layer_step(
    layer: nn.Module, inputs: int, hidden: int, lengths: Tensor | None = None, *, batch: int = B
) -> Step:
    """Return a training step: outputs for a batch, and the gradient of every weight."""
    x, grad = torch.randn(T, batch, inputs), torch.ones(T, batch, hidden)
    weights = list(layer.parameters())
    given = {} if lengths is None else {"lengths": lengths}

    def step() -> None:
        torch.autograd.grad(layer(x, **given)[0], weights, grad)

    return step


def packed_step(layer: nn.Module, inputs: int, lengths: Tensor) -> Step:
    """Return the same for torch's layers on a packed sequence; packing counts."""
    x = torch.randn(T, B, inputs)
    weights = list(layer.parameters())

    def step() -> None:
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        torch.autograd.grad(layer(packed)[0].data.sum(), weights)

    return step


def cell(x: Tensor, h: Tensor, c: Tensor, w_h: Tensor) -> tuple[Tensor, Tensor]:
    """One LSTM step with softsign and hard_sigmoid; x holds input product and bias."""
    i, f, g, o = (x + h @ w_h.t()).chunk(4, -1)
    i, f, o = functional.hardsigmoid(i), functional.hardsigmoid(f), functional.hardsigmoid(o)
    c = f * c + i * functional.softsign(g)
    return o * functional.softsign(c), c


def _loop(x: Tensor, w_x: Tensor, w_h: Tensor, bias: Tensor) -> Tensor:
    parts = functional.linear(x, w_x, bias)
    h = x.new_zeros(x.shape[1], w_h.shape[1])
    c = torch.zeros_like(h)
    outputs = []
    for part in parts:
        h, c = cell(part, h, c, w_h)
        outputs.append(h)
    return torch.stack(outputs)


def eager_step(inputs: int, hidden: int, how: str, batch: int = B) -> Step:
    """Return the step of a Python loop: ``eager``, ``compile`` (of the cell) or ``script``."""
    size = 4 * hidden
    weights = [
        torch.randn(*shape).mul_(hidden**-0.5).requires_grad_()
        for shape in ((size, inputs), (size, hidden), (size,))
    ]
    x, grad = torch.randn(T, batch, inputs), torch.ones(T, batch, hidden)
    run = _loop
    if how == "compile":
        fast = torch.compile(cell)

        def run(x: Tensor, w_x: Tensor, w_h: Tensor, bias: Tensor) -> Tensor:
            parts = functional.linear(x, w_x, bias)
            h = x.new_zeros(x.shape[1], w_h.shape[1])
            c, outputs = torch.zeros_like(h), []
            for part in parts:
                h, c = fast(part, h, c, w_h)
                outputs.append(h)
            return torch.stack(outputs)

    elif how == "script":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run = torch.jit.script(_scripted)
    return lambda: torch.autograd.grad(run(x, *weights), weights, grad)


def _scripted(x: Tensor, w_x: Tensor, w_h: Tensor, bias: Tensor) -> Tensor:
    parts = functional.linear(x, w_x, bias)
    h = torch.zeros([x.size(1), w_h.size(1)])
    c = torch.zeros_like(h)
    outputs: list[Tensor] = []
    turned = w_h.t()
    for t in range(x.size(0)):
        i, f, g, o = (parts[t] + h @ turned).chunk(4, -1)
        i, f, o = functional.hardsigmoid(i), functional.hardsigmoid(f), functional.hardsigmoid(o)
        c = f * c + i * functional.softsign(g)
        h = o * functional.softsign(c)
        outputs.append(h)
    return torch.stack(outputs)


class Peer:
    """Another framework in its own process, asked for one step at a time."""

    def __init__(self, python: Path, name: str, inputs: int, hidden: int) -> None:
        script = Path(__file__).with_name("peers.py")
        self.process = subprocess.Popen(  # noqa: S603 - a program of ours
            [str(python), str(script), name, json.dumps([T, B, inputs, hidden])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.ready = self._read()

    def _read(self) -> str:
        return "" if self.process.stdout is None else self.process.stdout.readline().strip()

    def step(self) -> float:
        """Run one step there; return its processor time."""
        if self.process.stdin is None:
            raise RuntimeError("no pipe to the peer")
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self._read())
