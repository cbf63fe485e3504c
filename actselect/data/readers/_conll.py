"""Tagged text in columns: one token a line, an empty line between sentences.

Source: the shared tasks of CoNLL-2000 and CoNLL-2003, doi:10.3115/1119176.1119195, section 2.  The
table is long: one row a token; the first column is called token, the last one tag, the others
column 2, column 3, ...

Columns stand between tabs where the first token line has a tab, else between spaces and tabs.
Other white space, such as a no-break space, belongs to the token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from actselect.data.readers._text import text_lines
from actselect.data.table import Table, no_rows
from actselect.exceptions import DataError

SENTENCE, TOKEN, TAG = "sentence", "token", "tag"
DOCUMENT = "-DOCSTART-"
START = 2**16
"""Bytes at the beginning of a file that tell what it is."""

MAX_SENTENCE = 20_000
"""Tokens of a sentence.  A judgement: what is longer has lost its empty lines."""

_TOKEN_NAMES = frozenset({"token", "tokens", "word", "words", "form"})
_TAG_NAMES = frozenset({"tag", "tags", "label", "labels", "ner", "pos", "ner_tag", "pos_tag"})


@dataclass(slots=True)
class Sentences:
    """Tokens as they are read: cells of all tokens one after the other, their lines and sentence.

    ``ended`` is True between two sentences.
    """

    cells: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    sentences: int = 0
    ended: bool = True

    def add(self, cells: list[str], line: int) -> None:
        """Add one token; the first after an empty line begins a sentence."""
        if self.ended:
            self.sentences += 1
            self.ended = False
        self.cells.extend(cells)
        self.lines.append(line)
        self.numbers.append(self.sentences)

    def table(self, path: Path, names: list[str], notes: tuple[str, ...]) -> Table:
        """Return what was read, one row a token.

        Raises:
            DataError: nothing was read, or a sentence is longer than ``MAX_SENTENCE``.
        """
        if not self.lines:
            raise no_rows(path.name)
        lengths = np.bincount(np.array(self.numbers, dtype=np.int64))
        if (longest := int(lengths.argmax())) and lengths[longest] > MAX_SENTENCE:
            raise DataError(
                wanted=f"at most {MAX_SENTENCE} tokens in a sentence",
                got=str(lengths[longest]),
                where=f"{path.name}, line {self.lines[self.numbers.index(longest)]}",
                todo="Put an empty line after each sentence.",
            )
        texts = np.array([str(i) for i in range(self.sentences + 1)], dtype=object)
        columns: dict[str, object] = {SENTENCE: texts[self.numbers]}
        width = len(names)
        columns |= {name: self.cells[i::width] for i, name in enumerate(names)}
        return Table(
            frame=pd.DataFrame(columns, dtype=object),
            source=path.name,
            rows=np.array(self.lines, dtype=np.int64),
            unit="line",
            series=SENTENCE,
            notes=notes,
        )


def first_lines(path: Path) -> list[str]:
    """Return the lines among the first ``START`` bytes, the last one only if it is complete."""
    with path.open("rb") as file:
        start = file.read(START)
    text = start.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    return lines if len(start) < START else lines[:-1]


def looks_like_conll(path: Path) -> bool:
    """True when the first line holds several columns, and an empty line stands between others."""
    lines = [line.strip(" \t") for line in first_lines(path)]
    text = "\n".join(lines).strip("\n")
    first = text.partition("\n")[0]
    return "\n\n" in text and (len(_between_spaces(first)) > 1 or first == DOCUMENT)


def read_conll(path: Path) -> Table:
    """Return tagged text in columns, with the line of each token.

    Raises:
        DataError: lines differ in their number of columns, a token or a tag is empty, the first
            line names columns, or there is no token at all.
    """
    found = Sentences()
    width, tabs, mixed, documents, blank = 0, False, 0, 0, 0
    for line, text in text_lines(path):
        if not text.strip(" \t"):
            found.ended = True
            continue
        if text.startswith(DOCUMENT):
            documents += 1
            found.ended = True
            continue
        if not width:
            tabs = "\t" in text
        cells = text.split("\t") if tabs else _between_spaces(text)
        if tabs and width and len(cells) != width:
            cells = _between_spaces(text)
        where = f"{path.name}, line {line}"
        mixed += ("\t" in text) != tabs
        width = width or _checked_width(cells, where)
        if len(cells) != width:
            raise _bad(where, f"{width} columns, as before", str(len(cells)))
        if not cells[0] or not cells[-1]:
            raise _bad(where, "a token and a tag", f"an empty {TAG if cells[0] else TOKEN}")
        blank += not cells[0].strip()
        found.add(cells, line)
    notes = (
        (documents, "{} lines " + DOCUMENT + " were left out."),
        (mixed, "{} lines separate their columns by other white space than the first."),
        (blank, "{} tokens are nothing but white space."),
    )
    return found.table(path, _names(width), tuple(n.format(count) for count, n in notes if count))


def _between_spaces(text: str) -> list[str]:
    return [cell for cell in text.replace("\t", " ").split(" ") if cell]


def _checked_width(cells: list[str], where: str) -> int:
    """Return the number of columns, unless they are their names."""
    if cells[0].lower() in _TOKEN_NAMES and cells[-1].lower() in _TAG_NAMES:
        got = f"names of columns ({', '.join(cells)[:40]})"
        raise _bad(where, "tokens and tags from the first line on", got)
    return len(cells)


def _names(width: int) -> list[str]:
    between = [f"column {i}" for i in range(2, width)]
    return [TOKEN, *between, TAG] if width > 1 else [TOKEN]


def _bad(where: str, wanted: str, got: str) -> DataError:
    todo = "Write one token a line, the same columns in each, and an empty line after a sentence."
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
