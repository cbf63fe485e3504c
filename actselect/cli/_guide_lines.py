"""Lines of a terminal for the answers of ``actselect guide``, English or Chinese."""

from __future__ import annotations

import re

from actselect.report.columns import cells

WIDTH = 80  # columns of a terminal; a Chinese character takes two
MARK = 10  # columns of the section, or of the strength, before a text
MARGIN = "  "
OPENING = "\uff08\u300a\u201c"  # Chinese punctuation that never ends a line
CLOSING = "\uff0c\u3002\uff1b\uff1a\u3001\uff1f\uff01\uff09\u300b\u201d"  # nor begins one
WORD = re.compile(rf"\s+|[{OPENING}]*(?:[^\s\u2e80-\uffff]+|\S)[{CLOSING}]*")


def item(mark: str, text: str) -> list[str]:
    """Return a text with its mark in a column of its own."""
    return filled(text, WIDTH, first=f"{MARGIN}{mark}{' ' * (MARK - cells(mark))}")


def paragraph(text: str) -> list[str]:
    """Return a text beneath a title."""
    return filled(text, WIDTH, first=MARGIN)


def command(line: str) -> list[str]:
    """Return a command as lines that can be copied, none of them between an option and its value.

    >>> command("actselect guide --task tagging")
    ['    actselect guide --task tagging']
    """
    options = re.sub(r" (?!--|actselect)", "\0", line)
    lines = [text.replace("\0", " ") for text in filled(options, WIDTH - 2, first=2 * MARGIN)]
    return [*(f"{text} \\" for text in lines[:-1]), lines[-1]]


def filled(text: str, width: int, *, first: str = "") -> list[str]:
    """Return ``text`` as lines of at most ``width`` columns, Chinese broken between characters.

    Args:
        text: English, Chinese, or both.
        width: columns; a Chinese character takes two.
        first: what the first line begins with; the others begin with as many spaces.

    >>> filled("one two three", 8, first="- ")
    ['- one', '  two', '  three']
    """
    lines, line, empty = [], first, True
    for word in WORD.findall(text):
        if not empty and cells(line) + cells(word.rstrip()) > width:
            lines.append(line.rstrip())
            line, empty = " " * cells(first), True
        if not (empty and word.isspace()):
            line, empty = line + word, False
    return [*lines, line.rstrip()]
