"""Long short-term memory.

Source: Hochreiter, Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of Gers
et al. 2000, doi:10.1162/089976600300015015, as torch.nn.LSTM; gates in torch's order i, f, g, o.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from actselect.cells._base import AbstractCell, Parts, States


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LSTMCell(AbstractCell):
    """One step with free choice of all three activations."""

    n_gates = 4
    n_states = 2
    gated = True
    has_output_activation = True

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden and cell state, (..., H) each."""
        (pre,) = parts
        _, c = states
        pre_if, pre_g, pre_o = pre.split((2, 1, 1), -2)
        i, f = self.recurrent_activation(pre_if).unbind(-2)
        g = self.activation(pre_g).squeeze(-2)
        o = self.recurrent_activation(pre_o).squeeze(-2)
        c = f * c + i * g
        return (o * self.output_activation(c), c)
