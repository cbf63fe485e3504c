"""The compiled kernels against the plain reference in float64, value and gradient."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
import torch
from torch import Tensor

from actselect import nn
from actselect.activations import activations, gates, get_activation, register_activation
from actselect.cells import cells, get_cell
from actselect.exceptions import UsageError
from actselect.recurrence import native

REQUIRED = os.environ.get("ACTSELECT_REQUIRE_KERNELS", "0") == "1"  # CI: missing is a failure
pytestmark = pytest.mark.skipif(
    native.MODULE is None and not REQUIRED, reason="installed without kernels"
)

CELLS = ("RNN", "LSTM", "GRU", "MGU", "IndRNN")
TOLERANCE = 2e-6  # of float32, relative to the norm of what is compared
SIZES = [  # inputs, hidden size, steps, batch: tails of vectors and tiles, and one of each
    (1, 3, 1, 1), (3, 5, 4, 2), (2, 8, 5, 3), (7, 17, 6, 4), (16, 32, 3, 13), (33, 50, 3, 7),
    (5, 64, 2, 131),
]  # fmt: skip


@pytest.fixture(name="module")
def _module() -> ModuleType:
    assert native.MODULE is not None
    return native.MODULE


@pytest.fixture(params=native.MODULE.instruction_sets() if native.MODULE else [])
def instruction_set(request: pytest.FixtureRequest, module: ModuleType) -> Iterator[str]:
    """Every instruction set of this machine in turn."""
    module.use(request.param)
    yield request.param
    module.use(module.instruction_sets()[-1])


def _outcome(
    layer: nn.Recurrent, seed: int, shape: tuple[int, ...], **options: object
) -> list[Tensor]:
    """Return outputs, final states, and the gradient of everything that can have one."""
    dtype = next(layer.parameters()).dtype
    stream = torch.Generator().manual_seed(seed)
    directions = layer.num_layers * (2 if layer.bidirectional else 1)
    batch = shape[0] if layer.batch_first else shape[1]
    count = get_cell(layer.cell).n_states

    def draw(*size: int) -> Tensor:
        return torch.randn(size, generator=stream).to(dtype)

    x = draw(*shape).requires_grad_()
    h = tuple(draw(directions, batch, layer.hidden_size).requires_grad_() for _ in range(count))
    output, state = layer(x, h if count > 1 else h[0], **options)
    states = state if isinstance(state, tuple) else (state,)
    loss = (output * draw(*output.shape)).sum()
    loss = loss + sum((s * draw(*s.shape)).sum() for s in states)
    gradients = torch.autograd.grad(loss, [x, *h, *layer.parameters()])
    return [output.detach(), *(s.detach() for s in states), *gradients]


def _errors(
    name: str, size: tuple[int, int, int, int], *, lengths: Tensor | None = None, **options: object
) -> float:
    """Return the largest error of the kernels relative to the reference in float64."""
    inputs, hidden, steps, batch = size
    layer = getattr(nn, name)
    ours = layer(
        inputs, hidden, backend="native", generator=torch.Generator().manual_seed(0), **options
    )
    reference = layer(inputs, hidden, backend="reference", **options).double()
    reference.load_state_dict(ours.state_dict())
    shape = (batch, steps, inputs) if ours.batch_first else (steps, batch, inputs)
    given = {} if lengths is None else {"lengths": lengths}
    pairs = zip(
        _outcome(ours, 1, shape, **given), _outcome(reference, 1, shape, **given), strict=True
    )
    return max(((a.double() - b).norm() / b.norm().clamp_min(1e-12)).item() for a, b in pairs)


@pytest.mark.parametrize(("name", "size"), [*itertools.product(CELLS, SIZES)])
def test_every_size_equals_the_reference(
    name: str, size: tuple[int, int, int, int], instruction_set: str
) -> None:
    """Also tails of vectors and tiles, one step, one sequence, no biases."""
    assert instruction_set

    assert _errors(name, size) < TOLERANCE
    assert _errors(name, size, bias=False) < TOLERANCE


@pytest.mark.parametrize(("name", "size"), [*itertools.product(CELLS, SIZES[1:])])
def test_lengths_directions_and_layers_equal_the_reference(
    name: str, size: tuple[int, int, int, int], instruction_set: str
) -> None:
    """Sequences of different lengths, among them the longest and the shortest, backwards too."""
    lengths = torch.randint(1, size[2] + 1, (size[3],), generator=torch.Generator().manual_seed(2))

    assert instruction_set
    assert _errors(name, size, lengths=lengths) < TOLERANCE
    assert (
        _errors(name, size, lengths=lengths, bidirectional=True, num_layers=2, batch_first=True)
        < TOLERANCE
    )


ROLES = [
    (name, role, activation)
    for name in CELLS
    for role, table, has in (
        ("activation", activations(), True),
        ("recurrent_activation", gates(), get_cell(name.lower()).gated),
        ("output_activation", activations(), get_cell(name.lower()).has_output_activation),
    )
    for activation in table
    if has
]


@pytest.mark.parametrize(("name", "role", "activation"), ROLES)
def test_every_activation_in_every_role_equals_the_reference(
    name: str, role: str, activation: str, instruction_set: str
) -> None:
    """At an odd size."""
    assert instruction_set

    assert _errors(name, (3, 19, 7, 5), **{role: activation}) < TOLERANCE


def test_the_kernels_know_the_whole_catalogue(module: ModuleType) -> None:
    """A new row in Python needs one in C++."""
    assert set(module.activations()) == set(activations())
    assert set(module.cells()) == set(cells())


@pytest.mark.parametrize("name", list(activations()))
def test_formulas_and_derivatives_are_those_of_the_python_table(
    name: str, module: ModuleType, instruction_set: str
) -> None:
    """To 1e-6 on a fine grid, far out, and at the kinks; NaN stays NaN."""
    assert instruction_set
    spec = get_activation(name)
    x = torch.cat([
        torch.linspace(-12, 12, 24001), torch.linspace(-90, 90, 1001),
        torch.tensor([-1e4, -3.0, -1.0, -1e-6, 0.0, 1e-6, 1.0, 3.0, 1e4, math.nan]),
    ])  # fmt: skip
    value, slope = torch.empty_like(x), torch.empty_like(x)
    number = module.activations().index(name)
    module.evaluate(number, len(x), x.data_ptr(), value.data_ptr(), slope.data_ptr())
    wanted, wanted_slope = spec.function(x.double()), spec.derivative(x.double())

    assert value[-1].isnan()
    torch.testing.assert_close(value[:-1].double(), wanted[:-1], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(slope[:-1].double(), wanted_slope[:-1], rtol=1e-6, atol=4e-6)


@pytest.mark.parametrize("name", CELLS)
def test_padding_changes_nothing_bit_for_bit(name: str) -> None:
    """What lies behind a sequence's end is not read; its output and gradient there are zero."""
    layer = getattr(nn, name)(3, 9, bidirectional=True, backend="native")
    lengths = torch.tensor([5, 2, 4])
    x = torch.randn(5, 3, 3, generator=torch.Generator().manual_seed(0))
    missing = (torch.arange(5)[:, None] >= lengths).unsqueeze(-1)
    outcomes = []
    for filler in (0.0, math.nan):
        given = x.masked_fill(missing, filler).requires_grad_()
        output, _ = layer(given, lengths=lengths)
        gradients = torch.autograd.grad(output.square().sum(), [given, *layer.parameters()])
        outcomes.append([output.detach(), *gradients])

    for one, two in zip(*outcomes, strict=True):
        assert torch.equal(one, two)
    assert not outcomes[0][0].masked_select(missing).any()
    assert not outcomes[0][1].masked_select(missing).any()


def test_a_sequence_without_steps_hands_its_state_on() -> None:
    """Value and gradient."""
    layer = nn.LSTM(2, 5, backend="native")
    h, c = (torch.randn(1, 3, 5).requires_grad_() for _ in range(2))
    _, (h_n, c_n) = layer(torch.randn(4, 3, 2), (h, c), lengths=torch.tensor([2, 0, 4]))
    gradients = torch.autograd.grad((h_n + 2 * c_n)[:, 1].sum(), [h, c])

    assert torch.equal(h_n[:, 1], h[:, 1])
    assert torch.equal(c_n[:, 1], c[:, 1])
    assert torch.equal(gradients[0][:, 1], torch.ones(1, 5))
    assert torch.equal(gradients[1][:, 1], torch.full((1, 5), 2.0))


@pytest.mark.parametrize("name", CELLS)
def test_repeated_and_simultaneous_runs_are_equal_bit_for_bit(name: str) -> None:
    """Eight threads at once, each with its own layer and data."""

    def run(seed: int) -> list[Tensor]:
        layer = getattr(nn, name)(
            7, 33, generator=torch.Generator().manual_seed(seed), backend="native"
        )
        return _outcome(layer, seed, (20, 9, 7))

    alone = [run(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(run, range(8)))
    for one, two in zip(alone, together, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_denormal_numbers_are_flushed_inside_and_kept_outside() -> None:
    """The state of the processor is as before."""
    layer = nn.RNN(1, 1, activation="identity", bias=False, backend="native")
    with torch.no_grad():
        layer.weight_ih_l0.fill_(1e-20)
        layer.weight_hh_l0.zero_()
    x = torch.full((1, 1, 1), 1e-20)
    inside = layer(x)[0].item()
    outside = (x * torch.tensor(1e-20)).item()

    assert inside == 0.0
    assert outside > 0.0


def test_nothing_is_kept_where_no_gradient_is_wanted() -> None:
    """Under no_grad, and when neither input nor weight asks for one."""
    layer = nn.LSTM(2, 4, backend="native")
    x = torch.randn(3, 2, 2)
    with torch.no_grad():
        quiet, _ = layer(x)

    assert not quiet.requires_grad
    assert torch.equal(quiet, layer(x)[0])
    assert not layer.requires_grad_(requires_grad=False)(x)[0].requires_grad


def test_other_tensors_and_functions_go_to_the_slow_path() -> None:
    """float64, and a function that the kernels do not know: equal to the reference."""
    spec = register_activation("test_cubic", lambda x: x - x.clamp(-1, 1) ** 3 / 3, monotone=True)
    try:
        double = nn.GRU(2, 4).double()
        own = nn.LSTM(2, 4, activation=spec.name)
        assert double(torch.randn(3, 2, 2).double())[0].dtype == torch.float64
        assert not native.supports(own._cells[0])
        x = torch.randn(3, 2, 2)
        reference = nn.LSTM(2, 4, activation=spec.name, backend="reference")
        reference.load_state_dict(own.state_dict())
        torch.testing.assert_close(own(x)[0], reference(x)[0])
    finally:
        from actselect.activations import _table

        del _table["test_cubic"]


def test_a_backend_that_cannot_do_it_says_so() -> None:
    """Asked for by name, not chosen."""
    with pytest.raises(UsageError, match="float32"):
        nn.LSTM(2, 4, backend="native").double()(torch.randn(3, 2, 2).double())


@pytest.mark.parametrize(
    "lengths", [torch.tensor([5, 1]), torch.tensor([-1, 1]), torch.tensor([1])]
)
def test_lengths_that_do_not_fit_are_refused(lengths: Tensor) -> None:
    """Before any memory is touched."""
    with pytest.raises(UsageError, match="lengths"):
        nn.LSTM(2, 4)(torch.randn(3, 2, 2), lengths=lengths)


def test_lengths_that_nobody_checked_never_reach_beyond_the_steps() -> None:
    """The kernels look once more: a network that is called directly checks nothing."""
    layer = nn.GRU(2, 4, backend="native")
    with pytest.raises(ValueError, match="lengths must be from 0"):
        layer.read(torch.randn(3, 2, 2), torch.tensor([3, 4]))
    with pytest.raises(ValueError, match="lengths must be from 0"):
        layer.read_with_pullback(torch.randn(3, 2, 2), torch.tensor([-1, 3]))


def test_torch_compile_takes_a_layer_as_one_opaque_operator() -> None:
    """In one graph, with the same values and gradients."""
    layer = nn.LSTM(3, 6, activation="softsign", backend="native")
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    x = torch.randn(5, 2, 3)
    plain, traced = layer(x)[0], compiled(x)[0]
    one, two = (
        torch.autograd.grad(y.square().sum(), list(layer.parameters())) for y in (plain, traced)
    )

    assert torch.equal(plain, traced)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("grad", [False, True])
def test_torch_accepts_the_operators(grad: bool) -> None:
    """By torch's own checks of schema, fake tensors and autograd registration."""
    x, w_x, w_h = (torch.randn(s, requires_grad=grad) for s in ((4, 2, 3), (20, 3), (20, 5)))
    h0, c0 = (torch.randn(2, 5, requires_grad=grad) for _ in range(2))
    number = native.MODULE.cells().index("lstm") if native.MODULE else 0

    torch.library.opcheck(
        torch.ops.actselect.layer.default,
        (x, w_x, w_h, None, None, h0, c0, None, [number, 1, 6, 1, 0], grad),
        test_utils=("test_schema", "test_autograd_registration", "test_faketensor"),
    )
