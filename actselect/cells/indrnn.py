"""Independently recurrent network: each unit remembers only itself.

Source: Li et al. 2018, arXiv:1803.04831, equation 2: h' = activation(W x + u * h + b).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from actselect.cells._base import AbstractCell, Parts, States


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class IndRNNCell(AbstractCell):
    """One step; the recurrent weight is a vector, so the recurrence is elementwise."""

    n_gates = 1
    gated = False
    elementwise_recurrence = True

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state, (..., H), as a one-tuple."""
        del states
        return (self.activation(parts[0].squeeze(-2)),)
