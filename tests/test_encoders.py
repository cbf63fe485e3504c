"""Encoders: torch's own embeddings and convolutions, padding that means nothing, their facts."""

from __future__ import annotations

import json

import pytest
import torch
from torch.nn import functional

from actselect.encoders import (
    Captioned,
    Captions,
    Embedding,
    Encoder,
    Numbers,
    Symbols,
    build_encoder,
    encoder_facts,
    encoder_from_facts,
)

PICTURE = Captions(size=7, embedding=4, vector=3, picture=(3, 9, 6))
FEATURES = Captions(size=7, embedding=4, vector=3, picture=(5,))
ENCODERS = (Numbers(width=3), Symbols(size=8, width=4, per_step=2), PICTURE, FEATURES)


def _embedding(per_step: int = 1) -> Embedding:
    module = build_encoder(Symbols(size=8, width=4, per_step=per_step), _stream())
    assert isinstance(module, Embedding)
    return module


def _captioned(spec: Captions) -> Captioned:
    module = build_encoder(spec, _stream())
    assert isinstance(module, Captioned)
    return module


def _stream() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_one_symbol_a_step_is_an_embedding() -> None:
    """As torch.nn.Embedding has it."""
    ours = _embedding()
    theirs = torch.nn.Embedding.from_pretrained(ours.weight.detach(), padding_idx=0)
    inputs = torch.randint(0, 8, (3, 5), generator=_stream())

    assert torch.equal(ours(inputs), theirs(inputs))


def test_several_symbols_a_step_are_a_sum_of_embeddings() -> None:
    """As torch.nn.Embedding has it, added up by hand."""
    ours = _embedding(per_step=3)
    theirs = torch.nn.Embedding.from_pretrained(ours.weight.detach(), padding_idx=0)
    inputs = torch.randint(0, 8, (3, 5, 3), generator=_stream())

    torch.testing.assert_close(ours(inputs), theirs(inputs).sum(-2))


def test_both_ways_of_giving_one_symbol_are_the_same() -> None:
    """(B, T) and (B, T, 1)."""
    ours = _embedding()
    inputs = torch.randint(0, 8, (3, 5), generator=_stream())

    torch.testing.assert_close(ours(inputs), ours(inputs[..., None]))


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1), (1, 1, 3)])
def test_padding_means_nothing_and_is_not_trained(shape: tuple[int, ...]) -> None:
    """Symbol 0 adds zero, and its row has no gradient; the others have theirs."""
    ours = _embedding(per_step=shape[-1])
    symbols = torch.tensor([5, 0, 2]).view(shape)
    output = ours(symbols)

    torch.testing.assert_close(output.sum((0, 1)), ours.weight[5] + ours.weight[2])
    (gradient,) = torch.autograd.grad(output.sum(), ours.weight)
    assert gradient.any(1).nonzero().flatten().tolist() == [2, 5]
    with torch.no_grad():
        ours.weight[0] = 9.0  # not even then
    if len(shape) == 3:
        torch.testing.assert_close(ours(symbols), output)


def test_a_symbol_starts_with_unit_variance_and_a_sum_of_parts_smaller() -> None:
    """By one over the root of how many it is a sum of."""
    for per_step in (1, 9):
        module = build_encoder(Symbols(size=2000, width=16, per_step=per_step), _stream())
        assert module is not None
        inputs = torch.randint(1, 2000, (20, 50, per_step), generator=_stream())
        assert module(inputs).std().item() == pytest.approx(per_step**-0.5, abs=0.05)


def test_a_picture_stands_beside_every_word() -> None:
    """Two convolutions, poolings and a linear layer, written out with torch's functions."""
    ours = _captioned(PICTURE)
    words = torch.randint(0, 7, (2, 5), generator=_stream())
    pictures = torch.randint(0, 256, (2, 3, 9, 6), generator=_stream(), dtype=torch.uint8)
    weights = dict(ours.named_parameters())
    seen = pictures.float() / 255
    for i in range(2):
        seen = functional.conv2d(
            seen, weights[f"convolutions.{i}.weight"], weights[f"convolutions.{i}.bias"], padding=1
        )
        seen = functional.max_pool2d(seen.clamp(min=0), 2)
    vector = torch.tanh(seen.flatten(1) @ weights["vector.weight"].T + weights["vector.bias"])

    output = ours(words, pictures)

    assert output.shape == (2, 5, PICTURE.width)
    torch.testing.assert_close(output[..., :4], weights["words.weight"][words])
    for step in range(5):
        torch.testing.assert_close(output[:, step, 4:], vector)


def test_features_of_a_picture_go_through_a_linear_layer() -> None:
    """As they are, not divided by 255."""
    ours = _captioned(FEATURES)
    features = torch.randn(2, 5, generator=_stream())
    weights = dict(ours.named_parameters())

    output = ours(torch.ones(2, 1, dtype=torch.int64), features)

    expected = torch.tanh(features @ weights["vector.weight"].T + weights["vector.bias"])
    torch.testing.assert_close(output[:, 0, 4:], expected)


@pytest.mark.parametrize("spec", ENCODERS, ids=lambda spec: type(spec).__name__)
def test_weights_are_counted(spec: Encoder) -> None:
    """The count without weights is that of the module."""
    module = build_encoder(spec, _stream())

    counted = 0 if module is None else sum(p.numel() for p in module.parameters())
    assert spec.parameter_count == counted


@pytest.mark.parametrize("spec", ENCODERS, ids=lambda spec: type(spec).__name__)
def test_facts_survive_json(spec: Encoder) -> None:
    """What is written into a study's folder describes the same encoder."""
    assert encoder_from_facts(json.loads(json.dumps(encoder_facts(spec)))) == spec


def test_facts_of_another_version_are_no_encoder() -> None:
    """An unknown kind is a KeyError, other parameters a TypeError: a damaged model, it is told."""
    with pytest.raises(KeyError, match="Wavelets"):
        encoder_from_facts({"kind": "Wavelets", "width": 3})
    with pytest.raises(TypeError, match="depth"):
        encoder_from_facts({"kind": "Numbers", "width": 3, "depth": 1})


@pytest.mark.parametrize("spec", ENCODERS[1:], ids=lambda spec: type(spec).__name__)
def test_weights_come_from_the_generator_alone(spec: Encoder) -> None:
    """Same seed, same weights; torch's own random state does not move."""
    before = torch.get_rng_state()
    one, two = build_encoder(spec, _stream()), build_encoder(spec, _stream())

    assert one is not None
    assert two is not None
    assert torch.equal(before, torch.get_rng_state())
    for mine, again in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(mine, again)
