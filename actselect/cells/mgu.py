"""Minimal gated unit: one gate forgets and resets.

Source: Zhou et al. 2016, arXiv:1603.09420, equations 13-15, in the variant that torch.nn.GRU is of
the GRU: the gate multiplies the recurrent product, not the state before it.  Gates in the order f,
n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from actselect.cells._base import AbstractCell, Parts, States


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MGUCell(AbstractCell):
    """One step with free choice of both activations."""

    n_gates = 2
    gated = True
    split = True

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state, (..., H), as a one-tuple."""
        x_part, h_part = parts
        (h,) = states
        x_f, x_n = x_part.unbind(-2)
        h_f, h_n = h_part.unbind(-2)
        f = self.recurrent_activation(x_f + h_f)
        n = self.activation(x_n + f * h_n)
        return (h + f * (n - h),)
