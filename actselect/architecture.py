"""What is compared: frozen descriptions of recurrent architectures, without any weights."""

from __future__ import annotations

from dataclasses import dataclass

from actselect.exceptions import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSpec:
    """The nonlinearities of one recurrent layer.

    Args:
        activation: on the candidate (cell input).
        recurrent_activation: on the gates; None for a cell without gates.
        output_activation: on the cell state of a cell that has one (LSTM); None elsewhere.

    >>> LayerSpec(activation="tanh", recurrent_activation="sigmoid", output_activation="tanh").short
    'tanh/sigmoid'
    """

    activation: str
    recurrent_activation: str | None = None
    output_activation: str | None = None

    @property
    def short(self) -> str:
        """``activation[/recurrent_activation][>output_activation]``, the last when it differs."""
        text = self.activation
        if self.recurrent_activation is not None:
            text += f"/{self.recurrent_activation}"
        if self.output_activation not in (None, self.activation):
            text += f">{self.output_activation}"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A recurrent network up to its weights: what a ranking ranks.

    Args:
        cell: name in the catalogue of cells.
        layers: one :class:`LayerSpec` per layer, the first sees the input.
        hidden_size: units per layer and direction.
        bidirectional: whether each layer also reads the sequence backwards.
        head_activation: nonlinearity of the head's hidden layer; ``"identity"``: a linear head
            without hidden layer.

    >>> tanh = LayerSpec(activation="tanh")
    >>> Architecture(cell="rnn", layers=(tanh, tanh), hidden_size=32).label
    'RNN tanh, 2 layers'
    """

    cell: str
    layers: tuple[LayerSpec, ...]
    hidden_size: int
    bidirectional: bool = False
    head_activation: str = "identity"

    def __post_init__(self) -> None:
        if not self.layers:
            raise UsageError("An architecture needs at least one layer; got none.")
        if self.hidden_size < 1:
            raise UsageError(f"hidden_size must be at least 1. Got {self.hidden_size}.")

    @property
    def num_layers(self) -> int:
        """Number of recurrent layers."""
        return len(self.layers)

    @property
    def key(self) -> str:
        """Canonical text: equal exactly for equal architectures; names random streams and files."""
        direction = "bi" if self.bidirectional else "uni"
        layers = ",".join(
            f"{s.activation}/{s.recurrent_activation}/{s.output_activation}" for s in self.layers
        )
        return f"{self.cell}|{layers}|{self.hidden_size}|{direction}|{self.head_activation}"

    @property
    def label(self) -> str:
        """What a person reads in a table; hidden size is left out (matched, not compared)."""
        shorts = [s.short for s in self.layers]
        same = len(set(shorts)) == 1
        text = f"{self.cell.upper()} {shorts[0] if same else ' + '.join(shorts)}"
        if self.num_layers > 1 and same:
            text += f", {self.num_layers} layers"
        if self.bidirectional:
            text += ", bidirectional"
        if self.head_activation != "identity":
            text += f", {self.head_activation} head"
        return text
