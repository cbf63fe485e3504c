"""Bytes of a file as text, with errors that name file and line."""

from __future__ import annotations

from pathlib import Path

from actselect.exceptions import DataError

MAX_BYTES = 2 * 1024**3
"""Largest file read at once.  A judgement: its numbers alone fill a small machine's memory."""

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


def read_text(path: Path) -> str:
    """Return a UTF-8 file as text, line ends as they are; a byte order mark is dropped.

    Raises:
        DataError: it is not UTF-8, or holds NUL bytes; the message names the line.
    """
    try:
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
