"""Bytes of a file as text, with errors that name file and line."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from actselect.exceptions import DataError

MAX_BYTES = 2 * 1024**3
"""Largest file read at once.  A judgement: its numbers alone fill a small machine's memory."""

MAX_LINE = 100 * 1024**2
"""Longest line of a file that is read by lines, in bytes.  A judgement: ten million values."""

PIECE = 2**20
"""Bytes looked at at once."""

_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def refuse_empty(path: Path) -> bytes:
    """Return the first bytes of a file, spaces and a UTF-8 mark removed.

    Raises:
        DataError: it cannot be opened, is empty, or is larger than ``MAX_BYTES``.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise _unreadable(path, error) from error
    if size > MAX_BYTES:
        raise DataError(
            wanted=f"a file of at most {MAX_BYTES / 1024**3:.0f} GiB",
            got=f"{size / 1024**3:.1f} GiB",
            where=path.name,
            todo="Give a part of it, or lower the sampling rate.",
        )
    stripped = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not stripped and size == len(start):
        raise DataError(
            wanted="data",
            got="an empty file",
            where=path.name,
            todo="Check that this is the file you meant.",
        )
    return stripped


def read_text(path: Path, *, lines: bool = True) -> str:
    """Return a UTF-8 file as text, line ends as they are; a byte order mark is dropped.

    Args:
        path: the file.
        lines: it is made of lines, so one of more than ``MAX_LINE`` bytes means another format.

    Raises:
        DataError: it is not UTF-8, holds NUL bytes, or has too long a line; the message names the
            line.
    """
    try:
        if lines and path.stat().st_size > MAX_LINE:
            _refuse_long_line(path)
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    if raw[:2] in _BOMS:
        raise _encoding(path, 1, f"{_BOMS[raw[:2]]} text")
    if b"\0" in raw:
        raise DataError(
            wanted="text",
            got="a NUL byte",
            where=_line(path, raw, raw.index(b"\0")),
            todo="The file is damaged or not a text file; write it anew as UTF-8 text.",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _encoding(path, line, f"the byte 0x{raw[error.start]:02x}") from error


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number, line), without line ends of any system; no other character ends a line."""
    for number, line in enumerate(io.StringIO(read_text(path), newline=None), start=1):
        yield number, line.removesuffix("\n")


def _refuse_long_line(path: Path) -> None:
    """Raise DataError for a line that is too long, before it is held in memory."""
    number, length = 1, 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            if b"\n" in piece or b"\r" in piece:
                number += piece.count(b"\n") or piece.count(b"\r")
                length = len(piece) - 1 - max(piece.rfind(b"\n"), piece.rfind(b"\r"))
            else:
                length += len(piece)
            if length > MAX_LINE:
                raise DataError(
                    wanted=f"lines of at most {MAX_LINE / 1024**2:.0f} MiB",
                    got="a line that is longer",
                    where=f"{path.name}, line {number}",
                    todo="Check that this is the file you meant, and its format (--format).",
                )


def _line(path: Path, raw: bytes, position: int) -> str:
    return f"{path.name}, line {raw.count(chr(10).encode(), 0, position) + 1}"


def _encoding(path: Path, line: int, got: str) -> DataError:
    return DataError(
        wanted="UTF-8 text",
        got=got,
        where=f"{path.name}, line {line}",
        todo="Save it as UTF-8, for instance: iconv -f LATIN1 -t UTF-8 (or -f UTF-16).",
    )


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(
        wanted="a readable file",
        got=error.strerror or str(error),
        where=path.name,
        todo="Check the path and its permissions.",
    )
