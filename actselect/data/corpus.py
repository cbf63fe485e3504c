"""Texts to model: documents of a table, and plain text files of any size.

Of a plain text file nothing is held that grows with it but its codes, and these are the bytes of
the file itself where it is plain ASCII: one byte a character, mapped instead of read.

Notation: S tokens.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import numpy.typing as npt

from actselect.data.captions import chosen
from actselect.data.dataset import SequenceDataset
from actselect.data.mapped import map_file
from actselect.data.question import Question
from actselect.data.readers import FORMATS
from actselect.data.readers._text import refuse_empty
from actselect.data.roles import Roles
from actselect.data.table import Table, reason
from actselect.data.texts import all_empty, joined_rows, text_dataset, text_order
from actselect.data.tokenizing import lexicon_type
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError

PIECE = 2**20
"""Bytes looked at at once."""

_ASCII = tuple(map(chr, range(128)))
_BOM = codecs.BOM_UTF8
_WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def corpus_format(table: Table, roles: Roles, *, question: Question, name: str) -> SequenceDataset:
    """Return one sequence of tokens for each text; empty texts are left out.

    Raises:
        DataError: a text is null, or all are empty.
    """
    order = text_order(table, roles)
    tokens = question.splits.encode(joined_rows(table, roles.features[0], order))
    kept = np.flatnonzero(tokens.lengths)
    if not len(kept) or not any(token.strip() for token in tokens.lexicon):
        raise all_empty(table, roles.features[0])
    dataset = text_dataset(
        table, roles, order, question=question, name=name, lengths=tokens.lengths
    )
    dataset = chosen(replace(dataset, tokens=tokens), kept)
    left_out = len(tokens) - len(kept)
    return dataset.with_notes(f"{left_out} empty texts were left out.") if left_out else dataset


def is_plain_text(path: Path, question: Question) -> bool:
    """True for a plain text file whose characters are to be modelled."""
    if question.task != "language-modeling" or question.splits.kind != "characters":
        return False
    plain = FORMATS["text"]
    by_name = question.format is None and path.suffix.lower() in plain.endings
    return path.is_file() and (by_name or question.format == plain.format)


def plain_text(path: Path, name: str) -> SequenceDataset:
    """Return the characters of a file as one sequence; ends of lines are all newlines.

    Raises:
        DataError: it cannot be read, is empty, is not UTF-8, or holds NUL bytes.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder) / "poem.txt"
    ...     _ = written.write_text("to be", encoding="utf-8")
    ...     plain_text(written, "poem").tokens.text(0)
    ('t', 'o', ' ', 'b', 'e')
    """
    refuse_empty(path)
    found = _surveyed(path)
    if not any(character.strip() for character in map(chr, np.flatnonzero(found.seen).tolist())):
        raise DataError(
            wanted="text",
            got="nothing but empty lines",
            where=path.name,
            todo="Check that this is the file you meant.",
        )
    if found.as_is:
        offset = path.stat().st_size - found.size
        codes, lexicon = map_file(path, np.uint8, (found.size,), offset), _ASCII
    else:
        codes, lexicon = _codes(path, found)
    lengths = np.array([len(codes)], dtype=np.int64)
    return SequenceDataset(
        name=name,
        values=np.zeros((len(codes), 0)),
        lengths=lengths,
        feature_names=("text",),
        tokens=Tokens(codes=codes, lengths=lengths, lexicon=lexicon),
        target_name="",
        series=(name,),
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Survey:
    """What a file holds: which characters, how many, and whether its bytes are their codes."""

    seen: npt.NDArray[np.bool_]
    size: int
    as_is: bool


def _surveyed(path: Path) -> _Survey:
    seen = np.zeros(0x110000, dtype=bool)  # all of Unicode
    size = 0
    as_is = True
    for text, raw in _pieces(path):
        as_is = as_is and text.isascii() and b"\r" not in raw
        seen[_points(text)] = True
        size += len(text)
    return _Survey(seen=seen, size=size, as_is=as_is)


def _codes(path: Path, found: _Survey) -> tuple[npt.NDArray[np.unsignedinteger], tuple[str, ...]]:
    """Return (S,) codes and the lexicon of a file that cannot be mapped."""
    points = np.flatnonzero(found.seen)
    number = np.zeros(int(points[-1]) + 1, dtype=lexicon_type(len(points)))
    number[points] = np.arange(len(points))
    codes = np.empty_like(number, shape=(found.size,))
    start = 0
    for text, _ in _pieces(path):
        codes[start : start + len(text)] = number[_points(text)]
        start += len(text)
    return codes, tuple(map(chr, points.tolist()))


def _points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")


def _pieces(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield a file by pieces: decoded text with plain newlines, and the bytes it came from."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    line = 1
    try:
        with path.open("rb") as file:
            raw = file.read(PIECE)
            if raw.startswith(_WIDE_BOMS):
                raise _bad(path, 1, "UTF-16 text")
            raw = raw.removeprefix(_BOM)
            while raw:
                if b"\0" in raw:
                    raise _bad(path, line + raw.count(b"\n", 0, raw.index(b"\0")), "a NUL byte")
                yield newlines.decode(decoder.decode(raw)), raw
                line += raw.count(b"\n")
                raw = file.read(PIECE)
            yield newlines.decode(decoder.decode(b"", final=True), final=True), b""
    except UnicodeDecodeError as error:
        before = error.object.count(b"\n", 0, error.start)
        got = f"the byte 0x{error.object[error.start]:02x}"
        raise _bad(path, line + before, got) from error
    except OSError as error:
        raise DataError(
            wanted="a readable file",
            got=reason(error),
            where=path.name,
            todo="Check the path and its permissions.",
        ) from error


def _bad(path: Path, line: int, got: str) -> DataError:
    return DataError(
        wanted="UTF-8 text",
        got=got,
        where=f"{path.name}, line {line}",
        todo="Save it as UTF-8, for instance: iconv -f LATIN1 -t UTF-8 (or -f UTF-16).",
    )
