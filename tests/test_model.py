"""Models and search spaces: alive on every axis, equal in size, and expressible in Optuna."""

from __future__ import annotations

import itertools

import numpy as np
import optuna
import pytest
import torch

from actselect.activations import activations
from actselect.architecture import Architecture, LayerSpec
from actselect.encoders import Captions, Encoder, Numbers, Symbols
from actselect.exceptions import UnknownNameError, UsageError
from actselect.model import RecurrentModel, matched_hidden_size, parameter_count, work_per_step
from actselect.recurrence import Backend
from actselect.search_space import SearchSpace, make_space

SIZES = {"input_size": 3, "output_size": 2}
NETWORK = {"encoder": Numbers(width=3), "output_size": 2}
LSTM = LayerSpec(activation="tanh", recurrent_activation="sigmoid", output_activation="tanh")
RNN = LayerSpec(activation="tanh")


def _model(architecture: Architecture) -> RecurrentModel:
    generator = torch.Generator().manual_seed(0)
    return RecurrentModel(architecture, generator=generator, **NETWORK).double()


def _space(**changed: object) -> SearchSpace:
    options: dict[str, object] = {"bidirectional_allowed": True, **SIZES, **changed}
    return make_space(str(options.pop("kind", "small")), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [n for n in activations() if n not in ("identity", "tanh")])
def test_the_head_activation_is_alive(name: str) -> None:
    """Each catalogue activation in the head changes output and gradient, weights being equal."""
    one = _model(Architecture(cell="rnn", layers=(RNN,), hidden_size=5, head_activation="tanh"))
    two = _model(Architecture(cell="rnn", layers=(RNN,), hidden_size=5, head_activation=name))
    two.load_state_dict(one.state_dict())
    x = torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(1)).double()
    lengths = torch.full((4,), 6)
    outputs = [m(x, lengths) for m in (one, two)]
    gradients = [
        torch.autograd.grad(o.square().sum(), m.recurrent.weight_ih_l0)[0]
        for o, m in zip(outputs, (one, two), strict=True)
    ]

    assert (outputs[0] - outputs[1]).abs().max() > 1e-4
    assert (gradients[0] - gradients[1]).abs().max() > 1e-4


@pytest.mark.parametrize("both", [False, True])
def test_padding_never_changes_a_prediction(both: bool) -> None:
    """The head sees each sequence's own last step, in both directions."""
    architecture = Architecture(cell="lstm", layers=(LSTM, LSTM), hidden_size=5, bidirectional=both)
    model = _model(architecture)
    x = torch.randn(3, 9, 3).double()
    lengths = torch.tensor([9, 4, 1])
    x[1, 4:], x[2, 1:] = 1e3, -1e3
    together = model(x, lengths)
    alone = [model(x[i : i + 1, :n], torch.tensor([n])) for i, n in enumerate(lengths.tolist())]

    torch.testing.assert_close(together, torch.cat(alone))


@pytest.mark.parametrize("backend", ["auto", "reference"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("cell", "depth", "both", "head"),
    [("lstm", 1, False, "identity"), ("gru", 2, True, "relu"), ("indrnn", 3, True, "tanh")],
)
def test_the_pullback_is_the_gradient_of_autograd(
    cell: str, depth: int, both: bool, head: str, dtype: torch.dtype, backend: Backend
) -> None:
    """Of every parameter, in order; also of sequences of different lengths."""
    architecture = _space().build(
        cell=cell, activations=["softsign", "gelu", "tanh"][:depth],
        recurrent_activation="sigmoid", bidirectional=both, head_activation=head,
    )  # fmt: skip
    stream = torch.Generator().manual_seed(0)
    model = RecurrentModel(architecture, generator=stream, **NETWORK, backend=backend).to(dtype)
    x = torch.randn(4, 6, SIZES["input_size"], generator=stream).to(dtype)
    grad = torch.randn(4, SIZES["output_size"], generator=stream).to(dtype)
    for lengths in (None, torch.tensor([6, 1, 3, 6])):
        wanted = model(x, lengths)
        gradients = torch.autograd.grad(wanted, list(model.parameters()), grad)
        output, _, pullback = model.with_pullback(x, lengths)

        torch.testing.assert_close(output, wanted)
        for ours, autograd in zip(pullback(grad), gradients, strict=True):
            torch.testing.assert_close(ours, autograd)


READ = {
    "numbers": (Numbers(width=3), None),
    "symbols": (Symbols(size=9, width=4), None),
    "words and parts": (Symbols(size=9, width=4, per_step=3), None),
    "pictures": (Captions(size=9, embedding=4, vector=2, picture=(1, 8, 8)), (4, 1, 8, 8)),
    "features": (Captions(size=9, embedding=4, vector=2, picture=(5,)), (4, 5)),
}


def _read(
    encoder: Encoder, picture: tuple[int, ...] | None, dtype: torch.dtype, stream: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return inputs of 4 sequences of 6 steps, and what belongs to no step."""
    if isinstance(encoder, Numbers):
        inputs = torch.randn(4, 6, encoder.width, generator=stream).to(dtype)
    else:
        per_step = encoder.per_step if isinstance(encoder, Symbols) else 1
        inputs = torch.randint(0, 9, (4, 6, per_step)[: 2 + (per_step > 1)], generator=stream)
    context = None if picture is None else torch.randn(picture, generator=stream).to(dtype)
    return inputs, context


@pytest.mark.parametrize("carried", [False, True])
@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize(
    ("backend", "dtype"),
    [("auto", torch.float32), ("bptt", torch.float64), ("reference", torch.float64)],
)
@pytest.mark.parametrize("kind", READ)
def test_the_pullback_reaches_the_encoder(
    kind: str, backend: Backend, dtype: torch.dtype, every: bool, carried: bool
) -> None:
    """At every step or once, with states carried in, also of sequences that have ended."""
    encoder, picture = READ[kind]
    stream = torch.Generator().manual_seed(0)
    model = RecurrentModel(
        Architecture(cell="lstm", layers=(LSTM, LSTM), hidden_size=5, head_activation="tanh"),
        encoder=encoder, output_size=2, every=every, generator=stream, backend=backend,
    ).to(dtype)  # fmt: skip
    inputs, context = _read(encoder, picture, dtype, stream)
    memory = None
    if carried:
        with torch.no_grad():
            _, memory = model.run(inputs.flip(0, 1), None, context)
    grad = torch.randn(4, 6, 2, generator=stream).to(dtype) if every else torch.ones(4, 2).to(dtype)
    for lengths in (None, torch.tensor([6, 0, 3, 1])):
        wanted, their_memory = model.run(inputs, lengths, context, memory)
        gradients = torch.autograd.grad(wanted, list(model.parameters()), grad)
        output, after, pullback = model.with_pullback(inputs, lengths, context, memory)

        torch.testing.assert_close(output, wanted)
        torch.testing.assert_close(after, their_memory)
        for ours, autograd in zip(pullback(grad), gradients, strict=True):
            torch.testing.assert_close(ours, autograd)


def test_gradients_do_not_reach_carried_states() -> None:
    """What was read before is as good as given: those of a second part are the same then."""
    model = _model(Architecture(cell="lstm", layers=(LSTM,), hidden_size=5))
    x = torch.randn(3, 8, 3, generator=torch.Generator().manual_seed(1)).double()
    _, memory, _ = model.with_pullback(x[:, :4])
    assert not any(state.requires_grad for states in memory for state in states)
    given = [tuple(state.clone() for state in states) for states in memory]

    output, _, pullback = model.with_pullback(x[:, 4:], memory=memory)
    expected, _ = model.run(x[:, 4:], memory=given)

    ours = pullback(torch.ones_like(output))
    theirs = torch.autograd.grad(expected.sum(), list(model.parameters()))
    torch.testing.assert_close(ours, list(theirs))


@pytest.mark.parametrize(
    ("cell", "depth", "both", "head"),
    list(itertools.product(("rnn", "lstm", "gru", "mgu", "indrnn"), (1, 3), (False, True),
                           ("identity", "relu"))),
)  # fmt: skip
def test_parameters_are_counted_and_matched(cell: str, depth: int, both: bool, head: str) -> None:
    """The count is the model's, and the matched size is the nearest to the LSTM's budget."""
    space = _space()
    draft = space.build(
        cell=cell, activations=["tanh"] * depth, recurrent_activation="sigmoid",
        bidirectional=both, head_activation=head,
    )  # fmt: skip
    count = sum(p.numel() for p in _model(draft).parameters())
    budget = parameter_count(Architecture(cell="lstm", layers=(LSTM,), hidden_size=32), **SIZES)
    neighbours = [
        parameter_count(
            Architecture(cell=cell, layers=draft.layers, hidden_size=draft.hidden_size + change,
                         bidirectional=both, head_activation=head), **SIZES
        )
        for change in (-1, 1)
        if draft.hidden_size + change > 0
    ]  # fmt: skip

    assert count == parameter_count(draft, **SIZES)
    assert all(abs(count - budget) <= abs(n - budget) for n in neighbours)
    assert count == pytest.approx(budget, rel=0.1)
    assert work_per_step(draft, **SIZES) > count


def test_hidden_sizes_can_be_matched_instead() -> None:
    """With ``match="hidden"`` everybody has the same."""
    sizes = {a.hidden_size for a in _space(match="hidden", hidden_size=11).architectures()}

    assert sizes == {11}
    with pytest.raises(UsageError, match="'parameters' or 'hidden'"):
        matched_hidden_size(
            _space().defaults()[0],
            **SIZES,
            reference=8,
            match="weights",  # type: ignore[arg-type]
        )


@pytest.mark.parametrize("kind", ["small", "full"])
def test_optuna_gives_back_what_was_put_in(kind: str) -> None:
    """parameters() and suggest() are inverse, and every parameter is one that the cell has."""
    space = _space(kind=kind, depths=[1, 2])
    everything = list(itertools.islice(space.architectures(), 0, None, 97 if kind == "full" else 1))
    for architecture in everything:
        parameters = space.parameters(architecture)
        assert space.suggest(optuna.trial.FixedTrial(parameters)) == architecture
        assert ("recurrent_activation" in parameters) == (
            architecture.cell in ("lstm", "gru", "mgu")
        )
        assert ("output_activation" in parameters) == (architecture.cell == "lstm")
        assert architecture in space


def test_the_size_is_the_number_of_architectures() -> None:
    """Counted without listing, with mixes and without."""
    for options in ({}, {"mix": True}, {"bidirectional": True, "depths": [1]}):
        space = _space(**options)
        assert space.size() == len({a.key for a in space.architectures()})


def test_mixes_have_different_activations_per_layer() -> None:
    """And only when they were asked for."""

    def mixed(space: SearchSpace) -> bool:
        return any(len({s.activation for s in a.layers}) > 1 for a in space.architectures())

    assert mixed(_space(mix=True))
    assert not mixed(_space())


def test_impossible_spaces_are_refused_with_what_would_be_possible() -> None:
    """Unknown names, gates that are none, depths out of range, empty axes."""
    with pytest.raises(UnknownNameError, match="Did you mean 'lstm'"):
        _space(cells_=["lstn"])
    with pytest.raises(UsageError, match="elliott, hard_sigmoid, sigmoid"):
        _space(recurrent_activations=["tanh"])
    with pytest.raises(UsageError, match="from 1 to"):
        _space(depths=[0])
    with pytest.raises(UsageError, match="at least one value"):
        _space(activations_=[])
    with pytest.raises(UsageError, match="'small' or 'full'"):
        _space(kind="huge")


def test_labels_and_keys_tell_architectures_apart() -> None:
    """Within one space no two share a key, nor a label."""
    space = _space(kind="full", depths=[1, 2], activations_=["tanh", "relu"])
    everything = list({a.key: a for a in space.architectures()}.values())

    assert len({a.label for a in everything}) == len(everything)
    assert np.unique([a.key for a in everything]).size == len(everything)


def test_defaults_outside_the_space_are_counted_beside_it() -> None:
    """Or they would take the place of what the user asked for."""
    space = _space(cells_=["rnn"], activations_=["softsign"], depths=[1])

    assert space.size() == 1
    assert space.entrants() == 4
    assert _space().entrants() == _space().size()
