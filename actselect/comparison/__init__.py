"""Studies side by side: paired where repeats are the same splits, a table everywhere else.

:func:`compare` reads studies; :func:`side_by_side` is the computation, records in and record out.
Where no pairing is possible no claim is made across studies: other data or other splits alone may
make any difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from actselect.comparison._pairing import why_not
from actselect.comparison._pairs import claims, pairs
from actselect.comparison._study import Study as Study
from actselect.comparison._study import read_studies as read_studies
from actselect.comparison._study import summary
from actselect.comparison._words import cautions, headline, pair_sentence, unpaired_sentences
from actselect.records import COMPARISON_VERSION, ComparisonRecord, PairRecord

__all__ = ["Study", "compare", "read_studies", "side_by_side"]


def compare(*studies: str | Path) -> ComparisonRecord:
    """Put finished studies side by side.

    Studies of the same data, question and seed are paired: their recommended architectures are
    compared on the repeats that both ran, by a corrected t-test, with the practical margin of the
    studies.  Others stand in a table, and no difference is claimed.

    Args:
        studies: two or more, each a folder or a ``report.json``.

    Raises:
        UsageError: fewer than two, or one of them twice.
        StudyError: one is missing, unfinished or damaged.
    """
    return side_by_side(read_studies([Path(study) for study in studies]))


def side_by_side(studies: Sequence[Study]) -> ComparisonRecord:
    """Compare studies that have been read."""
    rows = tuple(map(summary, studies))
    couples = list(combinations(studies, 2))
    reasons = {(a.name, b.name): why for a, b in couples if (why := why_not(a, b)) is not None}
    joined = [(a, b) for a, b in couples if (a.name, b.name) not in reasons]
    paired = frozenset(study.name for couple in joined for study in couple)
    verdicts = [study.record.verdict for study in studies]
    margins = [s.record.verdict.margin for s in studies if s.name in paired]
    confidence = max(verdict.confidence for verdict in verdicts)
    margin = max(margins, default=0.0)
    found = [pair for one, two in joined for pair in pairs(one, two, margin)]
    records = tuple(
        PairRecord(
            first=pair.studies[0].name,
            second=pair.studies[1].name,
            of=pair.of,
            labels=(pair.rows[0].label, pair.rows[1].label),
            ahead=pair.ahead,
            p=p,
            outcome=outcome,
            sentence=pair_sentence(pair, outcome, margin, confidence),
        )
        for pair, (outcome, p) in zip(found, claims(found, confidence), strict=True)
    )
    return ComparisonRecord(
        schema_version=COMPARISON_VERSION,
        sentence=headline(records),
        studies=rows,
        pairs=records,
        unpaired=unpaired_sentences(reasons, len(couples)),
        cautions=tuple(cautions(studies, rows, paired)),
        margin=margin if joined else None,
        confidence=confidence,
    )
