"""Cells that the catalogue does not have: the LSTM's cousins whose answers are known.

Notation: B batch, G gates, H hidden size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from actselect import register_cell
from actselect.cells import AbstractCell, LSTMCell, Parts, States, cells

OPEN = 1.0  # of the forget gate, as in actselect.initialisation


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CoupledCell(AbstractCell):
    """LSTM whose input gate is what the forget gate leaves, 1 - f; gates in the order f, g, o.

    The forget gate starts open like that of the built-in LSTM: a registered cell gets zero biases,
    so the one is added here.

    Source: Greff et al. 2017, arXiv:1503.04069, variant CIFG.
    """

    n_gates = 3
    n_states = 2
    gated = True
    has_output_activation = True

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden and cell state, (..., H) each."""
        (pre,) = parts
        _, c = states
        pre_f, pre_g, pre_o = pre.unbind(-2)
        f = self.recurrent_activation(pre_f + OPEN)
        c = f * c + (1.0 - f) * self.activation(pre_g)
        return (self.recurrent_activation(pre_o) * self.output_activation(c), c)


def register() -> None:
    """Make ``cifg`` and ``lstm_bias0`` known in this process; again does nothing.

    Under a name of its own the LSTM gets zero biases: its forget gate starts half closed.  The
    function is that of ``lstm``, so a space that names both is refused; the default enters anyway.
    """
    for name, cell in (("cifg", CoupledCell), ("lstm_bias0", LSTMCell)):
        if name not in cells():
            register_cell(name, cell)
