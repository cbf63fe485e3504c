"""The table of activations: every fact in it is checked by computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate

import actselect.activations
from actselect.activations import (
    MAX_GAIN,
    activations,
    gates,
    get_activation,
    register_activation,
)
from actselect.exceptions import UnknownNameError, UsageError

NAMES = tuple(activations())
GRID = torch.linspace(-30, 30, 60_001, dtype=torch.float64) + 1e-7  # beside the kinks


def test_the_catalogue_has_the_names_the_field_uses() -> None:
    """The eighteen names that were promised."""
    promised = (
        "identity tanh hardtanh softsign penalized_tanh arctan sigmoid hard_sigmoid elliott relu "
        "leaky_relu elu selu gelu silu mish softplus sin"
    )

    assert set(promised.split()) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_derivative_is_that_of_the_function(name: str) -> None:
    """Autograd agrees on 60,001 points, to 1e-7 (torch's hard_sigmoid has 1/6 in single
    precision).
    """
    spec = get_activation(name)
    x = GRID.clone().requires_grad_()
    (slope,) = torch.autograd.grad(spec.function(x).sum(), x)

    torch.testing.assert_close(spec.derivative(GRID), slope, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_facts_hold(name: str) -> None:
    """Range, monotonicity, finiteness on huge inputs, a source and a formula."""
    spec = get_activation(name)
    y = spec.function(GRID)
    huge = spec.function(torch.tensor([-1e4, 1e4], dtype=torch.float64))

    assert spec.low - 1e-7 <= y.min().item()
    assert y.max().item() <= spec.high + 1e-12
    assert spec.monotone == bool((y.diff() >= -1e-12).all())
    assert torch.isfinite(huge).all()
    assert spec.source
    assert spec.formula


@pytest.mark.parametrize("name", NAMES)
def test_finite_ranges_are_tight(name: str) -> None:
    """A declared bound is approached: the range is a fact and not a guess."""
    spec = get_activation(name)
    far = torch.tensor([-1e5, 1e5], dtype=torch.float64)
    y = spec.function(torch.cat([GRID, far]))

    if math.isfinite(spec.low):
        assert y.min().item() == pytest.approx(spec.low, abs=1e-4)
    if math.isfinite(spec.high):
        assert y.max().item() == pytest.approx(spec.high, abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_gain_is_what_the_integral_says(name: str) -> None:
    """Numerical integration of f(z)^2 under the normal density, by scipy."""
    spec = get_activation(name)

    def integrand(z: float) -> float:
        value = float(spec.function(torch.tensor(z, dtype=torch.float64)))
        return value**2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    moment = sum(integrate.quad(integrand, *span, limit=200)[0] for span in ((-12, 0), (0, 12)))

    assert spec.gain == pytest.approx(min(MAX_GAIN, 1 / math.sqrt(moment)), abs=2e-4)


def test_gates_are_the_activations_with_range_in_the_unit_interval() -> None:
    """Facts decide, not a second list."""
    expected = {n for n in NAMES if activations()[n].low >= 0 and activations()[n].high <= 1}

    assert expected == set(gates()) == {"sigmoid", "hard_sigmoid", "elliott"}


@pytest.mark.parametrize(
    ("name", "meant"), [("swish", "silu"), ("tahn", "tanh"), ("linear", "identity")]
)
def test_an_unknown_name_suggests_the_right_one(name: str, meant: str) -> None:
    """Synonyms and typing errors alike."""
    with pytest.raises(UnknownNameError, match=f"Did you mean '{meant}'"):
        get_activation(name)


def test_a_registered_activation_needs_no_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken from autograd, and the activation is found by name."""
    monkeypatch.setattr(actselect.activations, "_table", dict(activations()))
    spec = register_activation("test_cube", lambda x: x**3 / (1 + x.abs()) ** 3, low=-1, high=1)

    x = torch.linspace(-3, 3, 50, dtype=torch.float64)
    numeric = (spec.function(x + 1e-6) - spec.function(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(spec.derivative(x), numeric, atol=1e-8)
    assert get_activation("test_cube") is spec


def test_a_wrong_range_is_refused() -> None:
    """Or a gate could leave [0, 1] unnoticed."""
    with pytest.raises(UsageError, match="must stay within its range"):
        register_activation("test_liar", torch.tanh, low=0.0, high=1.0)


def test_a_taken_name_is_refused() -> None:
    """Nothing in the table can be replaced."""
    with pytest.raises(UsageError, match="exists already"):
        register_activation("tanh", torch.sin)
