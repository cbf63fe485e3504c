"""Which architectures a claim wants, and which it would have to beat: the rules of the judgement.

A rule compares like with like.  What a claim says of an *activation* is judged between
architectures that are alike in all but activations; what it says of a *cell* is judged between all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from actselect.records import ArchitectureRecord

Question = Callable[[ArchitectureRecord], bool]
Key = tuple[object, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one claim is judged.

    Args:
        claim: id of the claim.
        wants: whether an architecture is what the claim recommends.
        rival: whether it is what the claim recommends something better than.
        alike: what an architecture and its rival must have in common.
    """

    claim: str
    wants: Question
    rival: Question
    alike: Callable[[ArchitectureRecord], Key]


def skeleton(one: ArchitectureRecord) -> Key:
    """Return all of an architecture but its activations and its size, which is matched."""
    return one.cell, one.num_layers, one.bidirectional


def skeleton_with_head(one: ArchitectureRecord) -> Key:
    """Return all of an architecture but the activations of its recurrent layers."""
    return *skeleton(one), one.head_activation


def _anything(_: ArchitectureRecord) -> Key:
    return ()


def candidates(one: ArchitectureRecord) -> set[str]:
    """Return the activations on the candidates of all layers."""
    return {layer.activation for layer in one.layers}


def usual(one: ArchitectureRecord) -> bool:
    """Return whether the activations are those usual in an LSTM: tanh, and sigmoid on gates."""
    return all(
        layer.activation == "tanh"
        and layer.recurrent_activation in (None, "sigmoid")
        and layer.output_activation in (None, "tanh")
        for layer in one.layers
    )


def gated(one: ArchitectureRecord) -> bool:
    """Return whether the cell has gates."""
    return one.layers[0].recurrent_activation is not None


def mixed(one: ArchitectureRecord) -> bool:
    """Return whether the layers have different activations."""
    return len(set(one.layers)) > 1


def _deep(one: ArchitectureRecord) -> bool:
    return one.num_layers > 1


def _all_relu(one: ArchitectureRecord) -> bool:
    return candidates(one) == {"relu"}


def _no_relu(one: ArchitectureRecord) -> bool:
    return "relu" not in candidates(one) | {one.head_activation}


def _usual_in(*cells: str) -> Question:
    return lambda one: one.cell in cells and usual(one)


def _not(question: Question) -> Question:
    return lambda one: not question(one)


RULES: Final = (
    Rule(
        claim="time-series-tanh",
        wants=usual,
        rival=lambda one: "tanh" not in candidates(one),
        alike=skeleton_with_head,
    ),
    Rule(
        claim="long-dependencies-gated",
        wants=_usual_in("lstm", "gru"),
        rival=_not(gated),
        alike=_anything,
    ),
    Rule(
        claim="deep-relu",
        wants=lambda one: _deep(one) and _all_relu(one),
        rival=lambda one: _deep(one) and "relu" not in candidates(one),
        alike=skeleton_with_head,
    ),
    Rule(
        claim="deep-mix",
        wants=lambda one: _deep(one) and mixed(one),
        rival=lambda one: _deep(one) and not mixed(one),
        alike=skeleton_with_head,
    ),
    Rule(
        claim="nlp-lstm",
        wants=_usual_in("lstm"),
        rival=_not(_usual_in("lstm")),
        alike=_anything,
    ),
    Rule(
        claim="forecasting-relu",
        wants=_all_relu,
        rival=_no_relu,
        alike=skeleton,
    ),
    Rule(
        claim="captioning-gru",
        wants=_usual_in("gru"),
        rival=_not(_usual_in("gru")),
        alike=_anything,
    ),
)
