"""From a description to a network: stacked recurrent layers and a head.

Notation: B batch, T steps, F features, H hidden size, D directions, K outputs.  The encoder's own
weights are the same for all architectures, and not counted here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import final

import torch
from torch import Tensor, nn

from actselect.activations import get_activation
from actselect.architecture import Architecture
from actselect.cells import get_cell
from actselect.encoders import Encoder, build_encoder
from actselect.exceptions import UsageError
from actselect.nn import Memory, stack
from actselect.planning import Match
from actselect.recurrence import Backend

NONLINEARITY = 10.0  # multiply-adds that cost as much as one vectorised tanh, roughly


@final
class RecurrentModel(nn.Module):
    """Map sequences to outputs: encoder -> recurrent layers -> head.

    Args:
        architecture: what to build.
        encoder: what the steps hold.
        output_size: K.
        every: answer at every step, instead of once, from the top layer's state after each
            sequence's own last step.
        generator: source of the initial weights; the global state is not used.
        backend: what runs the recurrent layers; see :mod:`actselect.recurrence`.

    Shapes: inputs (B, T, F), or what the encoder takes, padded on the right; lengths (B,) or None
    when all steps exist; context (B, ...), a picture for instance; output (B, K) or (B, T, K).
    """

    def __init__(
        self,
        architecture: Architecture,
        *,
        encoder: Encoder,
        output_size: int,
        generator: torch.Generator,
        every: bool = False,
        backend: Backend = "auto",
    ) -> None:
        super().__init__()
        self.every = every
        self.encoder = build_encoder(encoder, generator)
        self.recurrent = stack(
            architecture.cell,
            encoder.width,
            architecture.hidden_size,
            architecture.layers,
            architecture.bidirectional,
            generator,
            backend,
        )
        width = architecture.hidden_size * (2 if architecture.bidirectional else 1)
        self.head_activation = get_activation(architecture.head_activation)
        self.hidden: nn.Linear | None = None
        if architecture.head_activation != "identity":
            self.hidden = _linear(width, width, self.head_activation.gain, generator)
        self.output = _linear(width, output_size, 1.0, generator)

    def forward(
        self, inputs: Tensor, lengths: Tensor | None = None, context: Tensor | None = None
    ) -> Tensor:
        """Return raw outputs (B, K), or (B, T, K) at every step."""
        return self.run(inputs, lengths, context)[0]

    def run(
        self,
        inputs: Tensor,
        lengths: Tensor | None = None,
        context: Tensor | None = None,
        memory: Memory | None = None,
    ) -> tuple[Tensor, Memory]:
        """Return raw outputs, and the states to go on from when more steps come."""
        steps = inputs if self.encoder is None else self.encoder(inputs, context)
        features, after = self.recurrent.read(steps, lengths, memory, every=self.every)
        if self.hidden is not None:
            features = self.head_activation.function(self.hidden(features))
        return self.output(features), after

    def with_pullback(
        self,
        inputs: Tensor,
        lengths: Tensor | None = None,
        context: Tensor | None = None,
        memory: Memory | None = None,
    ) -> tuple[Tensor, Memory, Callable[[Tensor], list[Tensor]]]:
        """Return raw outputs, the states after them, and how the gradient of the outputs becomes
        that of all parameters, in order.

        The same as :meth:`run` and autograd, for less: see
        :func:`actselect.recurrence.run_layer_with_pullback`.  Gradients do not reach ``memory``.
        """
        encoded = inputs
        if self.encoder is not None:
            with torch.enable_grad():
                encoded = self.encoder(inputs, context)
        with torch.no_grad():
            features, after, into_layers = self.recurrent.read_with_pullback(
                encoded.detach(), lengths, memory,
                every=self.every, for_inputs=self.encoder is not None,
            )  # fmt: skip
            head = features
            if self.hidden is not None:
                before = self.hidden(features)
                head = self.head_activation.function(before)
            output: Tensor = self.output(head)

        @torch.no_grad()
        def pullback(grad: Tensor) -> list[Tensor]:
            rows = grad.flatten(0, -2)
            found = [rows.t() @ head.flatten(0, -2), rows.sum(0)]
            grad = grad @ self.output.weight
            if self.hidden is not None:
                grad = grad * self.head_activation.derivative(before)
                rows = grad.flatten(0, -2)
                found = [rows.t() @ features.flatten(0, -2), rows.sum(0), *found]
                grad = grad @ self.hidden.weight
            of_inputs, of_layers = into_layers(grad)
            if self.encoder is None or of_inputs is None:
                return [*of_layers, *found]
            own = torch.autograd.grad(encoded, list(self.encoder.parameters()), of_inputs)
            return [*own, *of_layers, *found]

        return output, after, pullback


def _linear(n_in: int, n_out: int, gain: float, generator: torch.Generator) -> nn.Linear:
    """A linear layer with Glorot-uniform weights times gain and zero bias (Glorot, Bengio 2010, eq.
    16).
    """
    layer = nn.Linear(n_in, n_out, device="meta").to_empty(device="cpu")
    bound = gain * math.sqrt(6.0 / (n_in + n_out))
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.zero_()
    return layer


def parameter_count(architecture: Architecture, *, input_size: int, output_size: int) -> int:
    """Return the number of trainable parameters without building the network."""
    cell = get_cell(architecture.cell)
    directions = 2 if architecture.bidirectional else 1
    width = architecture.hidden_size * directions
    total, layer_input = 0, input_size
    for _ in architecture.layers:
        total += directions * cell.parameter_count(layer_input, architecture.hidden_size)
        layer_input = width
    if architecture.head_activation != "identity":
        total += width * (width + 1)
    return total + output_size * (width + 1)


def work_per_step(architecture: Architecture, *, input_size: int, output_size: int) -> float:
    """Return the work of one time step in multiply-adds: the deterministic cost of an architecture.

    Each weight is used once a step; a nonlinearity counts as ``NONLINEARITY`` multiply-adds.
    Measured times are reported, and are too noisy to decide anything.
    """
    cell = get_cell(architecture.cell)
    directions = 2 if architecture.bidirectional else 1
    units = architecture.num_layers * directions * architecture.hidden_size
    weights = parameter_count(architecture, input_size=input_size, output_size=output_size)
    return weights + NONLINEARITY * units * (cell.n_gates + cell.n_states - 1)


def matched_hidden_size(
    architecture: Architecture, *, input_size: int, output_size: int, reference: int, match: Match
) -> int:
    """Return the hidden size that makes an architecture comparable with the others.

    Args:
        architecture: whose own ``hidden_size`` is ignored.
        input_size: F.
        output_size: K.
        reference: hidden size of the one-layer LSTM whose parameter count everybody gets.
        match: ``"parameters"``: nearest parameter count; ``"hidden"``: the same hidden size.

    Raises:
        UsageError: ``match`` is neither.
    """
    if match == "hidden":
        return reference
    if match != "parameters":
        raise UsageError(f"match must be 'parameters' or 'hidden'. Got {match!r}.")
    sizes = {"input_size": input_size, "output_size": output_size}
    lstm = Architecture(cell="lstm", layers=architecture.layers[:1], hidden_size=reference)
    wanted = parameter_count(lstm, **sizes)

    def count(hidden: int) -> int:
        sized = Architecture(
            cell=architecture.cell,
            layers=architecture.layers,
            hidden_size=hidden,
            bidirectional=architecture.bidirectional,
            head_activation=architecture.head_activation,
        )
        return parameter_count(sized, **sizes)

    low, high = 1, 2
    while count(high) < wanted:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < wanted else (low, middle)
    return low if wanted - count(low) <= count(high) - wanted else high
