"""The contracts: built-in components keep them, and every planted fault is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, final

import pytest
import torch
from torch import Tensor

import actselect.cells as catalogue
from actselect.activations import activations, get_activation
from actselect.cells import AbstractCell, Parts, States, cells
from actselect.testing import check_activation, check_cell


@pytest.mark.parametrize("name", list(activations()))
def test_every_built_in_activation_keeps_the_contract(name: str) -> None:
    """The table says nothing untrue."""
    check_activation(get_activation(name))


@pytest.mark.parametrize("name", list(cells()))
def test_every_built_in_cell_keeps_the_contract(name: str) -> None:
    """The catalogue says nothing untrue."""
    check_cell(name)


@final
class _WrongGradient(torch.autograd.Function):
    """Tanh with the slope of the identity."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return tanh(x)."""
        del ctx
        return torch.tanh(x)

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> Tensor:
        """Return a wrong gradient."""
        del ctx
        return grad[0]


FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "wrong derivative": ({"derivative": torch.sigmoid}, "derivative differs from autograd's"),
    "wrong autograd": (
        {"function": _WrongGradient.apply, "derivative": torch.ones_like},
        "finite differences",
    ),
    "leaves its range": ({"high": 0.5}, "declares high = 0.5, but rises to 1"),
    "range too wide": ({"low": -2.0}, "declares low = -2, but reaches no less than -1"),
    "not monotone": ({"function": torch.sin, "derivative": torch.cos}, "decreases somewhere"),
    "monotone after all": ({"monotone": False}, "never decreases"),
    "not elementwise": ({"function": lambda x: x / (1 + x.abs().max())}, "not elementwise"),
    "other shape": ({"function": lambda x: x[:1]}, "shape"),
    "overflows": ({"function": torch.exp, "derivative": torch.exp}, "value not finite"),
    "no gain": ({"gain": 0.0}, "gain"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_activation_breaks_the_contract(fault: str) -> None:
    """Each fault is planted into tanh, whose own row is true, and named in the message."""
    changes, message = FAULTS[fault]
    with pytest.raises(AssertionError, match=message):
        check_activation(replace(get_activation("tanh"), name="planted", **changes))  # type: ignore[arg-type]


def test_a_kink_of_an_activation_that_is_called_smooth_is_found() -> None:
    """The relu has one at 0."""
    with pytest.raises(AssertionError, match="slope jumps at"):
        check_activation(replace(get_activation("relu"), smooth=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gated(AbstractCell):
    """A cell with one gate that keeps the contract; the planted ones break it in one place."""

    n_gates = 2
    gated = True

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state."""
        g, n = parts[0].unbind(-2)
        z = self.recurrent_activation(g)
        return (z * states[0] + (1 - z) * self.activation(n),)


@final
class _DeadGate(_Gated):
    """Its gate is always the sigmoid."""

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state."""
        g, n = parts[0].unbind(-2)
        z = torch.sigmoid(g)
        return (z * states[0] + (1 - z) * self.activation(n),)


@final
class _SecretGate(_Gated):
    """It uses the gate's activation and denies it."""

    gated = False


@final
class _NeedlessSplit(_Gated):
    """It asks for both parts and adds them."""

    split = True

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state."""
        return _Gated.pointwise(self, (parts[0] + parts[1],), states)


@final
class _MissingSplit(_Gated):
    """It needs both parts and does not ask for them."""

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state."""
        return _Gated.pointwise(self, (parts[0] * parts[1],), states)


@final
class _WrongElementwise(_Gated):
    """Two gates cannot share one recurrent weight per unit."""

    elementwise_recurrence = True


@final
class _Mixing(_Gated):
    """Its units see each other."""

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state."""
        (h,) = _Gated.pointwise(self, parts, states)
        return (h - h.mean(-1, keepdim=True),)


@final
class _OneStateTooMany(_Gated):
    """It declares two states and has one."""

    n_states = 2


@final
class _Forgetful(_Gated):
    """It declares an output activation and has none."""

    has_output_activation = True


@final
class _Detached(_Gated):
    """No gradient flows through its state."""

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state."""
        return _Gated.pointwise(self, parts, (states[0].detach(),))


@final
class _Miscounted(_Gated):
    """It forgets its biases."""

    @classmethod
    def parameter_count(cls, input_size: int, hidden_size: int) -> int:
        """Return too few."""
        return 2 * hidden_size * (input_size + hidden_size)


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[AbstractCell]], None]:
    """Return a function that registers a cell as ``planted``, until the test ends."""
    return lambda cell: monkeypatch.setitem(catalogue._table, "planted", cell)


def test_a_cell_of_ones_own_that_is_right_keeps_the_contract(
    plant: Callable[[type[AbstractCell]], None],
) -> None:
    """The cell that the faults are planted into has none itself."""
    plant(_Gated)
    check_cell("planted")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (_DeadGate, "recurrent_activation has no effect .* gated is True"),
        (_SecretGate, "recurrent_activation has an effect, but gated is False"),
        (_NeedlessSplit, "drop split"),
        (_MissingSplit, "pointwise failed: IndexError"),
        (_WrongElementwise, "n_gates must be 1"),
        (_Mixing, "units one by one"),
        (_OneStateTooMany, "n_states = 2"),
        (_Forgetful, "output_activation has no effect .* has_output_activation is True"),
        (_Detached, "finite differences"),
        (_Miscounted, "parameter_count says 48, but there are 64"),
    ],
)
def test_a_faulty_cell_breaks_the_contract(
    plant: Callable[[type[AbstractCell]], None], cell: type[AbstractCell], message: str
) -> None:
    """Each fault is found, and the message names it."""
    plant(cell)
    with pytest.raises(AssertionError, match=message):
        check_cell("planted")
