"""The layers in Keras 3, against lines written by hand after keras.io; Keras is not installed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from actselect.activations import activations
from actselect.exceptions import UsageError
from actselect.exporting import export
from actselect.exporting._keras import DEFINED, NAMED, in_keras
from actselect.exporting._source import read

LINES = [
    (
        ("lstm", "tanh/sigmoid"), {"task": "forecasting"},
        ["keras.Input((9, 3))", 'LSTM(5, activation="tanh", recurrent_activation="sigmoid")',
         "Dense(4)"],
    ),
    (
        ("gru", "relu/hard_sigmoid"), {},
        ["keras.Input((None, 3))",
         'GRU(5, activation="relu", recurrent_activation="hard_sigmoid", reset_after=True)',
         "Dense(4)"],
    ),
    (
        ("rnn", "elu", "softsign"), {"head_activation": "gelu"},
        ["keras.Input((None, 3))", 'SimpleRNN(5, activation="elu", return_sequences=True)',
         'SimpleRNN(5, activation="softsign")', 'Dense(5, activation="gelu")', "Dense(4)"],
    ),
    (
        ("rnn", "mish"), {"bidirectional": True, "head_activation": "silu"},
        ["keras.Input((None, 3))", 'Bidirectional(SimpleRNN(5, activation="mish"))',
         'Dense(10, activation="silu")', "Dense(4)"],
    ),
    (
        ("rnn", "identity"), {"task": "language-modeling"},
        ["Embedding(20, 6, mask_zero=True)",
         'SimpleRNN(5, activation="linear", return_sequences=True)', "Dense(20)"],
    ),
    (
        ("rnn", "sin"), {"task": "text-classification"},
        ["keras.Input((None, 6))", "SimpleRNN(5, activation=sin)", "Dense(4)"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("names", "options", "lines"), LINES)
def test_layers_are_those_of_keras(
    planted: Any, names: tuple[str, ...], options: dict[str, Any], lines: list[str]
) -> None:
    """Each layer is the line that the manual asks for, from the inputs to the outputs."""
    found = in_keras(read(planted(*names, **options)))
    assert found.code is not None
    body = found.code.partition("    [\n")[2].partition("\n    ]")[0]
    text = "".join(line.strip() + " " for line in body.splitlines())

    assert ", ".join(lines) + "," == text.strip().replace("( ", "(").replace(", )", ")")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("mgu", "tanh/sigmoid"), "Keras has no MGU."),
        (("indrnn", "relu"), "Keras has no IndRNN."),
        (("lstm", "relu/sigmoid>tanh"), "one activation for cell input and cell state"),
    ],
)
def test_what_keras_cannot_express_is_said(
    planted: Any, names: tuple[str, ...], reason: str
) -> None:
    """At the end of a module as a comment, and as an error when Keras was asked for."""
    study = planted(*names)

    assert reason in " ".join(str(export(study)).replace("\n# ", " ").split())
    with pytest.raises(UsageError, match=reason):
        export(study, flavour="keras")


@pytest.mark.parametrize(
    ("names", "note"),
    [
        (("gru", "tanh/hard_sigmoid"), "in Keras 2 it was 0.2 x + 0.5"),
        (("gru", "tanh/sigmoid"), "reset_after=True is the GRU of torch"),
        (("rnn", "leaky_relu"), "leaky_relu has slope 0.01 here"),
    ],
)
def test_what_differs_is_noted(planted: Any, names: tuple[str, ...], note: str) -> None:
    """Where the name alone would mislead, a note says so; elsewhere there is none."""
    assert note in " ".join(in_keras(read(planted(*names))).notes)
    assert note not in " ".join(in_keras(read(planted("lstm", "tanh/sigmoid"))).notes)


def test_keras_code_is_formatted_python(planted: Any) -> None:
    """With long calls and functions without a name, too."""
    study = planted(
        "lstm", "leaky_relu/elliott", "penalized_tanh/hard_sigmoid",
        bidirectional=True, head_activation="hardtanh",
    )  # fmt: skip
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "-"]
    code = str(export(study, flavour="keras"))
    done = subprocess.run(command, input=code, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_activation_has_its_keras() -> None:
    """The table has a row for each built-in activation, and for nothing else."""
    assert {n for n, spec in activations().items() if spec.source} == {*NAMED, *DEFINED}


def test_what_has_no_name_in_keras_is_defined(planted: Any) -> None:
    """As a function that Keras can save, before it is used; names are used as they are."""
    code = in_keras(read(planted("gru", "sin/elliott", "sin/sigmoid"))).code or ""

    assert code.count("@keras.saving.register_keras_serializable()") == 2
    assert "def sin(x):\n    return keras.ops.sin(x)\n" in code
    assert "def elliott(x):\n    return 0.5 * keras.ops.softsign(x) + 0.5\n" in code
