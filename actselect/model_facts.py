"""What the description of a network must say for its task, so that a prediction can rely on it.

Notation: F features, K outputs, V symbols, H horizon, Q quantiles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Final, final

from pydantic import Field, TypeAdapter

from actselect.encoders import Captions, Encoder, Numbers, Symbols
from actselect.tasks._vocabulary import FIRST

Positive = Annotated[int, Field(ge=1)]
Level = Annotated[float, Field(gt=0.0, lt=1.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    horizon: Positive
    lookback: Positive
    quantiles: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Classes:
    classes: tuple[str, ...]
    several: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tags:
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    characters: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    longest: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pictures:
    longest: Positive
    picture: tuple[Positive, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nothing:
    pass


Facts = _Steps | _Classes | _Tags | _Events | _Text | _Written | _Pictures | _Nothing


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What networks of a task have in common.

    Args:
        facts: what the task notes.
        encoders: what their steps may hold.
        every: whether they answer at every step.
        both_ways: whether they may read backwards.
        scaling: arrays of numbers beside the weights; of symbols there are none.
    """

    facts: type[Facts]
    encoders: tuple[type[Encoder], ...]
    every: bool
    both_ways: bool
    scaling: tuple[str, ...] = ("mean", "scale")


_ROWS: Final[Mapping[str, _Row]] = {
    "forecasting": _Row(facts=_Steps, encoders=(Numbers,), every=False, both_ways=True),
    "classification": _Row(facts=_Classes, encoders=(Numbers,), every=False, both_ways=True,
                           scaling=("mean", "scale", "weights")),
    "regression": _Row(facts=_Nothing, encoders=(Numbers,), every=False, both_ways=True,
                       scaling=("mean", "scale", "target")),
    "text-classification": _Row(facts=_Classes, encoders=(Symbols,), every=False, both_ways=True),
    "tagging": _Row(facts=_Tags, encoders=(Numbers, Symbols), every=True, both_ways=True),
    "event-forecasting": _Row(facts=_Events, encoders=(Numbers,), every=True, both_ways=False,
                              scaling=()),
    "language-modeling": _Row(facts=_Text, encoders=(Symbols,), every=True, both_ways=False),
    "sequence-to-sequence": _Row(facts=_Written, encoders=(Symbols,), every=True, both_ways=False),
    "captioning": _Row(facts=_Pictures, encoders=(Captions,), every=True, both_ways=False),
}  # fmt: skip  # a test compares with the catalogue of tasks


def check_description(
    task: str,
    facts: Mapping[str, Any],
    encoder: Encoder,
    *,
    features: int,
    outputs: int,
    every: bool,
    bidirectional: bool,
    words: Mapping[str, Sequence[str]],
) -> None:
    """Raise unless the description of a network fits its task and itself.

    Args:
        task: name of the task.
        facts: what it noted for predictions.
        encoder: what the steps hold.
        features: F.
        outputs: K.
        every: whether the network answers at every step.
        bidirectional: whether it reads both ways.
        words: scaling that is text.

    Raises:
        ValueError: what is wrong.
    """
    _require(task in _ROWS, f"there is no task {task!r}")
    row = _ROWS[task]
    known = _facts(row.facts, facts)
    _check_kind(task, row, encoder, every=every, bidirectional=bidirectional)
    wanted = _outputs(known, encoder)
    _require(
        wanted == outputs, f"output_size must be {wanted}, by what else is said; it is {outputs}"
    )
    _check_inputs(known, encoder, features)
    _check_words(words, encoder)


def check_scaling(task: str, encoder: Encoder, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise unless the arrays that a task scales numbers with are there, and fit its inputs.

    Args:
        task: name of a task that :func:`check_description` knows.
        encoder: what the steps hold.
        shapes: of the arrays, by name.

    Raises:
        ValueError: what is wrong.
    """
    wanted = () if isinstance(encoder, Symbols) else _ROWS[task].scaling
    names, got = ", ".join(wanted) or "none", ", ".join(shapes) or "none"
    _require(set(wanted) == set(shapes), f"wanted the scaling {names}; got {got}")
    if not wanted:
        return
    rows = shapes["mean"][:1] if task == "forecasting" else (1,)
    fits = (*rows, encoder.width)
    if isinstance(encoder, Captions):
        fits = encoder.picture if len(encoder.picture) == 1 else (0,)
    expected = {"mean": fits, "scale": fits, "target": (2,)}
    for name, shape in shapes.items():
        fit = expected.get(name, shape)
        _require(shape == fit, f"scaling {name!r} must have shape {fit}; it has {shape}")


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)


def _check_kind(
    task: str, row: _Row, encoder: Encoder, *, every: bool, bidirectional: bool
) -> None:
    kind = type(encoder)
    _require(kind in row.encoders, f"networks of {task} have no encoder {kind.__name__}")
    how = "at every step" if row.every else "once"
    _require(every is row.every, f"networks of {task} answer {how}")
    _require(row.both_ways or not bidirectional, f"networks of {task} do not read backwards")


def _check_inputs(facts: Facts, encoder: Encoder, features: int) -> None:
    if isinstance(encoder, Numbers):
        what = f"{features} features do not fit inputs of {encoder.width} numbers"
        _require(encoder.width == features, what)
    if isinstance(facts, _Pictures) and isinstance(encoder, Captions):
        picture = (facts.picture[-1], *facts.picture[:-1])  # channels come last in data
        what = f"pictures {facts.picture} do not fit an encoder of {encoder.picture}"
        _require(picture == encoder.picture, what)


def _facts(kind: type[Facts], given: Mapping[str, Any]) -> Facts:
    """Return what a task noted, as a record.

    Raises:
        ValueError: something is missing, unknown, or of the wrong type.
    """
    names = {field.name for field in fields(kind)}
    if unknown := sorted(set(given) - names):
        raise ValueError(f"unknown field {unknown[0]!r}")
    adapter: TypeAdapter[Facts] = TypeAdapter(kind)
    return adapter.validate_json(json.dumps(dict(given)), strict=True)


def _outputs(facts: Facts, encoder: Encoder) -> int:
    """Return K as the rest of the description has it."""
    match facts:
        case _Steps():
            return facts.horizon * max(1, len(facts.quantiles))
        case _Classes():
            return len(facts.classes)
        case _Tags():
            return len(facts.tags)
        case _Events():
            return encoder.width if len(facts.events) == encoder.width else 0
        case _Nothing():
            return 1
    return encoder.size if isinstance(encoder, Symbols | Captions) else 0


def _check_words(words: Mapping[str, Sequence[str]], encoder: Encoder) -> None:
    wanted = set() if isinstance(encoder, Numbers) else {"known"}
    _require(set(words) == wanted, f"wanted {sorted(wanted)} as words; got {sorted(words)}")
    if not isinstance(encoder, Numbers):
        known = len(words["known"])
        what = f"a vocabulary of {known} does not fit {encoder.size} symbols"
        _require(FIRST + known <= encoder.size, what)
