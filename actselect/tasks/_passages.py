"""Passages of texts: what a language model is trained on and scored with.

Notation: N documents, E passages, P tokens of a passage at most.

Documents are cut into passages of nearly equal length.  A passage starts with fresh states, but
sees the token before it, so that every token but the first of a document is foretold from
something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from actselect.records import IntArray

MANY: Final = 10  # documents from which on whole documents are dealt to the parts of a split
BLOCKS: Final = 60  # into which a few long documents are cut, to be dealt
TEST_SHARE: Final = 0.1  # of each of a few long documents, the last part


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passages:
    """Where passages are, in the order of the text.

    Args:
        starts: (E,) first token of each, counted over all documents.
        lengths: (E,) tokens of each.
        document: (E,) which document it is part of.
        first: (E,) whether it is the first of its document.
        blocks: (E,) passages with the same number stay on one side of a split.
    """

    starts: IntArray
    lengths: IntArray
    document: IntArray
    first: npt.NDArray[np.bool_]
    blocks: IntArray

    def __len__(self) -> int:
        return len(self.starts)


def passages_of(documents: IntArray, most: int) -> Passages:
    """Cut documents of these lengths, (N,), into passages of at most ``most`` tokens.

    With ``MANY`` documents or more, a block is a document; else a stretch of one.

    >>> passages_of(np.array([7, 2]), 4).lengths.tolist()
    [4, 3, 2]
    """
    pieces = np.maximum(1, -(-documents // most))
    document = np.repeat(np.arange(len(documents)), pieces)
    number = np.arange(len(document)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    base, longer = np.divmod(documents, pieces)
    lengths = base[document] + (number < longer[document])
    offsets = np.cumsum(documents) - documents
    within = np.cumsum(lengths) - np.repeat(offsets, pieces) - lengths
    blocks = document
    if len(documents) < MANY:
        size = max(1, len(document) // BLOCKS)
        pairs = np.stack([document, number // size], axis=1)
        blocks = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    return Passages(
        starts=offsets[document] + within,
        lengths=lengths,
        document=document,
        first=number == 0,
        blocks=blocks.astype(np.int64),
    )


def last_part(passages: Passages, documents: int) -> npt.NDArray[np.bool_]:
    """Return (E,) True for the last tenth of the passages of each document, one at least."""
    total = np.bincount(passages.document, minlength=documents)
    first = np.cumsum(total) - total
    number = np.arange(len(passages)) - first[passages.document]
    kept = total - np.maximum(1, np.round(TEST_SHARE * total).astype(np.int64))
    return np.asarray(number >= kept[passages.document])
