"""What the data say of the guide's claims, as symbol and words: never by colour alone."""

from __future__ import annotations

from actselect.guide import claims
from actselect.records import GuideClaimRecord

STANDS = {
    "agree": ("\N{CHECK MARK}", "the data agree"),
    "disagree": ("\N{BALLOT X}", "the data disagree"),
    "cannot tell": ("?", "cannot tell"),
}


def claim(one: GuideClaimRecord, language: str) -> str:
    """Return the words of a claim in a language, those of the report where the guide has others."""
    known = next((known for known in claims() if known.id == one.id), None)
    return one.claim if known is None or known.claim != one.claim else known.text(language)
