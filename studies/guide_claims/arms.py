"""The networks that the claims speak of, and their rivals; all with equally many weights."""

from __future__ import annotations

from typing import Final

from actselect.architecture import Architecture
from actselect.search_space import make_space
from actselect.tasks import Task

EVERYWHERE: Final = (  # cell, activations of the layers, activation of the head
    ("rnn", ("tanh",), "identity"),
    ("rnn", ("relu",), "identity"),
    ("rnn", ("sigmoid",), "identity"),
    ("rnn", ("identity",), "identity"),
    ("lstm", ("tanh",), "identity"),
    ("lstm", ("relu",), "identity"),
    ("gru", ("tanh",), "identity"),
    ("gru", ("relu",), "identity"),
    ("rnn", ("tanh", "tanh"), "identity"),
    ("rnn", ("relu", "relu"), "identity"),
    ("rnn", ("tanh", "relu"), "identity"),
    ("rnn", ("relu", "tanh"), "identity"),
    ("gru", ("tanh", "tanh"), "identity"),
)
FORECASTING: Final = (  # section 5.2: a linear layer, then ReLU
    ("rnn", ("relu",), "relu"),
    ("lstm", ("tanh",), "relu"),
)


def architectures(task: Task, hidden_size: int) -> tuple[Architecture, ...]:
    """Return the networks to compare on a task."""
    space = make_space(
        "full",
        input_size=task.input_size,
        output_size=task.output_size,
        bidirectional_allowed=task.bidirectional_allowed,
        hidden_size=hidden_size,
    )
    wanted = EVERYWHERE + (FORECASTING if task.name == "forecasting" else ())
    return tuple(
        space.build(
            cell=cell,
            activations=list(activations),
            recurrent_activation="sigmoid" if cell in {"lstm", "gru"} else None,
            head_activation=head,
        )
        for cell, activations, head in wanted
    )
