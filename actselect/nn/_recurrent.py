"""Stacked recurrent layers of one cell: parameters, shapes and states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from actselect.activations import ActivationSpec, as_activation, gates
from actselect.architecture import LayerSpec
from actselect.cells import AbstractCell, CellType, States, get_cell
from actselect.exceptions import UsageError
from actselect.initialisation import initialise
from actselect.recurrence import Backend, Pullback, Weights, run_layer, run_layer_with_pullback

State = Tensor | tuple[Tensor, Tensor]
Memory = list[States]  # of every layer and direction, (B, H) each
StackPullback = Callable[[Tensor], tuple[Tensor | None, list[Tensor]]]


class LayerFunctions(NamedTuple):
    """The activations of one layer, looked up; those that a cell does not have are ignored."""

    activation: ActivationSpec
    recurrent_activation: ActivationSpec
    output_activation: ActivationSpec

    @classmethod
    def of(cls, spec: LayerSpec) -> LayerFunctions:
        """Return the functions that a description names."""
        return cls(
            as_activation(spec.activation),
            as_activation(spec.recurrent_activation or "sigmoid"),
            as_activation(spec.output_activation or spec.activation),
        )

    def short(self, cell: CellType) -> str:
        """Return the names of those that the cell uses, as in :attr:`LayerSpec.short`."""
        return LayerSpec(
            activation=self.activation.name,
            recurrent_activation=self.recurrent_activation.name if cell.gated else None,
            output_activation=self.output_activation.name if cell.has_output_activation else None,
        ).short


class Recurrent(nn.Module):
    """Stacked recurrent layers of one cell; the shared body of :class:`LSTM` and the others.

    Args:
        cell: name of the cell.
        input_size: features per step.
        hidden_size: units per layer and direction.
        layers: activations of each layer, as names or looked up.
        bias: whether there are biases.
        batch_first: whether tensors are (B, T, F) instead of (T, B, F).
        dropout: probability between layers, while training.
        bidirectional: whether each layer also reads backwards.
        generator: source of the initial weights; torch's global one by default.
        backend: ``"auto"``, or one that :func:`actselect.recurrence.run_layer` knows.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        layers: Sequence[LayerSpec | LayerFunctions],
        *,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        generator: torch.Generator | None = None,
        backend: Backend = "auto",
    ) -> None:
        super().__init__()
        for name, value in (("input_size", input_size), ("hidden_size", hidden_size)):
            if value < 1:
                raise UsageError(f"{name} must be at least 1. Got {value}.")
        if not 0.0 <= dropout <= 1.0:
            raise UsageError(f"dropout must be from 0 to 1. Got {dropout}.")
        functions = [LayerFunctions.of(s) if isinstance(s, LayerSpec) else s for s in layers]
        self.cell, self.layers, self.bias = cell, tuple(functions), bias
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, len(layers)
        self.batch_first, self.dropout, self.bidirectional = batch_first, dropout, bidirectional
        self.backend: Backend = backend
        self._cells = [_bound_cell(cell, layer) for layer in functions]
        facts = get_cell(cell)
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 4 if bias else 2]
        endings = ("", "_reverse")[: 2 if bidirectional else 1]
        # Of each layer and direction the names of its parameters.
        self._names = [
            [tuple(f"{kind}_l{level}{ending}" for kind in kinds) for ending in endings]
            for level in range(self.num_layers)
        ]
        rows = facts.n_gates * hidden_size
        recurrent = (hidden_size,) if facts.elementwise_recurrence else (rows, hidden_size)
        for level, directions in enumerate(self._names):
            width = input_size if level == 0 else hidden_size * len(endings)
            for names in directions:
                shapes = ((rows, width), recurrent, (rows,), (rows,))
                for name, shape in zip(names, shapes, strict=False):
                    self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new initial weights: see :mod:`actselect.initialisation`.

        Args:
            generator: source of randomness; torch's global one by default.
        """
        source = torch.default_generator if generator is None else generator
        for layer, directions in zip(self.layers, self._names, strict=True):
            for names in directions:
                initialise(self.cell, layer.activation, self._weights(names), source)

    def flatten_parameters(self) -> None:
        """Do nothing: there for programs written for torch.nn."""

    def _weights(self, names: tuple[str, ...]) -> Weights:
        own = self._parameters  # not there: replaced by torch.nn.utils.parametrize or prune
        found = [own[name] if name in own else getattr(self, name) for name in names]
        return cast("Weights", (*found, None, None)[:4])

    def forward(
        self,
        input: Tensor | PackedSequence,  # noqa: A002 - torch's name for it
        hx: State | None = None,
        *,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, State]:
        """Run all layers.

        Args:
            input: (T, B, F), (B, T, F) if ``batch_first``, (T, F) without a batch, or packed.
            hx: initial state (num_layers * directions, B, H), for an LSTM a pair of them; zeros by
                default.
            lengths: (B,) steps that exist, from 0 to T, when padded on the right.

        Returns:
            Outputs like the input with H * directions features (zero where padded), and the final
            states of every layer and direction.

        Raises:
            UsageError: a shape does not fit.
        """
        if isinstance(input, PackedSequence):
            padded, steps = pad_packed_sequence(input)
            output, state = self._run(padded, hx, steps)
            packed = pack_padded_sequence(output, steps, enforce_sorted=False)
            return packed, state
        batched = input.ndim == 3
        if input.ndim not in (2, 3) or input.shape[-1] != self.input_size:
            raise UsageError(
                f"input must be (T, B, F) or (T, F) with F = {self.input_size}. "
                f"Got {tuple(input.shape)}."
            )
        if not batched:
            hx = _each(hx, lambda state: state.unsqueeze(1))
            output, state = self._run(input.unsqueeze(1), hx, lengths)
            squeezed = _each(state, lambda s: s.squeeze(1))
            return output.squeeze(1), state if squeezed is None else squeezed
        by_time = input.transpose(0, 1) if self.batch_first else input
        output, state = self._run(by_time, hx, lengths)
        return output.transpose(0, 1) if self.batch_first else output, state

    def _run(
        self, inputs: Tensor, hx: State | None, lengths: Tensor | None
    ) -> tuple[Tensor, State]:
        if 0 in inputs.shape:
            raise UsageError(f"input must not be empty. Got {tuple(inputs.shape)}.")
        lengths = None if lengths is None else _checked(lengths, inputs)
        n_states = get_cell(self.cell).n_states
        directions = 2 if self.bidirectional else 1
        shape = (self.num_layers * directions, inputs.shape[1], self.hidden_size)
        given = None
        if hx is not None:
            columns = (state.unbind(0) for state in _given(hx, n_states, shape))
            given = list(zip(*columns, strict=True))
        output, finals = self._through_layers(inputs, given, lengths)
        states = [
            torch.stack(column) if len(column) > 1 else column[0].unsqueeze(0)
            for column in zip(*finals, strict=True)
        ]
        return output, states[0] if n_states == 1 else (states[0], states[1])

    def read(
        self,
        inputs: Tensor,
        lengths: Tensor | None = None,
        memory: Memory | None = None,
        *,
        every: bool = False,
    ) -> tuple[Tensor, Memory]:
        """Return what the top layer says, and the final states of every layer and direction.

        Args:
            inputs: (B, T, F) if ``batch_first``, else (T, B, F); padded on the right.
            lengths: (B,) int64, steps that exist, from 0 to T; None when all do.
            memory: states to begin with, as a former call returned them; None for zeros.
            every: return the hidden states of all steps, laid out like the inputs with H * D
                features, instead of (B, H * D) after each sequence's own last step.
        """
        by_time = inputs.transpose(0, 1) if self.batch_first else inputs
        outputs, finals = self._through_layers(by_time, memory, lengths)
        if every:
            return outputs.transpose(0, 1) if self.batch_first else outputs, finals
        lasts = [states[0] for states in finals[-len(self._names[-1]) :]]
        return torch.cat(lasts, -1) if len(lasts) > 1 else lasts[0], finals

    def read_with_pullback(
        self,
        inputs: Tensor,
        lengths: Tensor | None = None,
        memory: Memory | None = None,
        *,
        every: bool = False,
        for_inputs: bool = False,
    ) -> tuple[Tensor, Memory, StackPullback]:
        """Return what :meth:`read` does, and how its gradient becomes that of the parameters.

        The pullback maps the gradient of what was read to that of the inputs (None unless
        ``for_inputs``) and of the parameters, in order.  No graph of autograd's is made: for
        training loops.  There must be no dropout.  Gradients do not reach the initial states.

        >>> layer = Recurrent("gru", 3, 5, [LayerSpec(activation="tanh")], batch_first=True)
        >>> last, _, pullback = layer.read_with_pullback(torch.zeros(2, 7, 3))
        >>> [tuple(gradient.shape) for gradient in pullback(torch.ones_like(last))[1]]
        [(15, 3), (15, 5), (15,), (15,)]
        """
        if self.dropout:
            raise UsageError(f"read_with_pullback knows no dropout. Got {self.dropout}.")
        outputs = inputs.transpose(0, 1) if self.batch_first else inputs
        tape: list[list[Pullback]] = []
        finals: Memory = []
        for level, (cell, directions) in enumerate(zip(self._cells, self._names, strict=True)):
            runs = [
                run_layer_with_pullback(
                    cell, outputs, self._weights(names),
                    None if memory is None else memory[len(finals) + way],
                    lengths=lengths, reverse=way == 1, backend=self.backend,
                    for_inputs=level > 0 or for_inputs,
                )
                for way, names in enumerate(directions)
            ]  # fmt: skip
            ways, states, pullbacks = (list(column) for column in zip(*runs, strict=True))
            finals += states
            outputs = torch.cat(ways, -1) if len(ways) > 1 else ways[0]
            tape.append(pullbacks)
        if every:
            features = outputs.transpose(0, 1) if self.batch_first else outputs
        else:
            lasts = [state[0] for state in states]
            features = torch.cat(lasts, -1) if len(lasts) > 1 else lasts[0]

        def pullback(grad: Tensor) -> tuple[Tensor | None, list[Tensor]]:
            by_time = grad.transpose(0, 1) if every and self.batch_first else grad
            of_inputs, found = self._back(tape, by_time, every=every)
            if of_inputs is not None and self.batch_first:
                of_inputs = of_inputs.transpose(0, 1)
            return of_inputs, found

        return features, finals, pullback

    def _back(
        self, tape: list[list[Pullback]], grad: Tensor, *, every: bool
    ) -> tuple[Tensor | None, list[Tensor]]:
        """Return the gradient of the inputs, (T, B, F), if it is known, and of all parameters."""
        ways = len(self._names[-1])
        nothing: tuple[Tensor | None, ...] = (None,) * ways
        parts: tuple[Tensor | None, ...] = grad.chunk(ways, -1)
        of_outputs, of_lasts = (parts, nothing) if every else (nothing, parts)
        found: list[Tensor] = []
        whole: Tensor | None = None
        for pullbacks in reversed(tape):
            backs = [p(*g) for p, *g in zip(pullbacks, of_outputs, of_lasts, strict=True)]
            found[:0] = [weight for _, weights in backs for weight in weights]
            of_inputs = [part for part, _ in backs if part is not None]
            whole = None
            if of_inputs:
                whole = of_inputs[0] if ways == 1 else of_inputs[0] + of_inputs[1]
                of_outputs, of_lasts = whole.chunk(ways, -1), nothing
        return whole, found

    def _through_layers(
        self, inputs: Tensor, given: Memory | None, lengths: Tensor | None
    ) -> tuple[Tensor, Memory]:
        """Return the outputs of the top layer and the final states of every layer and direction."""
        finals: Memory = []
        for level, (cell, directions) in enumerate(zip(self._cells, self._names, strict=True)):
            outputs = []
            for way, names in enumerate(directions):
                output, final = run_layer(
                    cell, inputs, self._weights(names),
                    None if given is None else given[len(finals)],
                    lengths=lengths, reverse=way == 1, backend=self.backend,
                )  # fmt: skip
                outputs.append(output)
                finals.append(final)
            inputs = torch.cat(outputs, -1) if len(outputs) > 1 else outputs[0]
            if self.dropout and level < self.num_layers - 1:
                inputs = nn.functional.dropout(inputs, self.dropout, self.training)
        return inputs, finals

    def extra_repr(self) -> str:
        """Say what the layers are."""
        facts = get_cell(self.cell)
        kinds = ", ".join(layer.short(facts) for layer in self.layers)
        return f"{self.input_size}, {self.hidden_size}, cell={self.cell}, layers=[{kinds}]"


def _each(state: State | None, change: Callable[[Tensor], Tensor]) -> State | None:
    if state is None:
        return None
    return change(state) if isinstance(state, Tensor) else (change(state[0]), change(state[1]))


def _checked(lengths: Tensor, inputs: Tensor) -> Tensor:
    steps, batch, _ = inputs.shape
    counts = lengths.detach().to("cpu", torch.int64).contiguous()
    if counts.shape != (batch,) or counts.min() < 0 or counts.max() > steps:
        raise UsageError(
            f"lengths must be {batch} number(s) from 0 to {steps}, one per sequence. "
            f"Got {lengths.tolist()}."
        )
    return counts


def _given(hx: State, n_states: int, shape: tuple[int, ...]) -> tuple[Tensor, ...]:
    states = (hx,) if isinstance(hx, Tensor) else tuple(hx)
    if len(states) != n_states or any(tuple(s.shape) != shape for s in states):
        got = [tuple(s.shape) for s in states]
        raise UsageError(f"hx must be {n_states} tensor(s) of shape {shape}. Got {got}.")
    return states


def _bound_cell(cell: str, layer: LayerFunctions) -> AbstractCell:
    """Return the cell with its functions; a gate's must lie in [0, 1]."""
    facts, gate = get_cell(cell), layer.recurrent_activation
    if facts.gated and not gate.gate:
        raise UsageError(
            f"recurrent_activation must have a range within [0, 1]: one of {', '.join(gates())}, "
            f"or such a function. Got {gate.name!r}."
        )
    return facts(
        activation=layer.activation.function,
        recurrent_activation=gate.function,
        output_activation=layer.output_activation.function,
    )


def stack(
    cell: str,
    input_size: int,
    hidden_size: int,
    layers: Sequence[LayerSpec],
    bidirectional: bool,
    generator: torch.Generator,
    backend: Backend,
) -> Recurrent:
    """Return batch-first stacked layers with weights drawn from ``generator``."""
    return Recurrent(
        cell,
        input_size,
        hidden_size,
        layers,
        batch_first=True,
        bidirectional=bidirectional,
        generator=generator,
        backend=backend,
    )
