"""Which libraries can express a network: torch.nn, or only actselect.nn."""

from __future__ import annotations

from typing import Final

from actselect.activations import activations
from actselect.activations import registered_by_user as own_activations
from actselect.architecture import Architecture
from actselect.cells import cells
from actselect.cells import registered_by_user as own_cells
from actselect.exceptions import UsageError

FLAVOURS: Final = ("auto", "actselect", "torch", "keras")
CLASSES: Final = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "mgu": "MGU", "indrnn": "IndRNN"}
# Of each activation, an expression of ``features`` in plain torch.
EXPRESSIONS: Final = {
    "identity": "features",
    "tanh": "torch.tanh(features)",
    "hardtanh": "functional.hardtanh(features)",
    "softsign": "functional.softsign(features)",
    "penalized_tanh": "torch.where(features > 0, 1.0, 0.25) * torch.tanh(features)",
    "arctan": "torch.arctan(features)",
    "sigmoid": "torch.sigmoid(features)",
    "hard_sigmoid": "functional.hardsigmoid(features)",
    "elliott": "0.5 * functional.softsign(features) + 0.5",
    "relu": "torch.relu(features)",
    "leaky_relu": "functional.leaky_relu(features, 0.01)",
    "elu": "functional.elu(features)",
    "selu": "functional.selu(features)",
    "gelu": "functional.gelu(features)",
    "silu": "functional.silu(features)",
    "mish": "functional.mish(features)",
    "softplus": "functional.softplus(features)",
    "sin": "torch.sin(features)",
}


def settled(flavour: str, architecture: Architecture) -> str:
    """Return ``torch`` or ``actselect``, the flavour that is written.

    Args:
        flavour: ``auto`` takes torch where the activations are torch's own.
        architecture: of the network.

    Raises:
        UsageError: torch was asked for and cannot express the network.
    """
    reason = torch_refuses(architecture)
    if flavour == "torch" and reason is not None:
        raise UsageError(
            f"flavour 'torch' cannot express {architecture.label}: {reason}. "
            "Use --flavour actselect, or leave it out."
        )
    if flavour == "auto":
        return "torch" if reason is None else "actselect"
    return flavour


def torch_refuses(architecture: Architecture) -> str | None:
    """Return why ``torch.nn`` cannot express a network, None if it can.

    >>> from actselect.architecture import LayerSpec
    >>> torch_refuses(Architecture(cell="rnn", layers=(LayerSpec(activation="sin"),),
    ...                            hidden_size=4))
    'torch.nn.RNN has tanh or relu only, and this network has sin'
    """
    cell = architecture.cell
    if cell not in {"rnn", "lstm", "gru"}:
        return f"torch.nn has no {CLASSES.get(cell, cell)}"
    layers, kind = set(architecture.layers), f"torch.nn.{CLASSES[cell]}"
    if cell == "rnn":
        used = [spec.activation for spec in architecture.layers]
        if not set(used) <= {"tanh", "relu"}:
            return f"{kind} has tanh or relu only, and this network has {_several(used)}"
        if len(set(used)) > 1:
            return f"{kind} has one activation for all layers, and this network {_several(used)}"
    for spec in layers if cell != "rnn" else ():
        own = (spec.activation, spec.recurrent_activation, spec.output_activation)
        if own[:2] != ("tanh", "sigmoid") or (cell == "lstm" and own[2] not in ("tanh", None)):
            return f"{kind} has tanh and sigmoid only, and this network has {spec.short}"
    if architecture.head_activation not in EXPRESSIONS:
        return f"the head's activation {architecture.head_activation} is your own"
    return None


def _several(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def own_names(architecture: Architecture) -> tuple[list[str], list[str]]:
    """Return the cells and the activations of a network that are not built in.

    A name that nobody registered in this process counts as well.
    """
    registered = {spec.name for spec in own_activations()}
    used = [architecture.head_activation]
    for spec in architecture.layers:
        used += [
            name
            for name in (spec.activation, spec.recurrent_activation, spec.output_activation)
            if name is not None
        ]
    own = [n for n in dict.fromkeys(used) if n in registered or n not in activations()]
    cell = architecture.cell
    return [cell] if cell in own_cells() or cell not in cells() else [], own
