"""Sentences with placeholders: what stands in the places of a given text.

What a placeholder stands for may be any text, such as a column's name, unless its type says more::

    {name}           any text
    {n:int}          1,200
    {x:number}       0.831, 95%, <1%, inf, or a dash for none
    {x:range}        [0.82, 0.87], or a dash for none
    {text:GROUP}     a phrase of a group, translated
    {texts:GROUP+}   such phrases, "; " between them

Names from the data stand inside sentences, so nothing may depend on how they look: no regular
expression sees more than a number of them, and the time of a search grows with their length, not
with a power of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import final

_NUMBER = r"[+\-−<>]?(?:\d+(?:,\d{3})*(?:\.\d+)?(?:e[+\-−]?\d+)?|inf|nan)%?|–"  # noqa: RUF001
TYPES = {
    "int": re.compile(r"\d+(?:,\d{3})*"),
    "number": re.compile(_NUMBER),
    "range": re.compile(rf"\[(?:{_NUMBER}), (?:{_NUMBER})\]|–"),  # noqa: RUF001
}
_PLACEHOLDER = re.compile(r"\{(\w+)(?::([\w-]+\+?))?\}")

Known = Callable[[str, str], str | None]  # a text and its group -> the text translated


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A sentence with n placeholders, and the same in another language.

    Args:
        english: as in the catalogue.
        other: the translation, with the same placeholders, without types.
        literals: the n + 1 texts before, between and after the placeholders.
        names: n names of the placeholders.
        types: n types of them; empty for any text.
    """

    english: str
    other: str
    literals: tuple[str, ...]
    names: tuple[str, ...]
    types: tuple[str, ...]

    @classmethod
    def of(cls, english: str, other: str) -> Pattern:
        """Return a pattern, read from its two texts."""
        parts = _PLACEHOLDER.split(english)
        return cls(
            english=english,
            other=other,
            literals=tuple(parts[::3]),
            names=tuple(parts[1::3]),
            types=tuple(kind or "" for kind in parts[2::3]),
        )

    @property
    def weight(self) -> int:
        """How many letters are certain: of two patterns that match, the heavier is meant."""
        return sum(map(len, self.literals))

    def translate(self, text: str, known: Known) -> str | None:
        """Return the translation of a text; None if it is not of this pattern.

        Args:
            text: any text.
            known: translates a phrase of a group, or returns None.

        >>> late = Pattern.of("{who} is {n:int} days late.", "{who} 晚了 {n} 天。")
        >>> late.translate("{n} is 2 days late.", lambda text, group: None)
        '{n} 晚了 2 天。'
        """
        if not self._possible(text):
            return None
        found = _Search(pattern=self, text=text, known=known).run(0, len(self.literals[0]))
        if found is None:
            return None
        values: Mapping[str, str] = dict(zip(self.names, found, strict=True))
        return _PLACEHOLDER.sub(lambda place: values[place[1]], self.other)

    def _possible(self, text: str) -> bool:
        """Return whether the text may match, as far as can be told at a glance."""
        first, *inner, last = self.literals
        return (
            text.startswith(first)
            and text.endswith(last)
            and all(literal in text for literal in inner)
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """One search for the values of a pattern's placeholders, the shortest first.

    ``failed`` has the places from which placeholder k was tried in vain.  Of one that takes any
    text the first of them is enough: what begins later has no other ends to try.
    """

    pattern: Pattern
    text: str
    known: Known
    failed: dict[int, set[int]] = field(default_factory=dict)

    def run(self, k: int, start: int) -> tuple[str, ...] | None:
        """Return the values of the placeholders from number ``k`` on, the next at ``start``."""
        pattern = self.pattern
        if k == len(pattern.names):
            return () if start == len(self.text) else None
        failed = self.failed.setdefault(k, set())
        if start in failed or (failed and not pattern.types[k] and start > min(failed)):
            return None
        for end in self._ends(k, start):
            value = self._value(pattern.types[k], self.text[start:end])
            if value is not None:
                rest = self.run(k + 1, end + len(pattern.literals[k + 1]))
                if rest is not None:
                    return (value, *rest)
        failed.add(start)
        return None

    def _ends(self, k: int, start: int) -> Iterator[int]:
        """Yield the places where placeholder ``k`` may end: the next literal must stand there."""
        after, kind, text = self.pattern.literals[k + 1], self.pattern.types[k], self.text
        if kind in TYPES:
            found = TYPES[kind].match(text, start)
            if found and text.startswith(after, found.end()):
                yield found.end()
        elif k + 1 == len(self.pattern.names):  # the last literal ends the text
            if len(text) - len(after) > start:
                yield len(text) - len(after)
        else:
            end = text.find(after, start + 1)
            while end >= 0:
                yield end
                end = text.find(after, end + 1)

    def _value(self, kind: str, value: str) -> str | None:
        return value if not kind or kind in TYPES else self.known(value, kind)
