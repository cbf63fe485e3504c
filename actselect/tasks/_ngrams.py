"""N-grams as baselines of language models: counted on passages, and scored on passages.

Notation: E passages that are scored, S symbols of them; R runs, which are passages that stand
together in the text.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from actselect import baselines
from actselect.records import FloatArray, IntArray
from actselect.tasks._passages import Passages
from actselect.tasks._reading import ScaledText

MOST_COUNTED: Final = 2_000_000  # tokens; an order of 6 then needs 200 MB and seconds


def ngram_notes(tokens: int, order: int) -> tuple[str, ...]:
    """Return what a report says of a text that is too long to be counted whole.

    >>> ngram_notes(10_000_000, 6)
    ('The 6-gram is counted on at most 2,000,000 tokens, from all over the training part.',)
    """
    if tokens <= MOST_COUNTED:
        return ()
    where = "from all over the training part"
    return (f"The {order}-gram is counted on at most {MOST_COUNTED:,} tokens, {where}.",)


def ngram_predictions(
    scaled: ScaledText, train: IntArray, examples: IntArray, size: int, order: int
) -> FloatArray:
    """Return nats, tokens and characters of each passage, (E, 3), for an n-gram.

    Of a long training part about ``MOST_COUNTED`` tokens are counted, in passages that are evenly
    spaced.  A gap between passages is the end of a document.

    Args:
        scaled: the passages in symbols, those that networks see.
        train: passages to count, in any order.
        examples: (E,) passages to score, in any order.
        size: V, symbols in all.
        order: tokens of the longest n-gram.
    """
    counted = _spaced(scaled.passages, np.sort(train))
    model = baselines.fit_ngram(*_runs(scaled, counted), size, order)
    by_place = np.argsort(examples, kind="stable")
    nats = -model(*_runs(scaled, examples[by_place]))
    lengths = scaled.passages.lengths[examples[by_place]]
    rows = scaled.sizes_of(examples)
    rows[by_place, 0] = np.add.reduceat(nats, np.cumsum(lengths) - lengths)
    return rows


def _spaced(passages: Passages, ordered: IntArray) -> IntArray:
    """Return evenly spaced passages of about ``MOST_COUNTED`` tokens; all if they are no more."""
    total = int(passages.lengths[ordered].sum())
    if total <= MOST_COUNTED:
        return ordered
    count = max(1, len(ordered) * MOST_COUNTED // total)
    return ordered[np.arange(count) * len(ordered) // count]


def _runs(scaled: ScaledText, ordered: IntArray) -> tuple[IntArray, IntArray]:
    """Return the symbols of passages in order of the text, (S,), and the lengths of runs, (R,)."""
    passages = scaled.passages
    starts, lengths = passages.starts[ordered], passages.lengths[ordered]
    fresh = passages.first[ordered]
    fresh[0] = True
    fresh[1:] |= starts[1:] != starts[:-1] + lengths[:-1]
    return scaled.symbols(ordered), np.add.reduceat(lengths, np.flatnonzero(fresh))
