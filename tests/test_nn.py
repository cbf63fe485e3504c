"""Layers: torch.nn's equals at the defaults, and alive on every axis."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from actselect import nn
from actselect.activations import activations, gates
from actselect.architecture import LayerSpec
from actselect.cells import cells, get_cell
from actselect.exceptions import UsageError

CELLS = ("rnn", "lstm", "gru", "mgu", "indrnn")
TORCH = ("RNN", "LSTM", "GRU")
LENGTHS = torch.tensor([7, 3, 5, 1])
BACKENDS = ("bptt", "reference")


def _all(*axes: Iterable[object]) -> list[tuple[object, ...]]:
    return list(itertools.product(*axes))


def _spec(cell: str, **changed: str) -> LayerSpec:
    facts = get_cell(cell)
    return LayerSpec(
        activation=changed.get("activation", "tanh"),
        recurrent_activation=changed.get("recurrent_activation", "sigmoid")
        if facts.gated
        else None,
        output_activation=changed.get("output_activation", "tanh")
        if facts.has_output_activation
        else None,
    )


def _layer(cell: str, layers: list[LayerSpec], **options: object) -> nn.Recurrent:
    generator = torch.Generator().manual_seed(0)
    layer = nn.Recurrent(cell, 3, 5, layers, batch_first=True, generator=generator, **options)
    return layer.double()


def _inputs() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return 2 * torch.randn(4, 7, 3, generator=generator, dtype=torch.float64)


def _behaviour(layer: torch.nn.Module, **options: object) -> tuple[Tensor, Tensor]:
    """Return the output and the gradient of all parameters, flat."""
    output, state = layer(_inputs(), **options)
    states = state if isinstance(state, tuple) else (state,)
    loss = (output * torch.linspace(0.1, 1, output.shape[-1]).double()).sum()
    loss = loss + sum(s.sin().sum() for s in states)
    gradient = torch.autograd.grad(loss, list(layer.parameters()))
    return output.detach(), torch.cat([g.flatten() for g in gradient])


def _assert_differs(one: tuple[Tensor, Tensor], two: tuple[Tensor, Tensor]) -> None:
    assert (one[0] - two[0]).abs().max() > 1e-4
    assert (one[1] - two[1]).abs().max() > 1e-4


@pytest.mark.parametrize(
    ("name", "layers", "both", "backend"),
    _all(TORCH, (1, 2, 3), (False, True), BACKENDS),
)
def test_defaults_equal_torch(name: str, layers: int, both: bool, backend: str) -> None:
    """Value and gradient to 1e-10 in float64, on packed sequences, with torch's own weights."""
    options = {"num_layers": layers, "bidirectional": both, "batch_first": True}
    theirs = getattr(torch.nn, name)(3, 5, **options).double()
    ours = getattr(nn, name)(3, 5, **options, backend=backend).double()
    ours.load_state_dict(theirs.state_dict())
    packed = pack_padded_sequence(_inputs(), LENGTHS, batch_first=True, enforce_sorted=False)
    expected, their_state = theirs(packed)
    expected, _ = pad_packed_sequence(expected, batch_first=True)
    output, our_state = ours(_inputs(), lengths=LENGTHS)

    torch.testing.assert_close(output, expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(our_state, their_state, rtol=0, atol=1e-10)
    weights = torch.linspace(-1, 1, output.numel()).double().view_as(output)
    for mine, torchs in zip(
        torch.autograd.grad((output * weights).sum(), list(ours.parameters())),
        torch.autograd.grad((expected * weights).sum(), list(theirs.parameters())),
        strict=True,
    ):
        torch.testing.assert_close(mine, torchs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("name", TORCH)
def test_what_is_read_equals_torch(name: str, both: bool) -> None:
    """At every step its outputs, once its last hidden states, and its states to go on from."""
    theirs = getattr(torch.nn, name)(3, 5, 2, bidirectional=both, batch_first=True).double()
    ours = getattr(nn, name)(3, 5, 2, bidirectional=both, batch_first=True).double()
    ours.load_state_dict(theirs.state_dict())
    packed = pack_padded_sequence(_inputs(), LENGTHS, batch_first=True, enforce_sorted=False)
    expected, state = theirs(packed)
    expected, _ = pad_packed_sequence(expected, batch_first=True)
    columns = state if isinstance(state, tuple) else (state,)

    every, memory = ours.read(_inputs(), LENGTHS, every=True)
    once, _ = ours.read(_inputs(), LENGTHS)

    torch.testing.assert_close(every, expected)
    torch.testing.assert_close(once, torch.cat(list(columns[0][-(1 + both) :]), -1))
    for mine, column in zip(zip(*memory, strict=True), columns, strict=True):
        torch.testing.assert_close(torch.stack(mine), column)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_may_be_read_in_parts(cell: str, dtype: torch.dtype) -> None:
    """The first k steps, then the others with the states of the first, are all T at once."""
    layer = _layer(cell, [_spec(cell)] * 2).to(dtype)
    x = _inputs().to(dtype)
    whole, last = layer.read(x, LENGTHS, every=True)
    for k in (1, 3, 6):
        first, memory = layer.read(x[:, :k], LENGTHS.clamp(max=k), every=True)
        second, after = layer.read(x[:, k:], (LENGTHS - k).clamp(min=0), memory, every=True)

        torch.testing.assert_close(torch.cat([first, second], 1), whole)
        torch.testing.assert_close(after, last)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_without_steps_keeps_its_states(cell: str, dtype: torch.dtype) -> None:
    """Its outputs are zero, and the states after it are those before."""
    layer = _layer(cell, [_spec(cell)] * 2).to(dtype)
    x = _inputs().to(dtype)
    _, memory = layer.read(x)
    for way in ("read", "read_with_pullback"):
        output, after, *_ = getattr(layer, way)(x, torch.tensor([0, 7, 0, 2]), memory, every=True)

        assert not output[[0, 2]].any()
        for states, before in zip(after, memory, strict=True):
            for state, old in zip(states, before, strict=True):
                assert torch.equal(state[[0, 2]], old[[0, 2]])
                assert not torch.equal(state[[1, 3]], old[[1, 3]])


@pytest.mark.parametrize("name", TORCH)
def test_state_dicts_go_both_ways(name: str) -> None:
    """Names and shapes are torch's."""
    theirs = getattr(torch.nn, name)(3, 5, 2, bidirectional=True)
    ours = getattr(nn, name)(3, 5, 2, bidirectional=True)

    theirs.load_state_dict(ours.state_dict())
    assert list(theirs.state_dict()) == list(ours.state_dict())


def test_packed_unbatched_and_time_first_inputs_are_as_in_torch() -> None:
    """Output shapes and values follow torch.nn.LSTM for all three."""
    theirs, ours = torch.nn.LSTM(3, 5).double(), nn.LSTM(3, 5).double()
    ours.load_state_dict(theirs.state_dict())
    x = _inputs().transpose(0, 1)
    packed = pack_padded_sequence(x, LENGTHS, enforce_sorted=False)
    hx = (torch.ones(1, 4, 5).double(), torch.ones(1, 4, 5).double())

    torch.testing.assert_close(ours(x, hx), theirs(x, hx))
    torch.testing.assert_close(ours(x[:, 0]), theirs(x[:, 0]))
    mine, torchs = ours(packed), theirs(packed)
    torch.testing.assert_close(pad_packed_sequence(mine[0]), pad_packed_sequence(torchs[0]))
    torch.testing.assert_close(mine[1], torchs[1])


def test_constructors_take_what_torch_takes() -> None:
    """By position and by name: nonlinearity, device, dtype; projections are refused."""
    by_position = (3, 5, 2, "relu", False, True)
    theirs, ours = (module.RNN(*by_position).double() for module in (torch.nn, nn))
    ours.load_state_dict(theirs.state_dict())
    double = nn.LSTM(3, 5, device="cpu", dtype=torch.float64)
    double.flatten_parameters()
    double.reset_parameters(torch.Generator().manual_seed(3))

    torch.testing.assert_close(ours(_inputs()), theirs(_inputs()))
    assert nn.RNN(3, 5, nonlinearity="relu").layers == ours.layers[:1]
    assert double.weight_hh_l0.dtype == torch.float64
    with pytest.raises(UsageError, match="not both"):
        nn.RNN(3, 5, nonlinearity="relu", activation="tanh")
    with pytest.raises(UsageError, match="proj_size must be 0"):
        nn.LSTM(3, 5, proj_size=2)


@pytest.mark.parametrize(("cell", "name"), _all(CELLS, activations()))
def test_the_activation_is_alive(cell: str, name: str) -> None:
    """Every catalogue activation changes output and gradient of every cell, weights being equal."""
    if name == "tanh":
        return
    one = _layer(cell, [_spec(cell)])
    two = _layer(cell, [_spec(cell, activation=name)])
    two.load_state_dict(one.state_dict())

    _assert_differs(_behaviour(one), _behaviour(two))


@pytest.mark.parametrize(("cell", "name"), _all(("lstm", "gru", "mgu"), gates()))
def test_the_recurrent_activation_is_alive(cell: str, name: str) -> None:
    """Every gate activation changes output and gradient of every gated cell."""
    if name == "sigmoid":
        return
    one = _layer(cell, [_spec(cell)])
    two = _layer(cell, [_spec(cell, recurrent_activation=name)])
    two.load_state_dict(one.state_dict())

    _assert_differs(_behaviour(one), _behaviour(two))


@pytest.mark.parametrize("name", [n for n in activations() if n != "tanh"])
def test_the_output_activation_is_alive(name: str) -> None:
    """Every catalogue activation on the LSTM's cell state changes output and gradient."""
    one = _layer("lstm", [_spec("lstm")])
    two = _layer("lstm", [_spec("lstm", output_activation=name)])
    two.load_state_dict(one.state_dict())

    _assert_differs(_behaviour(one), _behaviour(two))


@pytest.mark.parametrize(("cell", "changed"), _all(CELLS, (0, 1)))
def test_each_layer_of_a_mix_is_alive(cell: str, changed: int) -> None:
    """Changing one layer's activation changes the network."""
    mix = [_spec(cell), _spec(cell)]
    one = _layer(cell, mix)
    mix[changed] = _spec(cell, activation="softsign")
    two = _layer(cell, mix)
    two.load_state_dict(one.state_dict())

    _assert_differs(_behaviour(one), _behaviour(two))


@pytest.mark.parametrize("cell", CELLS)
def test_depth_and_direction_are_alive(cell: str) -> None:
    """A second layer and a second direction change the output where shapes allow to compare."""
    one, two = _layer(cell, [_spec(cell)]), _layer(cell, [_spec(cell)] * 2)
    both = _layer(cell, [_spec(cell)], bidirectional=True)
    two.load_state_dict({**two.state_dict(), **one.state_dict()})
    plain, _ = one(_inputs())

    assert (two(_inputs())[0] - plain).abs().max() > 1e-4
    forward, backward = both(_inputs())[0].chunk(2, -1)
    assert (forward - backward).abs().max() > 1e-4


@pytest.mark.parametrize("cell", CELLS)
def test_cells_differ_from_each_other(cell: str) -> None:
    """No two cells compute the same function of the same inputs."""
    mine = _behaviour(_layer(cell, [_spec(cell)]))[0]
    others = [_behaviour(_layer(c, [_spec(c)]))[0] for c in CELLS if c != cell]

    assert all((mine - other).abs().max() > 1e-4 for other in others)


@pytest.mark.parametrize(("cell", "both"), _all(CELLS, (False, True)))
def test_padding_changes_neither_output_nor_gradient(cell: str, both: bool) -> None:
    """A sequence alone and the same one padded beside others are the same to the network."""
    layer = _layer(cell, [_spec(cell)] * 2, bidirectional=both)
    x = _inputs()
    garbage = x.clone()
    for row, length in enumerate(LENGTHS.tolist()):
        garbage[row, length:] = 1e3

    def gradient(output: Tensor) -> Tensor:
        return torch.autograd.grad(output.square().sum(), layer.weight_hh_l0)[0]

    batch, _ = layer(garbage, lengths=LENGTHS)
    alone = [layer(x[i : i + 1, :n])[0] for i, n in enumerate(LENGTHS.tolist())]
    for row, output in enumerate(alone):
        torch.testing.assert_close(batch[row : row + 1, : output.shape[1]], output)
        assert batch[row, output.shape[1] :].abs().sum() == 0
    together = sum(gradient(output) for output in alone)
    torch.testing.assert_close(gradient(batch), together)


@pytest.mark.parametrize(("cell", "name"), _all(CELLS, ("softsign", "mish", "relu")))
def test_the_two_backends_agree(cell: str, name: str) -> None:
    """Hand-written backpropagation equals autograd over the loop, value and gradient, to 1e-12."""
    spec = _spec(cell, activation=name, recurrent_activation="elliott", output_activation="sin")
    fast = _layer(cell, [spec] * 2, backend="bptt")
    plain = _layer(cell, [spec] * 2, backend="reference")

    for mine, expected in zip(
        _behaviour(fast, lengths=LENGTHS), _behaviour(plain, lengths=LENGTHS), strict=True
    ):
        torch.testing.assert_close(mine, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_agree_with_finite_differences(cell: str) -> None:
    """Torch's gradcheck on inputs and initial states."""
    layer = _layer(cell, [_spec(cell, activation="softsign")])
    states = [
        torch.randn(1, 2, 5).double().requires_grad_() for _ in range(get_cell(cell).n_states)
    ]
    x = _inputs()[:2, :4].requires_grad_()

    def run(x: Tensor, *states: Tensor) -> Tensor:
        hx = states[0] if len(states) == 1 else states
        return layer(x, hx, lengths=torch.tensor([4, 2]))[0]

    assert torch.autograd.gradcheck(run, (x, *states))


def test_mgu_is_what_its_paper_says() -> None:
    """Zhou et al. 2016, equations 13-15, written out with numpy's primitives."""
    layer = _layer("mgu", [_spec("mgu")])
    x = _inputs()
    w = {name: p.detach() for name, p in layer.named_parameters()}
    h = torch.zeros(4, 5).double()
    for t in range(7):
        a = x[:, t] @ w["weight_ih_l0"].T + w["bias_ih_l0"]
        b = h @ w["weight_hh_l0"].T + w["bias_hh_l0"]
        f = 1 / (1 + torch.exp(-(a[:, :5] + b[:, :5])))
        h = (1 - f) * h + f * torch.tanh(a[:, 5:] + f * b[:, 5:])

    torch.testing.assert_close(layer(x)[1][0], h)


def test_indrnn_is_what_its_paper_says() -> None:
    """Li et al. 2018, equation 2: each unit sees its own past only."""
    layer = _layer("indrnn", [_spec("indrnn", activation="relu")])
    x = _inputs()
    w = {name: p.detach() for name, p in layer.named_parameters()}
    h = torch.zeros(4, 5).double()
    for t in range(7):
        a = x[:, t] @ w["weight_ih_l0"].T + w["bias_ih_l0"] + w["bias_hh_l0"]
        h = (a + w["weight_hh_l0"] * h).clamp(min=0)

    torch.testing.assert_close(layer(x)[1][0], h)


@pytest.mark.parametrize("cell", CELLS)
def test_parameters_are_counted_right(cell: str) -> None:
    """The count without weights equals the weights."""
    layer = _layer(cell, [_spec(cell)])

    assert get_cell(cell).parameter_count(3, 5) == sum(p.numel() for p in layer.parameters())


def test_initialisation_is_what_the_sources_say() -> None:
    """Orthogonal; identity for relu; forget bias 1; and the same generator gives the same
    weights.
    """
    lstm, again = _layer("lstm", [_spec("lstm")]), _layer("lstm", [_spec("lstm")])
    irnn = _layer("rnn", [_spec("rnn", activation="relu")])
    eye = torch.eye(5).double()

    for block in lstm.weight_hh_l0.unflatten(0, (4, 5)):
        torch.testing.assert_close(block @ block.T, eye, atol=1e-5, rtol=0)
    torch.testing.assert_close(irnn.weight_hh_l0.detach(), eye)
    forget = (lstm.bias_ih_l0 + lstm.bias_hh_l0).unflatten(0, (4, 5))[1]
    torch.testing.assert_close(forget.detach(), torch.ones(5).double())
    assert torch.equal(lstm.weight_ih_l0, again.weight_ih_l0)


def test_the_global_random_state_is_left_alone() -> None:
    """When a generator is given, torch's own does not move."""
    before = torch.get_rng_state()
    _layer("gru", [_spec("gru")])

    assert torch.equal(before, torch.get_rng_state())


def test_wrong_arguments_say_what_would_be_right() -> None:
    """Argument, value and rule."""
    with pytest.raises(UsageError, match=r"range within \[0, 1\]"):
        nn.LSTM(3, 5, recurrent_activation="tanh")
    with pytest.raises(UsageError, match="one per layer"):
        nn.GRU(3, 5, num_layers=2, activation=["tanh"])
    with pytest.raises(UsageError, match="F = 3"):
        nn.RNN(3, 5)(torch.zeros(2, 4, 7))
    with pytest.raises(UsageError, match="must not be empty"):
        nn.RNN(3, 5)(torch.zeros(2, 0, 3))


def test_the_catalogue_holds_the_cells_that_were_promised() -> None:
    """By name."""
    assert set(CELLS) <= set(cells())


@pytest.mark.parametrize("way", ["autograd", "pullback"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", CELLS)
def test_a_step_gives_its_memory_back(cell: str, dtype: torch.dtype, way: str) -> None:
    """Without the garbage collector: no batch holds itself alive through its own graph."""
    layer = _layer(cell, [_spec(cell)] * 2).to(dtype)
    x = _inputs().to(dtype)

    def tensors_after_a_step() -> int:
        if way == "autograd":
            layer(x)[0].sum().backward()
        else:
            last, _, pullback = layer.read_with_pullback(x)
            pullback(last)
            del last, pullback
        return sum(type(found) is Tensor for found in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        counts = [tensors_after_a_step() for _ in range(3)]
    finally:
        gc.enable()

    assert counts[0] == counts[2]
