"""The space of architectures, and its translation to and from Optuna's parameters.

Impossible combinations cannot be expressed: a cell without gates has no ``recurrent_activation``
parameter, only a cell with a state of its own has ``output_activation``.  The hidden size is never
sampled; it follows from the parameter budget, so that cells are compared at equal size.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from actselect.activations import activations, gates, get_activation
from actselect.architecture import Architecture, LayerSpec
from actselect.cells import cells, get_cell
from actselect.exceptions import UsageError
from actselect.model import matched_hidden_size
from actselect.planning import Match

SAME = "same"  # output_activation: as the activation

SMALL_CELLS = ("rnn", "lstm", "gru", "indrnn")
SMALL_ACTIVATIONS = ("tanh", "relu", "softsign")
SMALL_GATES = ("sigmoid", "hard_sigmoid")
MAX_DEPTH = 8
MAX_HIDDEN = 2**16  # units; the weights of one such LSTM layer take 137 GB


class Suggester(Protocol):
    """The part of ``optuna.Trial`` that the space uses."""

    def suggest_categorical(
        self, name: str, choices: Sequence[bool | int | float | str | None]
    ) -> bool | int | float | str | None:
        """Choose one of the choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpace:
    """Axes of the search; each is a tuple of the values it may take.

    Args:
        cells: names in the catalogue of cells.
        activations: names; on the candidate.
        recurrent_activations: names with range [0, 1]; on the gates of gated cells.
        output_activations: names or ``"same"``; on the cell state of cells that have one.
        head_activations: names; ``"identity"`` is the linear head.
        depths: numbers of layers.
        bidirectional: directions.
        mix: whether layers may have different activations.
        match: ``"parameters"`` or ``"hidden"``: what is held equal across architectures.
        hidden_size: units of the one-layer LSTM that sets the parameter budget.
        input_size: features per step.
        output_size: outputs of the network.
    """

    cells: tuple[str, ...]
    activations: tuple[str, ...]
    recurrent_activations: tuple[str, ...]
    output_activations: tuple[str, ...]
    head_activations: tuple[str, ...]
    depths: tuple[int, ...]
    bidirectional: tuple[bool, ...]
    mix: bool
    match: Match
    hidden_size: int
    input_size: int
    output_size: int

    def __post_init__(self) -> None:
        axes = (
            "cells", "activations", "recurrent_activations", "output_activations",
            "head_activations", "depths", "bidirectional",
        )  # fmt: skip
        for name in axes:
            values = getattr(self, name)
            if not values:
                raise UsageError(f"The {name} of a search space must name at least one value.")
            if len(set(values)) < len(values):
                raise UsageError(f"The {name} of a search space must not repeat: {values}.")
        for cell in self.cells:
            get_cell(cell)
        for name in {*self.activations, *self.head_activations, *self.output_activations} - {SAME}:
            get_activation(name)
        for name in self.recurrent_activations:
            _check_gate(name)
        for depth in self.depths:
            if not 1 <= depth <= MAX_DEPTH:
                raise UsageError(f"depths must be from 1 to {MAX_DEPTH}. Got {depth}.")

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of all activations that may occur in a recurrent layer."""
        out = tuple(name for name in self.output_activations if name != SAME)
        return (*self.activations, *self.recurrent_activations, *out)

    def suggest(self, trial: Suggester) -> Architecture:
        """Let an Optuna trial choose an architecture."""

        def choose(name: str, choices: Sequence[str | int | bool]) -> str | int | bool:
            index = choices.index(trial.suggest_categorical(name, choices))
            return choices[index]

        cell = str(choose("cell", self.cells))
        depth = int(choose("num_layers", self.depths))
        names = self._activation_parameters(depth)
        own = [str(choose(name, self.activations)) for name in names]
        facts = get_cell(cell)
        gate = (
            str(choose("recurrent_activation", self.recurrent_activations)) if facts.gated else None
        )
        out = (
            str(choose("output_activation", self.output_activations))
            if facts.has_output_activation
            else None
        )
        return self.build(
            cell=cell,
            activations=own if self.mix else own * depth,
            recurrent_activation=gate,
            output_activation=out,
            bidirectional=bool(choose("bidirectional", self.bidirectional)),
            head_activation=str(choose("head_activation", self.head_activations)),
        )

    def parameters(self, architecture: Architecture) -> dict[str, str | int | bool]:
        """Return the Optuna parameters that :meth:`suggest` turns into this architecture."""
        first = architecture.layers[0]
        values: dict[str, str | int | bool] = {
            "cell": architecture.cell,
            "num_layers": architecture.num_layers,
            "bidirectional": architecture.bidirectional,
            "head_activation": architecture.head_activation,
        }
        for name, layer in zip(
            self._activation_parameters(architecture.num_layers), architecture.layers, strict=False
        ):
            values[name] = layer.activation
        if first.recurrent_activation is not None:
            values["recurrent_activation"] = first.recurrent_activation
        if first.output_activation is not None:
            same = all(s.output_activation == s.activation for s in architecture.layers)
            same = same and SAME in self.output_activations
            values["output_activation"] = SAME if same else first.output_activation
        return values

    def _activation_parameters(self, depth: int) -> list[str]:
        return [f"activation_{i}" for i in range(1, depth + 1)] if self.mix else ["activation"]

    def build(
        self,
        *,
        cell: str,
        activations: Sequence[str],
        recurrent_activation: str | None = None,
        output_activation: str | None = None,
        bidirectional: bool = False,
        head_activation: str = "identity",
    ) -> Architecture:
        """Return the architecture with these choices and the hidden size that matches the
        budget.
        """
        facts = get_cell(cell)
        layers = tuple(
            LayerSpec(
                activation=name,
                recurrent_activation=recurrent_activation if facts.gated else None,
                output_activation=_output(output_activation, name)
                if facts.has_output_activation
                else None,
            )
            for name in activations
        )
        draft = Architecture(
            cell=cell,
            layers=layers,
            hidden_size=self.hidden_size,
            bidirectional=bidirectional,
            head_activation=head_activation,
        )
        hidden = matched_hidden_size(
            draft,
            input_size=self.input_size,
            output_size=self.output_size,
            reference=self.hidden_size,
            match=self.match,
        )
        return replace(draft, hidden_size=hidden)

    def defaults(self) -> tuple[Architecture, ...]:
        """Return what people use without thinking: LSTM, GRU, tanh RNN, one layer.

        They enter every study, also when the space leaves them out: the answer to "is the search
        worth it" needs them.
        """
        return tuple(
            self.build(cell=cell, activations=["tanh"], recurrent_activation="sigmoid")
            for cell in ("lstm", "gru", "rnn")
        )

    def __contains__(self, architecture: Architecture) -> bool:
        own = [layer.activation for layer in architecture.layers]
        return (
            architecture.cell in self.cells
            and architecture.num_layers in self.depths
            and set(own) <= set(self.activations)
            and (self.mix or len(set(own)) == 1)
            and architecture.layers[0].recurrent_activation in (None, *self.recurrent_activations)
            and self.parameters(architecture).get("output_activation", SAME)
            in (SAME, *self.output_activations)
            and architecture.head_activation in self.head_activations
            and architecture.bidirectional in self.bidirectional
        )

    def size(self) -> int:
        """Return the number of architectures."""
        shapes = sum(len(self.activations) ** (d if self.mix else 1) for d in self.depths)
        total = 0
        for cell in self.cells:
            facts = get_cell(cell)
            gate = len(self.recurrent_activations) if facts.gated else 1
            out = len(self.output_activations) if facts.has_output_activation else 1
            total += gate * out
        return int(total * shapes * len(self.bidirectional) * len(self.head_activations))

    def entrants(self) -> int:
        """Return the number of architectures that a study may compare: space and defaults."""
        return self.size() + sum(default not in self for default in self.defaults())

    def architectures(self) -> Iterator[Architecture]:
        """Yield every architecture of the space, in a fixed order."""
        for cell, depth, direction, head in itertools.product(
            self.cells, self.depths, self.bidirectional, self.head_activations
        ):
            facts = get_cell(cell)
            stacks: Iterator[tuple[str, ...]] = (
                itertools.product(self.activations, repeat=depth)
                if self.mix
                else ((name,) * depth for name in self.activations)
            )
            for own, gate, out in itertools.product(
                stacks,
                self.recurrent_activations if facts.gated else (None,),
                self.output_activations if facts.has_output_activation else (None,),
            ):
                yield self.build(
                    cell=cell,
                    activations=own,
                    recurrent_activation=gate,
                    output_activation=out,
                    bidirectional=direction,
                    head_activation=head,
                )


def _check_gate(name: str) -> None:
    if not get_activation(name).gate:
        raise UsageError(
            f"{name!r} cannot be a recurrent activation: its range is not within [0, 1]. "
            f"Use one of {', '.join(sorted(gates()))}."
        )


def _output(choice: str | None, activation: str) -> str:
    return activation if choice in (None, SAME) else str(choice)


def make_space(
    kind: str,
    *,
    input_size: int,
    output_size: int,
    bidirectional_allowed: bool,
    hidden_size: int = 32,
    match: Match = "parameters",
    mix: bool | None = None,
    bidirectional: bool | None = None,
    cells_: Sequence[str] | None = None,
    activations_: Sequence[str] | None = None,
    recurrent_activations: Sequence[str] | None = None,
    output_activations: Sequence[str] | None = None,
    head_activations: Sequence[str] | None = None,
    depths: Sequence[int] | None = None,
) -> SearchSpace:
    """Return the ``"small"`` or ``"full"`` space, with the axes that the user named replaced.

    ``"small"`` is what a five-minute budget can do justice to; ``"full"`` opens every axis.
    ``bidirectional`` True searches both directions; it is refused where the task forbids it.

    Raises:
        UsageError: an unknown space, cell or activation, or an axis that the task forbids.
    """
    if kind not in ("small", "full"):
        raise UsageError(f"space must be 'small' or 'full'. Got {kind!r}.")
    if bidirectional and not bidirectional_allowed:
        raise UsageError("This task cannot read its sequences backwards; drop bidirectional.")
    if not 1 <= hidden_size <= MAX_HIDDEN:
        raise UsageError(f"hidden_size must be from 1 to {MAX_HIDDEN}. Got {hidden_size}.")
    full = kind == "full"
    both = bidirectional_allowed and (full if bidirectional is None else bidirectional)

    def axis(
        own: Sequence[str] | None, small: Sequence[str], everything: Sequence[str]
    ) -> tuple[str, ...]:
        return tuple(own) if own is not None else tuple(everything if full else small)

    return SearchSpace(
        cells=axis(cells_, SMALL_CELLS, tuple(cells())),
        activations=axis(activations_, SMALL_ACTIVATIONS, tuple(activations())),
        recurrent_activations=axis(recurrent_activations, SMALL_GATES, tuple(gates())),
        output_activations=axis(output_activations, (SAME,), (SAME, "tanh", "identity")),
        head_activations=axis(head_activations, ("identity",), ("identity", "relu", "tanh")),
        depths=tuple(depths) if depths is not None else ((1, 2, 3) if full else (1, 2)),
        bidirectional=(False, True) if both else (False,),
        mix=full if mix is None else mix,
        match=match,
        hidden_size=hidden_size,
        input_size=input_size,
        output_size=output_size,
    )
