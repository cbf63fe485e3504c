"""The table of activations: formula, derivative, facts, source.

Facts decide roles: an activation whose range lies within [0, 1] may be used on gates.
A derivative is a function of the pre-activation x, elementwise, with the value at a kink that
PyTorch's autograd gives.

Gain is what initialisation multiplies weights with: 1 / sqrt(E[f(z)^2]) for z ~ N(0, 1), so that a
layer keeps the second moment of its input (He et al. 2015, arXiv:1502.01852, equation 7, carried
over to any f by integrating instead of halving), and at most ``MAX_GAIN``.  For relu it is sqrt(2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, final

import torch
from torch import Tensor
from torch.nn import functional

from actselect.exceptions import UnknownNameError, UsageError

Elementwise = Callable[[Tensor], Tensor]

INF: Final = math.inf
MAX_GAIN: Final = 2.0
LEAKY_SLOPE: Final = 0.01  # torch's default; Maas et al. 2013
PENALTY: Final = 0.25  # Xu et al. 2016, arXiv:1602.05980, section 3.3
SELU_SCALE: Final = 1.0507009873554804934193349852946  # Klambauer et al. 2017, equation 14
SELU_ALPHA: Final = 1.6732632423543772848170429916717
SQRT2: Final = math.sqrt(2.0)
SYNONYMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "swish": "silu",
        "linear": "identity",
        "hardsigmoid": "hard_sigmoid",
        "leakyrelu": "leaky_relu",
    }
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationSpec:
    """One activation and what is known about it.

    Args:
        name: its one name.
        function: elementwise on tensors.
        derivative: elementwise, as a function of the pre-activation.
        formula: as text.
        low: infimum of the range.
        high: supremum of the range.
        monotone: never decreasing.
        smooth: differentiable everywhere.
        gain: for initialisation; see the module.
        source: paper or DOI.
    """

    name: str
    function: Elementwise
    derivative: Elementwise
    formula: str
    low: float
    high: float
    monotone: bool
    smooth: bool
    gain: float
    source: str

    @property
    def gate(self) -> bool:
        """Whether it may be used on gates: its range lies within [0, 1]."""
        return self.low >= 0.0 and self.high <= 1.0


def _identity(x: Tensor) -> Tensor:
    return x


def _d_identity(x: Tensor) -> Tensor:
    return torch.ones_like(x)


def _d_tanh(x: Tensor) -> Tensor:
    return 1.0 - torch.tanh(x).square()


def _d_hardtanh(x: Tensor) -> Tensor:
    return ((x > -1.0) & (x < 1.0)).to(x.dtype)


def _d_softsign(x: Tensor) -> Tensor:
    return (1.0 + x.abs()).square().reciprocal()


def _penalized_tanh(x: Tensor) -> Tensor:
    t = torch.tanh(x)
    return torch.where(x > 0, t, PENALTY * t)


def _d_penalized_tanh(x: Tensor) -> Tensor:
    d = _d_tanh(x)
    return torch.where(x > 0, d, PENALTY * d)


def _d_arctan(x: Tensor) -> Tensor:
    return (1.0 + x.square()).reciprocal()


def _d_sigmoid(x: Tensor) -> Tensor:
    s = torch.sigmoid(x)
    return s * (1.0 - s)


def _d_hard_sigmoid(x: Tensor) -> Tensor:
    return ((x > -3.0) & (x < 3.0)).to(x.dtype) / 6.0


def _elliott(x: Tensor) -> Tensor:
    return 0.5 * x / (1.0 + x.abs()) + 0.5


def _d_elliott(x: Tensor) -> Tensor:
    return 0.5 * (1.0 + x.abs()).square().reciprocal()


def _d_relu(x: Tensor) -> Tensor:
    return (x > 0).to(x.dtype)


def _leaky_relu(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, LEAKY_SLOPE)


def _d_leaky_relu(x: Tensor) -> Tensor:
    return torch.where(x > 0, torch.ones_like(x), torch.full_like(x, LEAKY_SLOPE))


def _d_elu(x: Tensor) -> Tensor:
    return torch.where(x > 0, torch.ones_like(x), torch.exp(x.clamp(max=0.0)))


def _d_selu(x: Tensor) -> Tensor:
    inner = torch.where(x > 0, torch.ones_like(x), SELU_ALPHA * torch.exp(x.clamp(max=0.0)))
    return SELU_SCALE * inner


def _normal_cdf(x: Tensor) -> Tensor:
    return 0.5 * (1.0 + torch.erf(x / SQRT2))


def _d_gelu(x: Tensor) -> Tensor:
    density = torch.exp(-0.5 * x.square()) / math.sqrt(2.0 * math.pi)
    return _normal_cdf(x) + x * density


def _d_silu(x: Tensor) -> Tensor:
    s = torch.sigmoid(x)
    return s * (1.0 + x * (1.0 - s))


def _d_mish(x: Tensor) -> Tensor:
    t = torch.tanh(functional.softplus(x))
    return t + x * torch.sigmoid(x) * (1.0 - t.square())


def _spec(
    name: str,
    function: Elementwise,
    derivative: Elementwise,
    formula: str,
    span: tuple[float, float],
    gain: float,
    source: str,
    *,
    monotone: bool = True,
    smooth: bool = True,
) -> ActivationSpec:
    return ActivationSpec(
        name=name,
        function=function,
        derivative=derivative,
        formula=formula,
        low=span[0],
        high=span[1],
        monotone=monotone,
        smooth=smooth,
        gain=gain,
        source=source,
    )


_BUILT_IN: Final = (
    _spec(
        "identity", _identity, _d_identity, "x", (-INF, INF), 1.0,
        "no nonlinearity: the control of every comparison",
    ),
    _spec(
        "tanh", torch.tanh, _d_tanh, "(e^x - e^-x) / (e^x + e^-x)", (-1, 1), 1.5925,
        "Elman 1990, doi:10.1207/s15516709cog1402_1",
    ),
    _spec(
        "hardtanh", functional.hardtanh, _d_hardtanh, "max(-1, min(1, x))", (-1, 1), 1.392,
        "Collobert 2004, thesis, section 1.5", smooth=False,
    ),
    _spec(
        "softsign", functional.softsign, _d_softsign, "x / (1 + |x|)", (-1, 1), 2.0,
        "Turian et al. 2009, HLT-NAACL; Glorot, Bengio 2010, AISTATS",
    ),
    _spec(
        "penalized_tanh", _penalized_tanh, _d_penalized_tanh, "tanh(x) if x > 0 else tanh(x) / 4",
        (-0.25, 1), 2.0, "Xu et al. 2016, arXiv:1602.05980; Eger et al. 2018, arXiv:1901.02671",
        smooth=False,
    ),
    _spec(
        "arctan", torch.arctan, _d_arctan, "arctan(x)", (-math.pi / 2, math.pi / 2), 1.4912,
        "Kamruzzaman, Aziz 2002, doi:10.1109/IJCNN.2002.1005492",
    ),
    _spec(
        "sigmoid", torch.sigmoid, _d_sigmoid, "1 / (1 + e^-x)", (0, 1), 1.8462,
        "Hochreiter, Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735",
    ),
    _spec(
        "hard_sigmoid", functional.hardsigmoid, _d_hard_sigmoid, "max(0, min(1, x / 6 + 1 / 2))",
        (0, 1), 1.8978, "torch.nn.Hardsigmoid; Courbariaux et al. 2015, arXiv:1511.00363",
        smooth=False,
    ),
    _spec(
        "elliott", _elliott, _d_elliott, "x / (2 (1 + |x|)) + 1 / 2", (0, 1), 1.8388,
        "Elliott 1993, ISR TR 93-8; Farzad et al. 2019, doi:10.1007/s00521-017-3210-6",
    ),
    _spec(
        "relu", torch.relu, _d_relu, "max(0, x)", (0, INF), SQRT2,
        "Glorot et al. 2011, AISTATS; Le et al. 2015, arXiv:1504.00941", smooth=False,
    ),
    _spec(
        "leaky_relu", _leaky_relu, _d_leaky_relu, "x if x > 0 else x / 100", (-INF, INF), 1.4141,
        "Maas et al. 2013, ICML workshop", smooth=False,
    ),
    _spec(
        "elu", functional.elu, _d_elu, "x if x > 0 else e^x - 1", (-1, INF), 1.2452,
        "Clevert et al. 2016, arXiv:1511.07289",
    ),
    _spec(
        "selu", functional.selu, _d_selu, "s x if x > 0 else s a (e^x - 1)",
        (-SELU_SCALE * SELU_ALPHA, INF), 1.0, "Klambauer et al. 2017, arXiv:1706.02515, equation 2",
        smooth=False,
    ),
    _spec(
        "gelu", functional.gelu, _d_gelu, "x Phi(x)", (-0.16997121, INF), 1.5335,
        "Hendrycks, Gimpel 2016, arXiv:1606.08415", monotone=False,
    ),
    _spec(
        "silu", functional.silu, _d_silu, "x / (1 + e^-x)", (-0.27846455, INF), 1.6765,
        "Elfwing et al. 2018, arXiv:1702.03118", monotone=False,
    ),
    _spec(
        "mish", functional.mish, _d_mish, "x tanh(ln(1 + e^x))", (-0.30884342, INF), 1.4868,
        "Misra 2020, arXiv:1908.08681", monotone=False,
    ),
    _spec(
        "softplus", functional.softplus, torch.sigmoid, "ln(1 + e^x)", (0, INF), 1.0419,
        "Dugas et al. 2001, NIPS 13",
    ),
    _spec(
        "sin", torch.sin, torch.cos, "sin(x)", (-1, 1), 1.5209,
        "Parascandolo et al. 2017, openreview Sks3zF9eg", monotone=False,
    ),
)  # fmt: skip

_table: dict[str, ActivationSpec] = {spec.name: spec for spec in _BUILT_IN}


def activations() -> Mapping[str, ActivationSpec]:
    """Return all activations by name, in the order of the table; read-only."""
    return MappingProxyType(_table)


def gates() -> Mapping[str, ActivationSpec]:
    """Return the activations that may be used on gates.

    >>> list(gates())[:3]
    ['sigmoid', 'hard_sigmoid', 'elliott']
    """
    return MappingProxyType({name: spec for name, spec in _table.items() if spec.gate})


def get_activation(name: str) -> ActivationSpec:
    """Return the activation of this name.

    Raises:
        UnknownNameError: there is none; the message says which one was probably meant.

    >>> get_activation("relu").high
    inf
    """
    if name in _table:
        return _table[name]
    if name in SYNONYMS:
        raise UnknownNameError("activation", name, _table, meant=SYNONYMS[name])
    raise UnknownNameError("activation", name, _table)


def register_activation(
    name: str,
    function: Elementwise,
    *,
    derivative: Elementwise | None = None,
    low: float = -INF,
    high: float = INF,
    monotone: bool = False,
    smooth: bool = True,
    gain: float = 1.0,
    formula: str = "",
    source: str = "",
) -> ActivationSpec:
    """Add an activation of your own; it can then be used everywhere a name can.

    Args:
        name: not yet taken.
        function: elementwise on tensors, differentiable by autograd.
        derivative: of the pre-activation; by autograd when not given.
        low: infimum of the range. A range within [0, 1] makes it usable on gates.
        high: supremum of the range.
        monotone: never decreasing.
        smooth: differentiable everywhere.
        gain: for initialisation.
        formula: as text.
        source: paper or DOI.

    Raises:
        UsageError: the name is taken, or the function is not elementwise, or leaves its range.

    >>> spec = register_activation("half_tanh", lambda x: 0.5 * torch.tanh(x), low=-0.5, high=0.5)
    >>> spec.gate
    False
    >>> del _table["half_tanh"]
    """
    if name in _table:
        raise UsageError(f"An activation named {name!r} exists already. Choose another name.")
    spec = ActivationSpec(
        name=name,
        function=function,
        derivative=derivative or _AutogradDerivative(function),
        formula=formula,
        low=low,
        high=high,
        monotone=monotone,
        smooth=smooth,
        gain=gain,
        source=source,
    )
    _check_range(spec)
    _table[name] = spec
    return spec


def as_activation(value: str | Elementwise) -> ActivationSpec:
    """Return the activation that a name or a function stands for.

    Args:
        value: a name in the table; or a function, elementwise on tensors and without parameters of
            its own. A function of the table is that row; of any other the range is what it
            reaches on [-50, 50], and the gain is integrated.

    Raises:
        UnknownNameError: there is no activation of that name.
        UsageError: the function has parameters, is not elementwise, or not finite.

    >>> as_activation(torch.tanh).name
    'tanh'
    >>> as_activation(lambda x: x.clamp(0, 1)).gate
    True
    """
    if isinstance(value, str):
        return get_activation(value)
    for spec in _table.values():
        if spec.function is value:
            return spec
    if isinstance(value, torch.nn.Module) and any(True for _ in value.parameters()):
        raise UsageError(
            f"An activation must have no parameters of its own; they would not be trained. "
            f"Got {value!r}."
        )
    spec = ActivationSpec(
        name=getattr(value, "__name__", type(value).__name__),
        function=value,
        derivative=_AutogradDerivative(value),
        formula="",
        low=-INF,
        high=INF,
        monotone=False,
        smooth=False,
        gain=_gain(value),
        source="",
    )
    y = _on_range(spec)
    return replace(spec, low=y.min().item(), high=y.max().item())


def registered_by_user() -> tuple[ActivationSpec, ...]:
    """Return the activations that are not built in: what a worker process must be told."""
    built_in = {spec.name for spec in _BUILT_IN}
    return tuple(spec for name, spec in _table.items() if name not in built_in)


def restore(specs: tuple[ActivationSpec, ...]) -> None:
    """Make another process's registered activations known in this one."""
    _table.update({spec.name: spec for spec in specs})


@final
@dataclass(frozen=True, slots=True)
class _AutogradDerivative:
    """The derivative of an elementwise function, by autograd; picklable if the function is."""

    function: Elementwise

    def __call__(self, x: Tensor) -> Tensor:
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.function(at).sum(), at)
        return slope


def _gain(function: Elementwise) -> float:
    """1 / sqrt(E[f(z)^2]) for z ~ N(0, 1), by the trapezoidal rule; at most ``MAX_GAIN``."""
    z = torch.linspace(-10, 10, 20001, dtype=torch.float64)
    density = torch.exp(-0.5 * z.square()) / math.sqrt(2.0 * math.pi)
    moment = torch.trapezoid(function(z).detach().square() * density, z).item()
    return MAX_GAIN if moment <= MAX_GAIN**-2 else moment**-0.5


def _on_range(spec: ActivationSpec) -> Tensor:
    """Return the values on [-50, 50]; they must be elementwise and finite."""
    x = torch.linspace(-50, 50, 2001, dtype=torch.float64)
    y = spec.function(x).detach()
    if y.shape != x.shape:
        raise UsageError(f"Activation {spec.name!r} must be elementwise; it changed the shape.")
    if not torch.isfinite(y).all():
        raise UsageError(f"Activation {spec.name!r} must be finite on [-50, 50].")
    return y


def _check_range(spec: ActivationSpec) -> None:
    y = _on_range(spec)
    low, high = y.min().item(), y.max().item()
    if low < spec.low - 1e-9 or high > spec.high + 1e-9:
        raise UsageError(
            f"Activation {spec.name!r} must stay within its range [{spec.low}, {spec.high}]. "
            f"It reaches [{low:.4g}, {high:.4g}] on [-50, 50]."
        )
