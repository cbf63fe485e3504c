"""What a cell is: the elementwise part of one time step.

Notation: B batch, G gates, H hidden size.  A cell sees pre-activations and states and returns the
next states.  It owns no weights, no loop and no backend; the recurrence does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from actselect.activations import Elementwise

States = tuple[Tensor, ...]
Parts = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstractCell(ABC):
    """One step of a recurrent cell, unit by unit.

    Args:
        activation: on the candidate.
        recurrent_activation: on the gates; ignored by a cell without gates.
        output_activation: on the cell state; ignored by a cell that has none.

    Class attributes: ``n_gates`` rows of pre-activations per unit; ``n_states`` states per unit,
    the first of which is the output; ``gated`` and ``has_output_activation`` say which activations
    matter; ``split`` whether input and recurrent pre-activations are needed apart;
    ``elementwise_recurrence`` whether each unit sees only its own past.
    """

    activation: Elementwise
    recurrent_activation: Elementwise
    output_activation: Elementwise

    n_gates: ClassVar[int]
    n_states: ClassVar[int] = 1
    gated: ClassVar[bool]
    has_output_activation: ClassVar[bool] = False
    split: ClassVar[bool] = False
    elementwise_recurrence: ClassVar[bool] = False

    @abstractmethod
    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next states, each (..., H).

        Args:
            parts: one tensor (..., G, H), input and recurrent pre-activations summed; two tensors,
                input and recurrent, when ``split``. Biases are included.
            states: ``n_states`` tensors (..., H).
        """

    @classmethod
    def parameter_count(cls, input_size: int, hidden_size: int) -> int:
        """Return the weights and biases of one layer and direction, as torch.nn counts them."""
        recurrent = 1 if cls.elementwise_recurrence else cls.n_gates * hidden_size
        return hidden_size * (cls.n_gates * (input_size + 2) + recurrent)
