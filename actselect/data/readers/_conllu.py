"""CoNLL-U: ten columns between tabs, comments, an empty line after each sentence.

Source: https://universaldependencies.org/format.html.  FORM is called token and UPOS tag; lines of
multiword tokens (``1-2``) and of empty nodes (``1.1``) are left out, so the words remain.
"""

from __future__ import annotations

import re
from pathlib import Path

from actselect.data.readers._conll import Sentences, first_lines
from actselect.data.readers._text import text_lines
from actselect.data.table import Table
from actselect.exceptions import DataError

COLUMNS = ("id", "token", "lemma", "tag", "xpos", "feats", "head", "deprel", "deps", "misc")

_ID = re.compile(r"[0-9]+")
_SKIPPED = re.compile(r"[0-9]+[-.][0-9]+")


def looks_like_conllu(path: Path) -> bool:
    """True when the first line that is no comment has ten columns and begins with a number."""
    lines = (line for line in first_lines(path) if line.strip() and not line.startswith("#"))
    cells = next(lines, "").split("\t")
    return len(cells) == len(COLUMNS) and cells[0][:1].isdecimal()


def read_conllu(path: Path) -> Table:
    """Return the words of a CoNLL-U file as a long table, one row a word, with its line.

    Raises:
        DataError: a line has not ten columns, words are not numbered 1, 2, ... in their sentence, a
            column is empty, or there is no word at all.
    """
    found = Sentences()
    skipped = last = 0
    for line, text in text_lines(path):
        if not text.strip(" \t"):
            found.ended = True
            continue
        if text.startswith("#"):
            continue
        cells = text.split("\t")
        where = f"{path.name}, line {line}"
        if len(cells) != len(COLUMNS):
            raise _bad(where, f"{len(COLUMNS)} columns between tabs", str(len(cells)))
        if _SKIPPED.fullmatch(cells[0]):
            skipped += 1
            continue
        last = 0 if found.ended else last
        if not _ID.fullmatch(cells[0]) or cells[0].lstrip("0") != str(last + 1):
            raise _bad(where, f"the number {last + 1} in the first column", repr(cells[0][:40]))
        last += 1
        if not all(cells):
            raise _bad(where, "no column empty", f"nothing in {COLUMNS[cells.index('')]!r}")
        found.add(cells, line)
    note = f"{skipped} lines of multiword tokens and empty nodes were left out."
    return found.table(path, list(COLUMNS), (note,) if skipped else ())


def _bad(where: str, wanted: str, got: str) -> DataError:
    todo = "Correct the line; an empty line ends a sentence, _ stands for nothing."
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
