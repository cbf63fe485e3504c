"""The layers under torch.nn's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

import torch

from actselect.activations import ActivationSpec, Elementwise, as_activation
from actselect.exceptions import UsageError
from actselect.nn._recurrent import LayerFunctions, Recurrent
from actselect.recurrence import Backend

Activation = str | Elementwise
Activations = Activation | Sequence[Activation]


def _per_layer(name: str, value: Activations, num_layers: int) -> tuple[ActivationSpec, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        given = tuple(value)
    else:
        given = (value,) * num_layers
    if len(given) != num_layers:
        raise UsageError(
            f"{name} must be one activation or {num_layers}, one per layer. Got {len(given)}."
        )
    return tuple(as_activation(one) for one in given)


class _Layer(Recurrent):
    """What the layers with torch's names share: its constructor."""

    kind: ClassVar[str]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        activation: Activations = "tanh",
        recurrent_activation: Activations = "sigmoid",
        output_activation: Activations | None = None,
        generator: torch.Generator | None = None,
        backend: Backend = "auto",
    ) -> None:
        if num_layers < 1:
            raise UsageError(f"num_layers must be at least 1. Got {num_layers}.")
        if proj_size:
            raise UsageError(
                f"proj_size must be 0: there are no projections here. Got {proj_size}. "
                "Put a torch.nn.Linear behind the layer."
            )
        own = _per_layer("activation", activation, num_layers)
        gate = _per_layer("recurrent_activation", recurrent_activation, num_layers)
        out = own if output_activation is None else _per_layer(
            "output_activation", output_activation, num_layers
        )  # fmt: skip
        layers = [LayerFunctions(*column) for column in zip(own, gate, out, strict=True)]
        super().__init__(
            self.kind, input_size, hidden_size, layers, bias=bias, batch_first=batch_first,
            dropout=dropout, bidirectional=bidirectional, generator=generator, backend=backend,
        )  # fmt: skip
        if device is not None or dtype is not None:
            self.to(device=device, dtype=dtype)


@final
class RNN(_Layer):
    """Elman's network (doi:10.1207/s15516709cog1402_1); torch.nn.RNN with any activation.

    h_t = activation(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)

    Args:
        input_size: F, features per step.
        hidden_size: H, units per layer and direction.
        num_layers: L layers on top of each other.
        bias: whether there are biases.
        batch_first: tensors are (B, T, F) instead of (T, B, F).
        dropout: probability between layers, while training.
        bidirectional: each layer also reads backwards: D = 2 directions instead of 1.
        device: where the parameters are made.
        dtype: their type.
        nonlinearity: torch's name for ``activation``.
        activation: a name of the catalogue (``actselect list activations``), an elementwise
            function, or a sequence with one of them for each layer.
        generator: source of the initial weights (:mod:`actselect.initialisation`).
        backend: what computes; ``"auto"`` is the fastest that can.

    Shapes: called with input (T, B, F) and initial state (L * D, B, H), zeros if left out, it
    returns output (T, B, H * D) and final state (L * D, B, H). An input without B, a packed
    sequence, and ``lengths=`` (B,) are taken as well. ``state_dict`` is that of torch.nn.RNN.

    Raises:
        UsageError: an argument or a shape does not fit.

    >>> layer = RNN(4, 8, activation="relu")
    >>> output, h_n = layer(torch.zeros(5, 3, 4))
    >>> output.shape, h_n.shape
    (torch.Size([5, 3, 8]), torch.Size([1, 3, 8]))
    """

    kind = "rnn"

    def __init__(self, *args: Any, nonlinearity: Activations | None = None, **options: Any) -> None:
        if len(args) > 3 and not isinstance(args[3], bool):
            args, nonlinearity = (*args[:3], *args[4:]), args[3]
        if nonlinearity is not None:
            if "activation" in options:
                raise UsageError("Give activation or nonlinearity, not both.")
            options["activation"] = nonlinearity
        super().__init__(*args, **options)


@final
class LSTM(_Layer):
    """Long short-term memory (doi:10.1162/neco.1997.9.8.1735); torch.nn.LSTM with any activations.

    i, f, o = recurrent_activation(...), g = activation(...), each of W_ih x_t + b_ih + W_hh h_(t-1)
    + b_hh; c_t = f c_(t-1) + i g; h_t = o output_activation(c_t)

    Args, shapes and errors are those of :class:`RNN` without ``nonlinearity``, and:

    Args:
        recurrent_activation: of the gates, with a range within [0, 1].
        output_activation: of the cell state; ``activation`` by default.

    The state is a pair (h, c). The forget gate's bias begins at 1, not at 0 as in torch.

    >>> layer = LSTM(4, 8, activation="softsign", recurrent_activation="hard_sigmoid")
    >>> output, (h_n, c_n) = layer(torch.zeros(5, 3, 4), lengths=torch.tensor([5, 2, 4]))
    >>> output.shape, c_n.shape
    (torch.Size([5, 3, 8]), torch.Size([1, 3, 8]))
    """

    kind = "lstm"


@final
class GRU(_Layer):
    """Gated recurrent unit (arXiv:1406.1078); torch.nn.GRU with any activations.

    r, z = recurrent_activation(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh); n = activation(W_in x_t +
    b_in + r (W_hn h_(t-1) + b_hn)); h_t = n + z (h_(t-1) - n)

    Args, shapes and errors are those of :class:`RNN` without ``nonlinearity``, and:

    Args:
        recurrent_activation: of the gates, with a range within [0, 1].

    >>> layer = GRU(4, 8, num_layers=2, activation=["tanh", "relu"], bidirectional=True)
    >>> output, h_n = layer(torch.zeros(5, 3, 4))
    >>> output.shape, h_n.shape
    (torch.Size([5, 3, 16]), torch.Size([4, 3, 8]))
    """

    kind = "gru"


@final
class MGU(_Layer):
    """Minimal gated unit (Zhou et al. 2016, arXiv:1603.09420): a GRU with one gate.

    f = recurrent_activation(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh); n = activation(W_in x_t +
    b_in + f (W_hn h_(t-1) + b_hn)); h_t = h_(t-1) + f (n - h_(t-1))

    Args, shapes and errors are those of :class:`RNN` without ``nonlinearity``, and:

    Args:
        recurrent_activation: of the gate, with a range within [0, 1].

    >>> MGU(4, 8, recurrent_activation="elliott")(torch.zeros(5, 3, 4))[0].shape
    torch.Size([5, 3, 8])
    """

    kind = "mgu"


@final
class IndRNN(_Layer):
    """Independently recurrent network (Li et al. 2018, arXiv:1803.04831, equation 2).

    h_t = activation(W_ih x_t + b_ih + u h_(t-1) + b_hh), u one weight (H,) per unit

    Args, shapes and errors are those of :class:`RNN` without ``nonlinearity``.

    >>> IndRNN(4, 8, activation="relu")(torch.zeros(5, 3, 4))[0].shape
    torch.Size([5, 3, 8])
    """

    kind = "indrnn"
