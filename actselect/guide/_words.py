"""How a judgement names architectures."""

from __future__ import annotations

from collections.abc import Sequence

from actselect.records import RankedRecord

NAMED = 3  # so many fit a sentence; the rest is counted


def names(rows: Sequence[RankedRecord]) -> str:
    """Return the labels of the first few, joined by "and", and how many more there are."""
    labels = list(dict.fromkeys(row.label for row in rows))
    more = len(labels) - NAMED
    return " and ".join(labels[:NAMED] + ([f"{more} more"] if more > 0 else []))
