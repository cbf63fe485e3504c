"""What our own runs came to, claim by claim: ``studies/guide_claims``, shipped as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, final

from actselect.guide._data import frozen, table
from actselect.guide._phrases import Phrases, phrases

RunsVerdict = Literal["supported", "contradicted", "undecided"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OurRuns:
    """What became of one claim on our data sets, each named once.

    Args:
        claim: id of the claim.
        verdict: of all data sets together.
        across: whether it comes from data sets compared with each other, so none speaks alone.
        favour: names of the data sets that are for the claim.
        against: of those that are against it.
        equal: of those where what it compares is equal within the practical margin.
        open: of those that cannot tell.
    """

    claim: str
    verdict: RunsVerdict
    across: bool = False
    favour: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    equal: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    @property
    def data_sets(self) -> int:
        """How many data sets were looked at."""
        return sum(map(len, (self.favour, self.against, self.equal, self.open)))

    def told(self, language: str = "en") -> str:
        """Return the verdict and what it rests on as a sentence, ``"en"`` or ``"zh"``.

        >>> our_runs("verify").told()
        'Our runs: supported (by comparing 14 data sets).'
        """
        say = phrases(language)
        why = say.across if self.across else say.data_sets
        counts = say.listed(self._counts(say))
        return say.our_runs.format(say.verdict(self.verdict), why.format(self.data_sets, counts))

    def _counts(self, say: Phrases) -> Iterator[str]:
        for phrase, names in (
            (say.favour, self.favour),
            (say.against, self.against),
            (say.equal, self.equal),
            (say.open, self.open),
        ):
            if names:
                yield phrase.format(len(names))


@cache
def _known() -> dict[str, OurRuns]:
    return {entry["claim"]: OurRuns(**frozen(entry)) for entry in table("runs")["run"]}


def our_runs(claim: str) -> OurRuns | None:
    """Return what our runs say of a claim, by its id; None where there were none.

    >>> our_runs("nlp-lstm").verdict
    'undecided'
    """
    return _known().get(claim)
