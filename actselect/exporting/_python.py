"""Pieces of Python source, laid out as ``ruff format`` does.

What may be longer than a line is written with one argument a line and a comma at the end, which a
formatter leaves as it is whatever its line length.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from actselect.report.wording import clean

WIDTH: Final = 88  # ruff's and black's default
LISTED: Final = re.compile(r'(\w+=)\[("[\w-]+"(?:, "[\w-]+")*)\]')  # a list of plain names
CODING: Final = re.compile("(coding)([:=])")  # PEP 263: in a comment it chooses the file's encoding


def quoted(text: str) -> str:
    r"""Return a text as a literal in double quotes where that needs no escapes.

    >>> print(quoted("tanh"), quoted('a "b"'), quoted("it's"))
    "tanh" 'a "b"' "it's"
    """
    literal = repr(text)
    return f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in text else literal


def named(names: Sequence[str]) -> str:
    """Return one name, or a list of them where they differ, as source.

    >>> named(["tanh", "tanh"]), named(["tanh", "relu"])
    ('"tanh"', '["tanh", "relu"]')
    """
    if len(set(names)) == 1:
        return quoted(names[0])
    return f"[{', '.join(quoted(name) for name in names)}]"


def call(function: str, arguments: Iterable[str], *, before: str = "", after: str = "") -> str:
    """Return a call with one argument a line; of a list too long for its line, one entry a line.

    >>> print(call("f", ["1", "b=2"], before="x = "))
    x = f(
        1,
        b=2,
    )
    """
    lines = [f"{before}{function}("]
    for argument in arguments:
        lines += textwrap.indent(_argument(argument), "    ").splitlines()
    return "\n".join([*lines, f"){after}"])


def _argument(argument: str) -> str:
    found = LISTED.fullmatch(argument)
    # Twelve columns are the deepest that a call stands at.
    if found is None or len(argument) + 13 <= WIDTH:
        return argument + ","
    each = "".join(f"    {entry},\n" for entry in found[2].split(", "))
    return f"{found[1]}[\n{each}],"


def fitted(function: str, arguments: Sequence[str], *, indent: int) -> str:
    """Return a call on one line if it fits with a comma behind it, else with one argument a line.

    >>> print(fitted("Dense", ["12"], indent=8))
    Dense(12)
    """
    line = f"{function}({', '.join(arguments)})"
    fits = "\n" not in line and indent + len(line) < WIDTH
    return line if fits else call(function, arguments)


def comment(text: str, *, hang: str = "") -> str:
    """Return a text as comment lines; nothing in it can leave the comment, nor rule the file.

    Args:
        text: in words; line breaks become spaces, and signs that do not print are spelt out.
        hang: what lines after the first begin with.

    >>> print(comment("data: coding: utf-7"))
    # data: coding : utf-7
    """
    plain = CODING.sub(r"\1 \2", clean(text))
    lines = textwrap.wrap(
        plain, WIDTH - 2, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return "\n".join(f"# {line}" for line in lines)


def commented(code: str) -> str:
    """Return source as comment lines."""
    return "\n".join(f"# {line}".rstrip() for line in code.splitlines())


def indented(*blocks: str, by: int = 4) -> str:
    """Return blocks of lines one after the other, moved to the right."""
    return textwrap.indent("\n".join(block for block in blocks if block), " " * by)
