"""SequenceDataset: what every reader returns and every task starts from.

Notation: N sequences, S steps over all sequences, F features.
Sequences are stored one after the other, so different lengths cost nothing and a file on disk can
later be mapped instead of read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from actselect.data.pieces import rows_between
from actselect.data.tokens import Tokens
from actselect.records import FloatArray, IntArray

PIECE = 2**16  # rows hashed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceDataset:
    """Sequences with optional targets, groups and times; immutable and already validated.

    Args:
        name: short name, shown in reports and used for the study folder.
        values: (S, F) features of all steps; NaN marks a missing value; (S, 0) for text and images.
        lengths: (N,) steps of each sequence, all at least 1, summing to S.
        feature_names: F names; of text or images, the one column they came from.
        tokens: the N texts, of the same lengths, where sequences are text.
        images: (N, height, width, channels) uint8, or (N, D) float32 where the user gave features
            of images; each is a sequence of one step.
        targets: (N,) labels (str) or numbers (float64), one per sequence; None when the target is
            one of the features (forecasting) or is in ``answers``.
        answers: A target texts: the tags of each step (tagging), sentences (captioning,
            sequence-to-sequence), or the set of labels of a sequence (several labels).
        answer_of: (A,) the sequence each answer belongs to, in ascending order.
        target_name: name of the target column.
        series: (N,) identifier of each sequence, as text.
        groups: (N,) group of each sequence, as text; a group stays on one side of every split.
        time: (S,) time stamp of each step (datetime64[ns] or int64); None when only order is known.
        test: (N,) True for sequences that the user gave as test data; None when actselect splits.
        validation: (N,) True for sequences that the user gave as validation data; None when
            actselect splits.
        test_steps: (N,) steps at the end of each series that the user gave as test data
            (forecasting, where a test set continues the series); None when actselect splits.
        notes: what the reader decided (missing values, sorting), one sentence each, for reports.
    """

    name: str
    values: FloatArray
    lengths: IntArray
    feature_names: tuple[str, ...]
    tokens: Tokens | None = None
    images: npt.NDArray[np.generic] | None = None
    targets: npt.NDArray[np.generic] | None = None
    answers: Tokens | None = None
    answer_of: IntArray | None = None
    target_name: str = "target"
    series: tuple[str, ...] = ()
    groups: npt.NDArray[np.str_] | None = None
    time: npt.NDArray[np.generic] | None = None
    test: npt.NDArray[np.bool_] | None = None
    validation: npt.NDArray[np.bool_] | None = None
    test_steps: IntArray | None = None
    notes: tuple[str, ...] = ()

    @property
    def offsets(self) -> IntArray:
        """(N + 1,) start of each sequence in ``values``; the last entry is S."""
        return np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)

    def __len__(self) -> int:
        return len(self.lengths)

    def sequence(self, i: int) -> FloatArray:
        """Return sequence i, (T_i, F)."""
        start = int(self.lengths[:i].sum())
        return self.values[start : start + int(self.lengths[i])]

    def times(self, i: int) -> npt.NDArray[np.generic]:
        """Return the times of sequence i, (T_i,); its step numbers where no time is known."""
        if self.time is None:
            return np.arange(self.lengths[i])
        start = int(self.lengths[:i].sum())
        return self.time[start : start + int(self.lengths[i])]

    def with_notes(self, *notes: str) -> SequenceDataset:
        """Return a copy with further notes; those already there are not repeated."""
        new = tuple(note for note in notes if note not in self.notes)
        return replace(self, notes=(*self.notes, *new))

    @property
    def sha256(self) -> str:
        """Hash of everything that a result depends on; independent of the name."""
        digest = hashlib.sha256()
        arrays = (self.values, self.lengths, self.targets, self.groups, self.time, self.test)
        for array in (*arrays, self.test_steps):
            _digest(digest, array)
        names = "\x1f".join((*self.feature_names, self.target_name, *self.series))
        digest.update(names.encode(errors="surrogatepass"))
        for texts in (self.tokens, self.answers):
            if texts is not None:
                digest.update("\x1f".join(texts.lexicon).encode(errors="surrogatepass"))
                _digest(digest, texts.lengths)
                _digest(digest, texts.codes)
        for array in (self.images, self.answer_of, self.validation):
            if array is not None:
                _digest(digest, array)
        return digest.hexdigest()


def _digest(digest: hashlib._Hash, array: npt.NDArray[np.generic] | None) -> None:
    """Add an array to a hash, by pieces, so that one mapped from a file is never held at once."""
    if array is None:
        digest.update(b"none")
    elif array.dtype.kind in "UO":
        digest.update("\x1f".join(map(str, array.tolist())).encode(errors="surrogatepass"))
    else:
        digest.update(str(array.dtype).encode())
        for start in range(0, len(array), PIECE):
            digest.update(np.ascontiguousarray(rows_between(array, start, start + PIECE)).tobytes())
