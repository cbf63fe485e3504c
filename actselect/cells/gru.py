"""Gated recurrent unit.

Source: Cho et al. 2014, arXiv:1406.1078, in the variant of torch.nn.GRU (reset gate after the
recurrent product); gates in torch's order r, z, n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from actselect.cells._base import AbstractCell, Parts, States


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GRUCell(AbstractCell):
    """One step with free choice of both activations."""

    n_gates = 3
    gated = True
    split = True

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state, (..., H), as a one-tuple."""
        x_part, h_part = parts
        (h,) = states
        x_gates, x_n = x_part.split((2, 1), -2)
        h_gates, h_n = h_part.split((2, 1), -2)
        r, z = self.recurrent_activation(x_gates + h_gates).unbind(-2)
        n = self.activation(x_n.squeeze(-2) + r * h_n.squeeze(-2))
        return (n + z * (h - n),)
