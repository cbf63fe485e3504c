"""How a contract says that it is broken."""

from __future__ import annotations

import torch
from torch import Tensor

CLOSE = 1e-9  # relative; float64 rounding of a few dozen operations stays far below


def require(true: bool, message: str) -> None:
    """Raise an AssertionError with this message unless true; ``python -O`` does not switch it off.

    >>> require(1 + 1 == 2, "arithmetic is broken")
    """
    if not true:
        raise AssertionError(message)


def same(a: Tensor, b: Tensor) -> bool:
    """Return whether two float64 tensors of any shape are equal up to rounding.

    >>> same(torch.ones(2), torch.ones(3))
    False
    """
    return a.shape == b.shape and bool(torch.allclose(a, b, rtol=CLOSE, atol=CLOSE))
