"""Data sets that come with actselect: small, free, and known by name.

To add one: write a function that returns a :class:`SequenceDataset`, add a row to ``_CATALOGUE``,
and if it ships a file say its origin and licence in ``SOURCES.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from actselect.data.builtin._generated import adding, counting, temporal_order
from actselect.data.builtin._shipped import airpassengers, digits, sunspots
from actselect.data.dataset import SequenceDataset
from actselect.exceptions import UnknownNameError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinInfo:
    """What is known of a built-in data set without loading it.

    Args:
        name: what :func:`actselect.data.load` takes.
        task: the one task it is for.
        description: one sentence, with its source.
        sequences: how many.
        length: steps of a sequence (the longest, where they differ).
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


def builtin_datasets() -> tuple[BuiltinInfo, ...]:
    """Return what is known of every built-in data set; reads and generates nothing.

    >>> [info.name for info in builtin_datasets()]
    ['airpassengers', 'sunspots', 'digits', 'adding', 'temporal-order', 'counting']
    """
    return tuple(info for info, _ in _CATALOGUE)


def builtin_info(name: str) -> BuiltinInfo:
    """Return what is known of one built-in data set; a length after its name does not matter.

    Raises:
        UnknownNameError: no data set of this name.

    >>> builtin_info("adding:100").task
    'regression'
    """
    return _entry(name.partition(":")[0])[0]


def _entry(stem: str) -> tuple[BuiltinInfo, Callable[[int], SequenceDataset]]:
    found = {info.name: (info, make) for info, make in _CATALOGUE}
    if stem not in found:
        raise UnknownNameError("data set", stem, found)
    return found[stem]


def load_builtin(name: str, *, task: str) -> SequenceDataset:
    """Return a built-in data set; ``adding:100`` asks for sequences of 100 steps.

    Raises:
        UnknownNameError: no data set of this name.
        UsageError: another task than the one it is for, or a length that it cannot have.

    >>> load_builtin("adding:20", task="regression").sequence(0).shape
    (20, 2)
    """
    stem, _, length = name.partition(":")
    info, make = _entry(stem)
    if task != info.task:
        raise UsageError(f"The built-in data set {stem!r} is for task {info.task!r}. Got {task!r}.")
    if not length:
        return make(info.length)
    if not info.variable_length or not length.isdecimal() or not 10 <= int(length) <= 10_000:
        raise UsageError(
            f"The data set {name!r} does not exist. A length from 10 to 10000 may follow: "
            + ", ".join(i.name + ":100" for i in builtin_datasets() if i.variable_length)
            + "."
        )
    return make(int(length))


_CATALOGUE: tuple[tuple[BuiltinInfo, Callable[[int], SequenceDataset]], ...] = (
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
        airpassengers,
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
        sunspots,
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
        digits,
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
        adding,
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
        temporal_order,
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
        counting,
    ),
)
