"""What the literature found about the guide's claims."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, final

from actselect.guide._data import chosen, concerns, frozen, table

Strength = Literal["strong", "moderate", "weak"]
STRENGTHS: tuple[Strength, ...] = ("strong", "moderate", "weak")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding of one paper.

    Args:
        id: first author and year.
        finding: what was found, in English.
        finding_zh: what was found, in Chinese.
        authors: of the paper.
        year: of publication.
        title: of the paper.
        venue: journal or conference; ``"arXiv"`` where there is none.
        identifier: ``doi:...``, ``arXiv:...`` or ``PMLR volume:pages``.
        strength: see the head of ``findings.toml``.
        evidence: what the strength rests on, in English.
        evidence_zh: what the strength rests on, in Chinese.
        tasks: names of the tasks it speaks of; empty: all.
        cells: names of the cells that were looked at.
        min_length: steps a sequence must have for the finding to speak of it.
        min_depth: layers a network must have for the finding to speak of it.
        supports: ids of claims.
        contradicts: ids of claims.
    """

    id: str
    finding: str
    finding_zh: str
    authors: str
    year: int
    title: str
    venue: str
    identifier: str
    strength: Strength
    evidence: str
    evidence_zh: str
    tasks: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    min_length: int = 1
    min_depth: int = 1
    supports: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Authors, year, title, venue and identifier, as a line of references."""
        venue = "" if self.venue == "arXiv" else f" {self.venue}."
        end = "" if self.title.endswith("?") else "."
        return f"{self.authors} ({self.year}). {self.title}{end}{venue} {self.identifier}"

    @property
    def citation(self) -> str:
        """First author, year and identifier, as they stand in a text.

        >>> findings()[0].citation
        'Pascanu et al. 2013, arXiv:1211.5063'
        """
        first, *others = re.split(", | and ", self.authors)
        alone = len(others) == 1 and others[0] != "others"
        names = self.authors if alone or not others else f"{first} et al."
        return f"{names} {self.year}, {self.identifier}"

    def text(self, language: str = "en") -> str:
        """Return the finding in a language, ``"en"`` or ``"zh"``."""
        return chosen(language, self.finding, self.finding_zh)

    def grounds(self, language: str = "en") -> str:
        """Return what the strength rests on in a language, ``"en"`` or ``"zh"``."""
        return chosen(language, self.evidence, self.evidence_zh)

    def concerns(self, task: str, length: int | None) -> bool:
        """Return whether the finding speaks of a task; a ``length`` of None: of any length."""
        return concerns(self.tasks, self.min_length, task, length)


@cache
def findings() -> tuple[Finding, ...]:
    """Return all findings.

    >>> findings()[0].identifier
    'arXiv:1211.5063'
    """
    return tuple(Finding(**frozen(entry)) for entry in table("findings")["finding"])
