"""How the nonlinearities of a trained network are used: as curves, or as straight lines and stops.

What a function sees is recorded while the network reads, whatever the cell does with it; so a
cell of the user's own is looked at like any other.

Notation: T steps, B sequences, H units, R functions a step (the gates of a layer, say).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from actselect.activations import ActivationSpec
from actselect.diagnostics._gradient import rounded
from actselect.diagnostics._walk import ROLES, Walk
from actselect.nn import Recurrent
from actselect.records import UnitsRecord

GATES = {  # in the order in which a cell calls for them; of other cells they are numbered
    "lstm": ("input gate", "forget gate", "output gate"),
    "gru": ("reset gate", "update gate"),
    "mgu": ("forget gate",),
}
FLAT = 1 / 20  # of the steepest slope: where tanh has 97.5 % of its height, and little passes
STILL = 1 / 1000  # a unit with less than this everywhere is dead: nothing would wake it
NOISE = 1e-12  # variance relative to the mean square, below which a unit is constant


def units_records(recurrent: Recurrent, walks: list[list[Walk]]) -> tuple[UnitsRecord, ...]:
    """Return how each function of each layer works; nothing of one that cannot be told apart.

    Args:
        recurrent: the layers.
        walks: their walk through what they are shown.
    """
    records = []
    for level, ways in enumerate(walks):
        for role in ROLES:
            spec: ActivationSpec = getattr(recurrent.layers[level], role)
            seen = _functions(ways, role)
            for name, values in zip(_names(recurrent.cell, role, len(seen)), seen, strict=True):
                record = _record(level + 1, name, spec, values, gate=role == ROLES[1])
                records += [record] if record is not None else []
    return tuple(records)


def _functions(ways: Sequence[Walk], role: str) -> list[Tensor]:
    """Return what each of the R functions saw, (T * B, H); the units of both directions."""
    found = [_one_way(way, role) for way in ways]
    return [torch.cat(columns, -1) for columns in zip(*found, strict=True)]


def _one_way(walk: Walk, role: str) -> list[Tensor]:
    calls, steps = walk.seen[role], len(walk.x_part)
    size, each = walk.states[0][0].shape, len(calls) // steps
    if each * steps != len(calls):
        return []
    found: list[Tensor] = []
    for call in range(each):
        if calls[call].shape[:: calls[call].ndim - 1] != size:
            return []  # neither (B, H) nor (B, R, H)
        values = torch.stack(calls[call::each])
        values = values.unsqueeze(2) if values.ndim == 3 else values.flatten(2, -2)
        found += [rows.flatten(0, 1) for rows in values.unbind(2)]
    return found


def _names(cell: str, role: str, count: int) -> Sequence[str]:
    if role == ROLES[1]:
        known = GATES.get(cell, ())
        return known if len(known) == count else [f"gate {i + 1}" for i in range(count)]
    return [role] if count == 1 else [f"{role} {i + 1}" for i in range(count)]


def _record(
    layer: int, role: str, spec: ActivationSpec, x: Tensor, *, gate: bool
) -> UnitsRecord | None:
    y = spec.function(x)
    if not (x.isfinite().all() and y.isfinite().all()):
        return None
    slope = spec.derivative(x).abs() / steepest(spec)
    bent = curvature(x, y)
    return UnitsRecord(
        layer=layer,
        role=role,
        function=spec.name,
        curvature=None if bent is None else rounded(bent),
        saturated=rounded((slope < FLAT).double().mean().item()),
        dead=rounded((slope < STILL).all(0).double().mean().item()),
        openness=rounded(y.mean().item()) if gate else None,
    )


def steepest(spec: ActivationSpec) -> float:
    """Return the steepest slope of a function on [-50, 50].

    >>> from actselect.activations import get_activation
    >>> steepest(get_activation("sigmoid"))
    0.25
    """
    grid = torch.linspace(-50.0, 50.0, 2001, dtype=torch.float64)
    return spec.derivative(grid).abs().max().item()


def curvature(x: Tensor, y: Tensor) -> float | None:
    """Return the share of the output's variance that straight lines leave over, one for each unit.

    Args:
        x: (N, H) what each unit saw.
        y: (N, H) what came of it.

    Returns:
        1 - R^2, from 0 (as good as linear) to 1; None where no output varies.

    >>> x = torch.linspace(-1, 1, 99, dtype=torch.float64).unsqueeze(1)
    >>> round(curvature(x, 3 * x + 1), 6), round(curvature(x, x.square()), 6)
    (0.0, 1.0)
    """
    inner, outer = x - x.mean(0), y - y.mean(0)
    of_x, of_y = inner.square().sum(0), outer.square().sum(0)
    whole = of_y.sum()
    if whole <= NOISE * y.square().sum():
        return None
    shared = (inner * outer).sum(0).square()
    told = torch.where(of_x > 0, shared / of_x, torch.zeros_like(of_x))
    return float(1.0 - (told.sum() / whole).clamp(0.0, 1.0))
