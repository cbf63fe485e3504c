"""Elman's recurrent network.

Source: Elman 1990, doi:10.1207/s15516709cog1402_1, as torch.nn.RNN: h' = activation(x_part +
h_part).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from actselect.cells._base import AbstractCell, Parts, States


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RNNCell(AbstractCell):
    """One step of a network without gates."""

    n_gates = 1
    gated = False

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state, (..., H), as a one-tuple."""
        del states
        return (self.activation(parts[0].squeeze(-2)),)
