"""Where a source is: an existing file, or the name of a built-in data set."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from actselect.data.builtin import builtin_datasets
from actselect.exceptions import DataError


def locate(source: str | Path, *, folders: bool = False) -> Path | str:
    """Return the path of an existing file, or the name of a built-in data set.

    A file wins over a built-in name, and that over a folder.  Nothing is ever fetched from a
    network.

    Args:
        source: path or name.
        folders: a folder will do as well.

    Raises:
        DataError: it is a URL, a folder, or neither file nor name; the message suggests near names.

    >>> locate("airpassengers")
    'airpassengers'
    """
    text = str(source)
    if "://" in text:
        raise DataError(
            wanted="a file on this machine or the name of a built-in data set",
            got="a URL",
            where=text,
            todo="Download the file first; actselect opens no network connection.",
        )
    path = Path(text).expanduser()
    try:
        if path.is_file():
            return path
        exists = path.exists()
    except (OSError, ValueError):  # a name too long or with NUL is no file
        exists = False
    known = [info.name for info in builtin_datasets()]
    if text.partition(":")[0] in known:
        return text
    if folders and exists and path.is_dir():
        return path
    if exists:
        kind, todo = "something that is no plain file", "Save its content to a file first."
        if path.is_dir():
            kind, todo = "a folder", "Name a file inside it."
        raise DataError(wanted="a file", got=kind, where=text or "''", todo=todo)
    raise _not_found(path, text, known)


def same_file(first: Any, second: Any) -> bool:  # noqa: ANN401 - sources of every kind
    """True when two sources are the same object or the same file."""
    if isinstance(first, Path) and isinstance(second, Path):
        return first.samefile(second)
    return first is second


def heldout_beside(path: Path) -> str | None:
    """Return the name of the ``_TEST`` file of a UEA or UCR ``_TRAIN`` file, if it is there."""
    if not path.stem.endswith("_TRAIN"):
        return None
    test = path.with_name(path.stem.removesuffix("_TRAIN") + "_TEST" + path.suffix)
    return test.name if test.is_file() else None


def _not_found(path: Path, text: str, known: list[str]) -> DataError:
    try:
        files = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError:
        files = []
    near = difflib.get_close_matches(path.name, [*known, *files], n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return DataError(
        wanted="an existing file or the name of a built-in data set",
        got="neither",
        where=text,
        todo=f"{hint}Built-in data sets: {', '.join(sorted(known))}.",
    )
