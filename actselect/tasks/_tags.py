"""What is right in tags: each by itself, and whole spans.

Notation: N sequences, S tags of all of them; E examples asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np

from actselect.data.tokens import Tokens
from actselect.metrics import spans
from actselect.records import FloatArray, IntArray

COUNTS: Final = 5  # numbers of an example: spans right, predicted, true; tags right, tags


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """Counts what is right in tags; ``spans`` is None where tags are no spans."""

    answers: Tokens
    starts: IntArray
    spans: spans.SpanTable | None

    @classmethod
    def of(cls, answers: Tokens) -> Self:
        """Find out whether tags are spans."""
        table = None
        if spans.detect_scheme(answers.lexicon) is not None:
            table = spans.SpanTable.of(answers.lexicon)
        return cls(answers=answers, starts=answers.starts, spans=table)

    def true(self, examples: IntArray) -> IntArray:
        """Return the true tags of these examples, one after the other."""
        return self.answers.take(examples).codes.astype(np.int64)

    def counts(self, predicted: IntArray, examples: IntArray) -> FloatArray:
        """Return (E, COUNTS) for tags that stand one after the other."""
        true, lengths = self.true(examples), self.answers.lengths[examples]
        rows = np.zeros((len(examples), COUNTS))
        if self.spans is not None:
            rows[:, :3] = self.spans.span_counts(predicted, true, lengths)
        starts = np.cumsum(lengths) - lengths
        rows[:, 3] = np.add.reduceat((predicted == true).astype(np.int64), starts)
        rows[:, 4] = lengths
        return rows


def span_notes(judge: Judge) -> tuple[str, ...]:
    """Return what the reader of a report should know about spans."""
    if judge.spans is None:
        return ()
    answers = judge.answers
    scheme = judge.spans.scheme_of(answers.codes.astype(np.int64), answers.lengths)
    loose = judge.spans.loose_starts(answers.codes.astype(np.int64), answers.lengths)
    note = f"Tags are spans in the scheme {scheme}."
    if loose and scheme != "IOB1":
        note += f" {loose} spans begin without B and were taken as they are, as conlleval does."
    return (note,)
