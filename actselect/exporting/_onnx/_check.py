"""Whether an ONNX file answers as the network does, run by onnxruntime."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import torch
from torch import Tensor

from actselect.encoders import Captions, Numbers, Symbols
from actselect.exceptions import RunError
from actselect.exporting._onnx._network import STATES, state_shapes
from actselect.exporting._onnx._runtime import onnxruntime
from actselect.exporting._source import Source
from actselect.model import RecurrentModel
from actselect.nn import Memory

TOLERANCE: Final = 1e-5  # of the largest output, and at least of 1: float32 beside float64
TIMES: Final = 10.0  # how much further off than torch in float32 a sensitive network may be
SHAPES: Final = ((1, 1), (3, 7), (5, 24))  # batch, steps
QUIET: Final = 3  # onnxruntime's level of errors


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was compared.

    Args:
        shapes: (batch, steps) of each comparison.
        difference: largest one, relative to the largest output and at least to 1.
        inputs: names of what goes in.
        outputs: names of what comes out.
    """

    shapes: tuple[tuple[int, int], ...]
    difference: float
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def check(source: Source, model: RecurrentModel, content: bytes) -> Agreement:
    """Run file and network on random inputs of several batch sizes and lengths.

    The network runs in float64, by the plain loop that defines what is right; and in float32, which
    tells how far rounding alone may lead.

    Raises:
        RunError: they do not agree.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = QUIET
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    rounded = copy.deepcopy(model).eval()
    rounded.recurrent.backend = "reference"
    exact = copy.deepcopy(rounded).double()
    random = torch.Generator().manual_seed(0)
    worst, allowed = 0.0, TOLERANCE
    for batch, steps in SHAPES:
        given = _inputs(source, batch, steps, random)
        names = {name: tensor.numpy() for name, tensor in given.items()}
        found = session.run(None, names)
        own, wanted = (_answers(source, network, given) for network in (rounded, exact))
        for got, plain, true in zip(found, own, wanted, strict=True):
            worst = max(worst, _difference(got, true))
            allowed = max(allowed, TIMES * _difference(plain.numpy(), true))
    if not worst <= allowed:
        raise RunError(
            f"The ONNX file and the network differ by {worst:.1e}, more than {allowed:.1e}; "
            "nothing was written. Please report this, with the study's model/architecture.json."
        )
    return Agreement(
        shapes=SHAPES,
        difference=worst,
        inputs=tuple(one.name for one in session.get_inputs()),
        outputs=tuple(one.name for one in session.get_outputs()),
    )


def _difference(got: Any, wanted: Tensor) -> float:  # noqa: ANN401 - numpy's, of an untyped call
    true = wanted.numpy()
    return float(np.abs(got - true).max() / max(1.0, float(np.abs(true).max())))


def _inputs(source: Source, batch: int, steps: int, random: torch.Generator) -> dict[str, Tensor]:
    encoder = source.encoder
    found: dict[str, Tensor] = {}
    if isinstance(encoder, Numbers):
        found["inputs"] = torch.randn(batch, steps, encoder.width, generator=random)
    elif isinstance(encoder, Captions):
        found["words"] = torch.randint(encoder.size, (batch, steps), generator=random)
        scale = 255.0 if len(encoder.picture) > 1 else 1.0
        found["pictures"] = scale * torch.rand(batch, *encoder.picture, generator=random)
    else:
        found["symbols"] = _symbols(encoder, batch, steps, random)
    if source.ragged:
        lengths = torch.randint(1, steps + 1, (batch,), generator=random)
        lengths[0] = steps
        found["lengths"] = lengths
    for name, (layers, _, hidden) in state_shapes(source):
        found[name] = torch.randn(int(layers), batch, int(hidden), generator=random)
    return found


def _symbols(encoder: Symbols, batch: int, steps: int, random: torch.Generator) -> Tensor:
    shape = (batch, steps) if encoder.per_step == 1 else (batch, steps, encoder.per_step)
    return torch.randint(encoder.size, shape, generator=random)


@torch.no_grad()
def _answers(source: Source, model: RecurrentModel, given: dict[str, Tensor]) -> list[Tensor]:
    kind = model.output.weight.dtype
    given = {n: t.to(kind) if t.is_floating_point() else t for n, t in given.items()}
    memory: Memory | None = None
    if source.writes:
        columns = [given[name].unbind(0) for name in STATES if name in given]
        memory = list(zip(*columns, strict=True))
    outputs, after = model.run(
        given[source.inputs_name], given.get("lengths"), given.get("pictures"), memory
    )
    states = [torch.stack(column) for column in zip(*after, strict=True)] if source.writes else []
    return [outputs, *states]
