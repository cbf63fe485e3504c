"""Contracts for your own activations and cells; the built-in ones keep them too.

>>> from actselect.activations import get_activation
>>> check_activation(get_activation("softsign"))
>>> check_cell("mgu")
"""

from __future__ import annotations

from actselect.testing._activation import check_activation
from actselect.testing._cell import check_cell

__all__ = ["check_activation", "check_cell"]
