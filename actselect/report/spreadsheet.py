"""Text in CSV that a spreadsheet shows and does not run.

A spreadsheet takes a cell for a formula by its first character, whatever quotes stand around it,
and a formula can start a program or send a cell away (OWASP, "CSV Injection").  Such a text gets an
apostrophe in front; numbers, and text that no formula can be made of, stay as they are, so that
names nearly always come back from a file as they went in.
"""

from __future__ import annotations

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - in Japan
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?%?|[+-](?:inf|nan)", re.IGNORECASE)


def shown(text: str) -> str:
    """Return ``text`` for a cell; :func:`original` undoes it.

    >>> shown("=1+1"), shown("-1.5e3"), shown("-"), shown("a=b")
    ("'=1+1", '-1.5e3', '-', 'a=b')
    """
    return f"'{text}" if _runs(text) else text


def original(cell: str) -> str:
    """Return the text that :func:`shown` made ``cell`` of.

    >>> original("'=1+1"), original("'tis"), original(shown("'=1+1"))
    ('=1+1', "'tis", "'=1+1")
    """
    return cell[1:] if cell.startswith("'") and _runs(cell) else cell


def _runs(text: str) -> bool:
    """Whether a formula could be made of ``text``, apostrophes in front aside."""
    bare = text.lstrip("'")
    known = NUMBER.fullmatch(bare) or not any(map(str.isalnum, bare))
    return bare.startswith(FORMULA) and not known
