"""Passages of texts: what a language model is trained on and scored with.

Notation: N documents, E passages, P tokens of a passage at most, S tokens of some passages.

Documents are cut into passages of nearly equal length.  A passage starts with fresh states, but
sees the token before it, so that every token but the first of a document is foretold from
something.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError
from actselect.records import IntArray
from actselect.tasks._base import Fold
from actselect.tasks._sequences import group_codes

MANY: Final = 10  # documents from which on they are dealt whole to the parts of a split ...
LONGEST: Final = 0.2  # ... unless one holds more of the text than this: than is to be tested on
BLOCKS: Final = 200  # into which documents that are not dealt whole are cut: twenty to test on
TEST_SHARE: Final = 0.1  # of each of these documents, the last part
LEAST_PASSAGES: Final = 40  # into which a short text is cut, so that there is something to deal
MOST_STOP: Final = 32  # passages: enough to see when to stop
MOST_SCORED: Final = 128
PIECE: Final = 2**18  # tokens looked at together: a few megabytes, however long a text is


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passages:
    """Where passages are, in the order of the text.

    Args:
        starts: (E,) first token of each, counted over all documents.
        lengths: (E,) tokens of each, at least 1.
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

    def tokens(self, examples: IntArray) -> IntArray:
        """Return where the tokens of these passages are, one passage after the other, (S,).

        >>> passages_of(np.array([7, 2]), 4).tokens(np.array([2, 1])).tolist()
        [7, 8, 4, 5, 6]
        """
        lengths = self.lengths[examples]
        ends = np.cumsum(lengths)
        shift = self.starts[examples] - (ends - lengths)
        return np.asarray(np.arange(int(lengths.sum())) + np.repeat(shift, lengths))

    def pieces(self, examples: IntArray) -> Iterator[tuple[slice, IntArray]]:
        """Yield parts of ``examples`` of at most ``PIECE`` tokens, and where these tokens are."""
        ends = np.cumsum(self.lengths[examples])
        start = before = 0
        while start < len(examples):
            stop = max(start + 1, int(np.searchsorted(ends, before + PIECE, side="right")))
            yield slice(start, stop), self.tokens(examples[start:stop])
            start, before = stop, int(ends[stop - 1])


def dealt_whole(dataset: SequenceDataset) -> IntArray | None:
    """Return (N,) numbers, the same for documents that are dealt together; None to cut them.

    Many documents are dealt whole, and groups always.

    >>> texts = SequenceDataset(
    ...     name="toy", values=np.zeros((9, 0)), lengths=np.array([9]), feature_names=("text",))
    >>> dealt_whole(texts) is None
    True
    """
    many = len(dataset) >= MANY and dataset.lengths.max() <= LONGEST * dataset.lengths.sum()
    return group_codes(dataset) if many or dataset.groups is not None else None


def passage_length(dataset: SequenceDataset, most: int, *, cut: bool) -> int:
    """Return P; less than ``most`` where a short text is cut, so that there is something to deal.

    Raises:
        DataError: there is too little text.
    """
    total = int(dataset.lengths.sum())
    if total < 2 * LEAST_PASSAGES:
        raise DataError(
            wanted=f"at least {2 * LEAST_PASSAGES} tokens",
            got=str(total),
            where=dataset.name,
            todo="Give more text.",
        )
    return min(most, total // LEAST_PASSAGES) if cut else most


def passages_of(documents: IntArray, most: int, groups: IntArray | None = None) -> Passages:
    """Cut documents into passages.

    Args:
        documents: (N,) tokens of each, at least 1.
        most: P.
        groups: (N,) documents with the same number are dealt together, and whole; None to deal
            stretches of documents.

    >>> passages_of(np.array([7, 2]), 4).lengths.tolist()
    [4, 3, 2]
    """
    pieces = -(-documents // most)
    document = np.repeat(np.arange(len(documents)), pieces)
    number = np.arange(len(document)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    base, longer = np.divmod(documents, pieces)
    lengths = base[document] + (number < longer[document])
    if groups is None:
        stretch = number // max(1, len(document) // BLOCKS)
        fresh = (number == 0) | (np.diff(stretch, prepend=0) > 0)
        blocks = np.cumsum(fresh) - 1
    else:
        blocks = groups[document]
    return Passages(
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        document=document,
        first=number == 0,
        blocks=blocks.astype(np.int64),
    )


def last_part(passages: Passages) -> npt.NDArray[np.bool_]:
    """Return (E,) True for the last tenth of the passages of each document.

    One passage at least, but none of a document that has no other.
    """
    total = np.bincount(passages.document)
    number = np.arange(len(passages)) - (np.cumsum(total) - total)[passages.document]
    tested = np.maximum(1, np.round(TEST_SHARE * total).astype(np.int64))
    kept = np.where(total > 1, total - tested, total)
    return np.asarray(number >= kept[passages.document])


def thinned(fold: Fold, *, left_out: bool) -> Fold:
    """Keep evenly spaced passages to stop and to score on.

    The rest of those to stop on is trained on, unless it is to be left out.
    """
    stop = fold.stop[:: -(-len(fold.stop) // MOST_STOP)]
    rest = np.setdiff1d(fold.stop, stop)
    score = fold.score[:: max(1, -(-len(fold.score) // MOST_SCORED))]
    train = fold.train if left_out else np.sort(np.concatenate([fold.train, rest]))
    return Fold(train=train, stop=stop, score=score)
