"""What a report says, in the reader's language.

A report is made in English, and English sentences are the ids of the messages, as in gettext.  The
files of ``languages/`` say each of them in another language, in tables: a table is a group of
phrases that may stand in the place of ``{text:GROUP}`` (:mod:`actselect.report.phrases`).

A new sentence needs a line in ``languages/zh``; a new language a folder with the same phrases, and
its name in :data:`LANGUAGES`.  Architectures, baselines, metrics and options are called the same in
every language, as in ``scores.csv`` and on the command line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import final

from actselect.exceptions import UsageError
from actselect.report.phrases import Pattern

LANGUAGES = ("en", "zh")
FOLDER = Path(__file__).parent / "languages"
ANY = ""  # the group of all phrases
INSIDE = "inside"  # tables of phrases so general that they are known inside a sentence only
LONGEST = 20_000  # characters; what is longer is no sentence of ours
MOST = 8  # sentences of one text; more are not looked up one by one

_BETWEEN = re.compile(r"(?<=[.!?:]) ")  # sentences


def translator(language: str) -> Callable[[str], str]:
    """Return the function that says an English sentence in ``language``.

    Names inside a sentence stay as they are, and so does a text that is not known.

    Raises:
        UsageError: there is no such language.

    >>> say = translator("zh")
    >>> say("Column 'sales' was taken for the time.")
    "列 'sales' 被当作时间。"
    >>> say("Nobody has translated this.")
    'Nobody has translated this.'
    """
    if language not in LANGUAGES:
        raise UsageError(f"language must be one of {', '.join(LANGUAGES)}. Got {language!r}.")
    return _same if language == "en" else _cached(language)


def _same(text: str) -> str:
    return text


@cache
def _cached(language: str) -> Callable[[str], str]:
    return lru_cache(maxsize=4096)(catalogue(language).say)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All that can be said in one language.

    Args:
        exact: phrases without placeholders, by group.
        patterns: those with placeholders, by group and first letter, the heaviest first; under no
            letter those that begin with a placeholder, which also stand under every letter.
    """

    exact: Mapping[str, Mapping[str, str]]
    patterns: Mapping[str, Mapping[str, Sequence[Pattern]]]

    def say(self, text: str) -> str:
        """Return the text in the other language; what is not known stays English.

        Where a text of several sentences is not known as a whole, each of them is looked up.
        """
        if len(text) > LONGEST:
            return text
        known = self.known(text)
        return self._each_sentence(text) if known is None else known

    def known(self, text: str, group: str = ANY) -> str | None:
        """Return the translation of a phrase of a group; None where there is none."""
        if group.endswith("+"):
            parts = [self.known(part, group[:-1]) for part in text.split("; ")]
            told = [part for part in parts if part is not None]
            return "；".join(told) if len(told) == len(parts) else None  # noqa: RUF001
        if text in self.exact[group]:
            return self.exact[group][text]
        by_letter = self.patterns[group]
        candidates = by_letter.get(text[:1], by_letter[""])
        found = (pattern.translate(text, self.known) for pattern in candidates)
        return next((said for said in found if said is not None), None)

    def _each_sentence(self, text: str) -> str:
        ends = [0, *(found.end() for found in _BETWEEN.finditer(text)), len(text)]
        if not 2 < len(ends) <= MOST + 1:
            return text
        said, place = [], 0
        while place < len(ends) - 1:
            known, after = self._longest(text, ends, place)
            said.append(text[ends[place] : ends[after]] if known is None else known)
            place = after
        return "".join(said)

    def _longest(self, text: str, ends: Sequence[int], place: int) -> tuple[str | None, int]:
        """Return the longest run of sentences that is known, and where it ends."""
        for after in range(len(ends) - 1, place, -1):
            part = text[ends[place] : ends[after]].rstrip(" ")
            known = self.known(part) if part[-1:] in {".", ":", "!", "?"} else None
            if known is not None:
                return known, after
        return None, place + 1


@cache
def catalogue(language: str) -> Catalogue:
    """Return what can be said in a language: all files of its folder, read once."""
    groups: dict[str, dict[str, str]] = {ANY: {}}
    for path in sorted((FOLDER / language).glob("*.toml")):
        tables = tomllib.loads(path.read_text(encoding="utf8"))
        for group, phrases in tables.pop(INSIDE, {}).items():
            groups.setdefault(group, {}).update(phrases)
        for group, phrases in tables.items():
            groups.setdefault(group, {}).update(phrases)
            groups[ANY].update(phrases)
    return Catalogue(
        exact={
            group: {english: other for english, other in phrases.items() if "{" not in english}
            for group, phrases in groups.items()
        },
        patterns={
            group: _by_letter(Pattern.of(e, o) for e, o in phrases.items() if "{" in e)
            for group, phrases in groups.items()
        },
    )


def _by_letter(patterns: Iterable[Pattern]) -> dict[str, tuple[Pattern, ...]]:
    ordered = sorted(patterns, key=lambda pattern: -pattern.weight)
    letters = {pattern.literals[0][:1] for pattern in ordered} | {""}
    return {
        letter: tuple(p for p in ordered if p.literals[0][:1] in {letter, ""}) for letter in letters
    }
