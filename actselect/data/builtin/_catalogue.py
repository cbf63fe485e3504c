"""The built-in data sets, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import final

from actselect.data.builtin._generated import (
    adding,
    arpeggios,
    counting,
    reverse,
    temporal_order,
)
from actselect.data.builtin._scenes import scenes
from actselect.data.builtin._shipped import airpassengers, digits, sunspots
from actselect.data.builtin._texts import moby_dick, snips_intents, snips_slots
from actselect.data.dataset import SequenceDataset
from actselect.data.tokenizing import Tokenizer


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinInfo:
    """What is known of a built-in data set without loading it.

    Args:
        name: what :func:`actselect.data.load` takes.
        task: the one task it is for.
        description: one sentence, with its source.
        sequences: how many.
        length: steps of a sequence (the longest, where they differ); of texts, with the tokens that
            the task splits them into.
        licence: of the values.
        defaults: its columns, and options of a run that suit it (``horizon``, ``period``).
        variable_length: the name takes a length, as in ``adding:100``.
    """

    name: str
    task: str
    description: str
    sequences: int
    length: int
    licence: str
    defaults: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))
    variable_length: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What may be chosen: the length, where the name takes one, and how texts are split."""

    length: int
    tokenizer: Tokenizer


Make = Callable[[Asked], SequenceDataset]

CATALOGUE: tuple[tuple[BuiltinInfo, Make], ...] = (
    (
        BuiltinInfo(
            name="airpassengers",
            task="forecasting",
            description="Airline passengers per month, 1949-1960 (Box and Jenkins 1976).",
            sequences=1,
            length=144,
            licence="public",
            defaults=MappingProxyType(
                {"target": "Passengers", "time": "Date", "horizon": 12, "period": 12}
            ),
        ),
        lambda _: airpassengers(),
    ),
    (
        BuiltinInfo(
            name="sunspots",
            task="forecasting",
            description="Monthly sunspot number, 1749-1983 (WDC-SILSO, Brussels).",
            sequences=1,
            length=2820,
            licence="public, source to be named",
            defaults=MappingProxyType({"target": "Sunspots", "time": "Month", "horizon": 12}),
        ),
        lambda _: sunspots(),
    ),
    (
        BuiltinInfo(
            name="digits",
            task="classification",
            description="Handwritten digits, read row by row (Alpaydin and Kaynak 1998).",
            sequences=1797,
            length=8,
            licence="CC BY 4.0",
        ),
        lambda _: digits(),
    ),
    (
        BuiltinInfo(
            name="adding",
            task="regression",
            description="Add the two marked numbers (after Hochreiter and Schmidhuber 1997).",
            sequences=1000,
            length=50,
            licence="generated",
            variable_length=True,
        ),
        lambda asked: adding(asked.length),
    ),
    (
        BuiltinInfo(
            name="temporal-order",
            task="classification",
            description="Which two symbols came, and in which order (Hochreiter and Schmidhuber "
            "1997, task 6a).",
            sequences=1000,
            length=50,
            licence="generated",
            variable_length=True,
        ),
        lambda asked: temporal_order(asked.length),
    ),
    (
        BuiltinInfo(
            name="counting",
            task="classification",
            description="Is the word a^n b^n or miscounted (Weiss, Goldberg and Yahav 2018).",
            sequences=200,
            length=200,
            licence="generated",
        ),
        lambda _: counting(),
    ),
    (
        BuiltinInfo(
            name="snips-intents",
            task="text-classification",
            description="What a voice assistant is asked for, one of seven intents (Coucke et al. "
            "2018).",
            sequences=14262,
            length=37,
            licence="CC0 1.0",
        ),
        lambda asked: snips_intents(asked.tokenizer),
    ),
    (
        BuiltinInfo(
            name="snips-slots",
            task="tagging",
            description="Which words name the artist, the city and 37 other slots (Coucke et al. "
            "2018).",
            sequences=14262,
            length=37,
            licence="CC0 1.0",
        ),
        lambda _: snips_slots(),
    ),
    (
        BuiltinInfo(
            name="moby-dick",
            task="language-modeling",
            description="The novel, letter by letter (Melville 1851).",
            sequences=1,
            length=1_190_317,
            licence="public domain",
        ),
        lambda asked: moby_dick(asked.tokenizer),
    ),
    (
        BuiltinInfo(
            name="scenes",
            task="captioning",
            description="Which two handwritten digits are in the picture, and where (digits of "
            "Alpaydin and Kaynak 1998).",
            sequences=2000,
            length=1,
            licence="generated from CC BY 4.0",
        ),
        lambda asked: scenes(asked.tokenizer),
    ),
    (
        BuiltinInfo(
            name="reverse",
            task="sequence-to-sequence",
            description="The letters from last to first (Grefenstette et al. 2015).",
            sequences=1000,
            length=10,
            licence="generated",
            variable_length=True,
        ),
        lambda asked: reverse(asked.length, asked.tokenizer),
    ),
    (
        BuiltinInfo(
            name="arpeggios",
            task="event-forecasting",
            description="Which notes sound in the next step: broken chords over four basses.",
            sequences=200,
            length=64,
            licence="generated",
        ),
        lambda _: arpeggios(),
    ),
)
