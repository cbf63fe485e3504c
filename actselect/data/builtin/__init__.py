"""Data sets that come with actselect: small, free, and known by name.

To add one: write a function that returns a :class:`SequenceDataset`, add a row to the table in
``_catalogue.py``, and if it ships a file say its origin and licence in ``SOURCES.md``.
"""

from __future__ import annotations

from actselect.data.builtin._catalogue import CATALOGUE, Asked, Make
from actselect.data.builtin._catalogue import BuiltinInfo as BuiltinInfo
from actselect.data.dataset import SequenceDataset
from actselect.data.tokenizing import DEFAULTS, Tokenizer
from actselect.exceptions import UnknownNameError, UsageError

AS_GIVEN = Tokenizer(kind="words", spaced=True)  # of tasks where texts are not split


def builtin_datasets() -> tuple[BuiltinInfo, ...]:
    """Return what is known of every built-in data set; reads and generates nothing.

    >>> [info.name for info in builtin_datasets()][:3]
    ['airpassengers', 'sunspots', 'digits']
    """
    return tuple(info for info, _ in CATALOGUE)


def builtin_info(name: str) -> BuiltinInfo:
    """Return what is known of one built-in data set; a length after its name does not matter.

    Raises:
        UnknownNameError: no data set of this name.

    >>> builtin_info("adding:100").task
    'regression'
    """
    return _entry(name.partition(":")[0])[0]


def _entry(stem: str) -> tuple[BuiltinInfo, Make]:
    found = {info.name: (info, make) for info, make in CATALOGUE}
    if stem not in found:
        raise UnknownNameError("data set", stem, found)
    return found[stem]


def load_builtin(name: str, *, task: str, tokenizer: Tokenizer | None = None) -> SequenceDataset:
    """Return a built-in data set; ``adding:100`` asks for sequences of 100 steps.

    Args:
        name: of the data set.
        task: the task it is for.
        tokenizer: how its texts are split; by default as the task does it.

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
    if length and not (info.variable_length and _allowed(length)):
        raise UsageError(
            f"The data set {name!r} does not exist. A length from 10 to 10000 may follow: "
            + ", ".join(i.name + ":100" for i in builtin_datasets() if i.variable_length)
            + "."
        )
    split = tokenizer or DEFAULTS.get(task, AS_GIVEN)
    return make(Asked(length=int(length or info.length), tokenizer=split))


def _allowed(length: str) -> bool:
    return length.isdecimal() and len(length) < 6 and 10 <= int(length) <= 10_000
