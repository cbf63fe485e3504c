"""A recommended network in the words of Keras 3, where Keras has them.

Keras is not imported.  Formulas: keras.io/api/layers/recurrent_layers and
keras.io/api/layers/activations.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

from actselect.architecture import Architecture, LayerSpec
from actselect.encoders import Numbers, Symbols
from actselect.exceptions import UsageError
from actselect.exporting._flavour import CLASSES
from actselect.exporting._header import headline, scores
from actselect.exporting._python import comment, commented, fitted, quoted
from actselect.exporting._source import Source

# Of each activation, its name in Keras 3.
NAMED: Final = MappingProxyType(
    {
        "identity": "linear",
        "tanh": "tanh",
        "softsign": "softsign",
        "sigmoid": "sigmoid",
        "hard_sigmoid": "hard_sigmoid",
        "relu": "relu",
        "elu": "elu",
        "selu": "selu",
        "gelu": "gelu",
        "silu": "silu",
        "mish": "mish",
        "softplus": "softplus",
    }
)
# Of the others, an expression of x.
DEFINED: Final = MappingProxyType(
    {
        "hardtanh": "keras.ops.clip(x, -1.0, 1.0)",
        "penalized_tanh": "keras.ops.where(x > 0, 1.0, 0.25) * keras.ops.tanh(x)",
        "arctan": "keras.ops.arctan(x)",
        "elliott": "0.5 * keras.ops.softsign(x) + 0.5",
        "leaky_relu": "keras.ops.leaky_relu(x, negative_slope=0.01)",
        "sin": "keras.ops.sin(x)",
    }
)
NAMES: Final = MappingProxyType({"rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"})
HARD_SIGMOID: Final = (
    "hard_sigmoid is x / 6 + 1 / 2 between 0 and 1, here and in Keras 3; in Keras 2 it was "
    "0.2 x + 0.5, another function."
)
LEAKY_RELU: Final = "leaky_relu has slope 0.01 here; by its name alone Keras would take 0.2."
RESET: Final = "reset_after=True is the GRU of torch and of this study."
MASK: Final = (
    "Sequences of different lengths need a mask: keras.layers.Masking, or mask_zero=True of an "
    "Embedding."
)
FRESH: Final = "The architecture only: the trained weights stay with the PyTorch network."


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class InKeras:
    """A network in Keras.

    Args:
        code: source that makes it; None where Keras cannot express it.
        notes: what must be known about it, or why it cannot be expressed; sentences.
    """

    code: str | None
    notes: tuple[str, ...]


def in_keras(source: Source) -> InKeras:
    """Return the network in the words of Keras, or why there are none."""
    architecture = source.architecture
    if (reason := _refuses(architecture)) is not None:
        return InKeras(code=None, notes=(reason,))
    every = source.every
    lines = _first(source)
    for level, spec in enumerate(architecture.layers):
        sequences = every or level < architecture.num_layers - 1
        lines.append(_layer(architecture, spec, sequences=sequences))
    if architecture.head_activation != "identity":
        width = architecture.hidden_size * (2 if architecture.bidirectional else 1)
        activation = _name(architecture.head_activation)
        lines.append(fitted("Dense", [str(width), f"activation={activation}"], indent=8))
    lines.append(f"Dense({source.output_size})")
    return InKeras(
        code=_model(lines, _functions(architecture)), notes=_notes(source, " ".join(lines))
    )


def block(source: Source) -> str:
    """Return the network in Keras as the comment at the end of a module."""
    found = in_keras(source)
    if found.code is None:
        return comment(f"Keras cannot express it: {found.notes[0]}")
    notes = "\n".join(comment(note, hang="  ") for note in found.notes)
    return f"# In Keras 3:\n#\n{commented(found.code)}\n#\n{notes}"


def _refuses(architecture: Architecture) -> str | None:
    cell = architecture.cell
    if cell not in NAMES:
        return f"Keras has no {CLASSES.get(cell, cell)}."
    for spec in architecture.layers:
        if cell == "lstm" and spec.output_activation not in (None, spec.activation):
            return (
                f"LSTM of Keras has one activation for cell input and cell state, and this network "
                f"{spec.activation} and {spec.output_activation}."
            )
    own = [name for name in _used(architecture) if name not in NAMED and name not in DEFINED]
    return f"it has no {', '.join(own)}." if own else None


def _used(architecture: Architecture) -> list[str]:
    """Return the names of all activations, each once."""
    used = []
    for spec in architecture.layers:
        used += [spec.activation, spec.recurrent_activation or "sigmoid"]
    return list(dict.fromkeys([*used, architecture.head_activation]))


def _name(activation: str) -> str:
    """Return what stands behind ``activation=``."""
    return quoted(NAMED[activation]) if activation in NAMED else activation


def _functions(architecture: Architecture) -> str:
    """Return the functions that Keras has no name for; registered, so that models can be saved."""
    return "".join(
        f"@keras.saving.register_keras_serializable()\ndef {name}(x):\n"
        f"    return {DEFINED[name]}\n\n\n"
        for name in _used(architecture)
        if name in DEFINED
    )


def _first(source: Source) -> list[str]:
    encoder = source.encoder
    if isinstance(encoder, Symbols) and encoder.per_step == 1:
        return [f"Embedding({encoder.size}, {encoder.width}, mask_zero=True)"]
    width = encoder.width
    steps = "None" if source.ragged else str(source.steps)
    return [f"keras.Input(({steps}, {width}))"]


def _layer(architecture: Architecture, spec: LayerSpec, *, sequences: bool) -> str:
    arguments = [str(architecture.hidden_size), f"activation={_name(spec.activation)}"]
    if architecture.cell != "rnn":
        gate = _name(spec.recurrent_activation or "sigmoid")
        arguments.append(f"recurrent_activation={gate}")
    if architecture.cell == "gru":
        arguments.append("reset_after=True")
    if sequences:
        arguments.append("return_sequences=True")
    name = NAMES[architecture.cell]
    if not architecture.bidirectional:
        return fitted(name, arguments, indent=8)
    inner = fitted(name, arguments, indent=12)
    return fitted("Bidirectional", [inner], indent=8)


def _model(lines: list[str], functions: str) -> str:
    names = ("Bidirectional", "Dense", "Embedding", *NAMES.values())
    used = sorted(name for name in names if any(f"{name}(" in line for line in lines))
    body = "\n".join(
        "\n".join(f"        {part}" for part in f"{line},".splitlines()) for line in lines
    )
    before = "\n" if functions else ""
    return (
        f"import keras\nfrom keras.layers import {', '.join(used)}\n\n{before}{functions}"
        f"model = keras.Sequential(\n    [\n{body}\n    ]\n)"
    )


def _notes(source: Source, text: str) -> tuple[str, ...]:
    encoder = source.encoder
    found = [FRESH]
    if not isinstance(encoder, Numbers) and "Embedding(" not in text:
        found.append(
            f"Keras has no single layer for what comes before: it must hand on {encoder.width} "
            "numbers a step, see Network above."
        )
    if "GRU(" in text:
        found.append(RESET)
    if quoted("hard_sigmoid") in text:
        found.append(HARD_SIGMOID)
    if "leaky_relu" in text:
        found.append(LEAKY_RELU)
    if source.ragged and "mask_zero" not in text:
        found.append(MASK)
    return tuple(found)


def module(source: Source) -> str:
    """Return a script that makes the network in Keras.

    Raises:
        UsageError: Keras cannot express it.
    """
    found = in_keras(source)
    if found.code is None:
        raise UsageError(
            f"flavour 'keras' cannot express {source.architecture.label}: {found.notes[0]} "
            "Leave --flavour out for PyTorch."
        )
    parts = [headline(source), *scores(source), *found.notes]
    notes = "\n".join(comment(note, hang="  ") for note in parts)
    return f"{notes}\n\n{found.code}\n"
