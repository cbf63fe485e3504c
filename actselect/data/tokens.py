"""Texts as numbers: which entry of a lexicon each token is.

Notation: N texts, S tokens of all texts, L different tokens.

A lexicon is an inventory of what the data hold, not what a network knows: the vocabulary is chosen
from it by a task, from training texts only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self, final

import numpy as np
import numpy.typing as npt

from actselect.records import IntArray


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tokens:
    """Texts, one after the other.

    Args:
        codes: (S,) unsigned whole numbers: the entry of ``lexicon`` that each token is.
        lengths: (N,) tokens of each text, summing to S; a text may be empty.
        lexicon: (L,) different tokens, sorted.
    """

    codes: npt.NDArray[np.unsignedinteger]
    lengths: IntArray
    lexicon: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> Self:
        """Return texts given as lists of tokens.

        >>> Tokens.of([["a", "b"], [], ["b"]]).codes.tolist()
        [0, 1, 1]
        """
        lengths: list[int] = []
        flat: list[str] = []
        for text in texts:
            lengths.append(len(text))
            flat.extend(text)
        lexicon = tuple(sorted(set(flat)))
        number = {token: i for i, token in enumerate(lexicon)}
        kind = np.min_scalar_type(max(1, len(lexicon) - 1))
        codes = np.fromiter((number[token] for token in flat), dtype=kind, count=len(flat))
        return cls(codes=codes, lengths=np.array(lengths, dtype=np.int64), lexicon=lexicon)

    @property
    def starts(self) -> IntArray:
        """(N,) first token of each text in ``codes``."""
        return np.asarray(np.cumsum(self.lengths) - self.lengths, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.lengths)

    def text(self, i: int) -> tuple[str, ...]:
        """Return the tokens of text i."""
        start = int(self.lengths[:i].sum())
        return tuple(self.lexicon[c] for c in self.codes[start : start + int(self.lengths[i])])

    def take(self, chosen: IntArray) -> Tokens:
        """Return these texts, in this order, with the same lexicon."""
        lengths = self.lengths[chosen]
        ends = np.cumsum(lengths)
        index = np.arange(int(lengths.sum())) + np.repeat(
            self.starts[chosen] - ends + lengths, lengths
        )
        return Tokens(codes=self.codes[index], lengths=lengths, lexicon=self.lexicon)
