"""What is said around the guide's own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, final

from actselect.guide._data import LANGUAGES, chosen, table


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The phrases of one language, as in ``phrases.toml``; braces are filled in."""

    guide: str
    case: str
    steps: str
    layers: str
    between: str
    sentence: str
    then: str
    picks: str
    no_picks: str
    from_steps: str
    why: str
    principles: str
    tensions: str
    findings: str
    no_findings: str
    supports: str
    contradicts: str
    strong: str
    moderate: str
    weak: str
    decides: str
    expectation: str
    claims: str
    ask: str
    our_runs: str
    across: str
    data_sets: str
    favour: str
    against: str
    equal: str
    open: str
    supported: str
    contradicted: str
    undecided: str
    undecided_is: str
    short_case: str
    bracketed: str
    why_and_runs: str
    standing: str
    of_every_case: str
    some_findings: str
    short_expectation: str

    def listed(self, things: Iterable[str]) -> str:
        """Return things one after another."""
        return self.between.join(things)

    def verdict(self, name: Literal["supported", "contradicted", "undecided"]) -> str:
        """Return what a verdict of our runs is called."""
        named = {
            "supported": self.supported,
            "contradicted": self.contradicted,
            "undecided": self.undecided,
        }
        return named[name]


def phrases(language: str = "en") -> Phrases:
    """Return the phrases of a language, ``"en"`` or ``"zh"``.

    >>> phrases("zh").listed(["4.1", "4.2"])
    '4.1、4.2'
    """
    return Phrases(**table("phrases")[chosen(language, *LANGUAGES)])


def counted(phrase: str, number: int) -> str:
    """Return a phrase with its number; English has a singular.

    >>> counted("{} layer(s)", 1), counted("{} layer(s)", 2)
    ('1 layer', '2 layers')
    """
    return phrase.format(number).replace("(s)", "" if number == 1 else "s")
