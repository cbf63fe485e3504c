"""Tagged text with slashes: one sentence a line, each token written ``word/TAG``.

Source: the tagged form of the Penn Treebank, Marcus et al. 1993, section 2.3
(https://aclanthology.org/J93-2004).  The last slash separates, so the token ``1/2`` may be written
``1/2/CD``.
"""

from __future__ import annotations

from pathlib import Path

from actselect.data.readers._conll import TAG, TOKEN, Sentences, first_lines
from actselect.data.readers._text import text_lines
from actselect.data.table import Table
from actselect.exceptions import DataError

LINES = 20  # lines that tell the format
SHARE = 0.95  # of their fields; a slip further down is an error with its line, not another format


def looks_like_slash_tags(path: Path) -> bool:
    """True when the first lines have two fields or more, on average, and nearly all ``word/TAG``.

    Single lines may have one field: sentences of one word exist.
    """
    lines = [words for words in map(str.split, first_lines(path)) if words][:LINES]
    pairs = [_pair(word) for words in lines for word in words]
    several = len(pairs) >= 2 * max(1, len(lines))
    return several and sum(all(pair) for pair in pairs) >= SHARE * len(pairs)


def read_slash_tags(path: Path) -> Table:
    """Return tagged text as a long table: one row a token, with the line of its sentence.

    Raises:
        DataError: a field has no slash with text on both sides, or there is no token at all.
    """
    found = Sentences()
    for line, text in text_lines(path):
        found.ended = True
        for i, word in enumerate(text.replace("\t", " ").split(" "), start=1):
            if not word:
                continue
            token, tag = _pair(word)
            if not token or not tag:
                raise DataError(
                    wanted="a token, a slash and a tag, such as dog/NN",
                    got=repr(word[:40]),
                    where=f"{path.name}, line {line}, field {i}",
                    todo="Correct it; the last slash of a field is the one that separates.",
                )
            found.add([token, tag], line)
    return found.table(path, [TOKEN, TAG], ())


def _pair(word: str) -> tuple[str, str]:
    token, _, tag = word.rpartition("/")
    return token, tag
