"""The catalogue of cells.  To add one: a file here with its pointwise part, and a row in the
table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from actselect.cells._base import AbstractCell as AbstractCell
from actselect.cells._base import Parts as Parts
from actselect.cells._base import States as States
from actselect.cells.gru import GRUCell
from actselect.cells.indrnn import IndRNNCell
from actselect.cells.lstm import LSTMCell as LSTMCell
from actselect.cells.mgu import MGUCell
from actselect.cells.rnn import RNNCell
from actselect.exceptions import UnknownNameError, UsageError

CellType = type[AbstractCell]

_BUILT_IN: Final[Mapping[str, CellType]] = MappingProxyType(
    {"rnn": RNNCell, "lstm": LSTMCell, "gru": GRUCell, "mgu": MGUCell, "indrnn": IndRNNCell}
)
_table: dict[str, CellType] = dict(_BUILT_IN)


def cells() -> Mapping[str, CellType]:
    """Return all cells by name, in the order of the table; read-only."""
    return MappingProxyType(_table)


def get_cell(name: str) -> CellType:
    """Return the cell of this name.

    Raises:
        UnknownNameError: there is none.

    >>> get_cell("lstm").n_gates
    4
    """
    if name not in _table:
        raise UnknownNameError("cell", name, _table)
    return _table[name]


def register_cell(name: str, cell: CellType) -> None:
    """Add a cell of your own; it can then be used everywhere a name can.

    Args:
        name: not yet taken.
        cell: a subclass of :class:`AbstractCell`.

    Raises:
        UsageError: the name is taken, or the class is no cell.
    """
    if name in _table:
        raise UsageError(f"A cell named {name!r} exists already. Choose another name.")
    if not (isinstance(cell, type) and issubclass(cell, AbstractCell)):
        raise UsageError(
            f"A cell must be a subclass of actselect.cells.AbstractCell. Got {cell!r}."
        )
    _table[name] = cell


def registered_by_user() -> dict[str, CellType]:
    """Return the cells that are not built in: what a worker process must be told."""
    return {name: cell for name, cell in _table.items() if name not in _BUILT_IN}


def restore(cells_: Mapping[str, CellType]) -> None:
    """Make another process's registered cells known in this one."""
    _table.update(cells_)
