"""Texts as a network sees them: batches of symbols.

Notation: N texts, S tokens, L entries of the lexicon; B texts in a batch, T tokens of the longest
of them, M symbols a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError
from actselect.records import IntArray
from actselect.tasks._vocabulary import Vocabulary


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextInputs:
    """Texts with the symbols that a vocabulary has for them.

    Args:
        tokens: the texts.
        vocabulary: what is known.
        starts: (N,) first token of each text.
        table: (L + 1, M) symbols of each entry; the last row is padding, zeros.
    """

    tokens: Tokens
    vocabulary: Vocabulary
    starts: IntArray
    table: Tensor

    @classmethod
    def of(cls, tokens: Tokens, vocabulary: Vocabulary) -> TextInputs:
        """Look up every entry of the lexicon."""
        table = torch.from_numpy(vocabulary.table(tokens.lexicon))
        return cls(
            tokens=tokens,
            vocabulary=vocabulary,
            starts=tokens.starts,
            table=torch.cat([table, table.new_zeros(1, table.shape[1])]),
        )

    def codes(self, texts: IntArray) -> tuple[Tensor, IntArray]:
        """Return entries of the lexicon, (B, T), L where padded on the right, and lengths (B,)."""
        lengths = self.tokens.lengths[texts]
        step = np.arange(int(lengths.max()))
        exists = step < lengths[:, None]
        index = np.where(exists, self.starts[texts][:, None] + step, 0)
        codes = self.tokens.codes[index].astype(np.int64)  # as they are stored, L may not fit
        return torch.from_numpy(np.where(exists, codes, len(self.tokens.lexicon))), lengths

    def gather(self, texts: IntArray) -> tuple[Tensor, Tensor | None]:
        """Return symbols (B, T, M), (B, T) for one a token, and lengths, None if all are T."""
        codes, lengths = self.codes(texts)
        symbols = self.table[codes]
        if symbols.shape[-1] == 1:
            symbols = symbols.squeeze(-1)
        ragged = int(lengths.min()) < codes.shape[1]
        return symbols, torch.from_numpy(lengths) if ragged else None


def required_texts(dataset: SequenceDataset) -> Tokens:
    """Return the texts of a data set.

    Raises:
        DataError: it holds numbers.
    """
    if dataset.tokens is None:
        raise DataError(
            wanted="texts",
            got=f"numbers in {len(dataset.feature_names)} columns",
            where=dataset.name,
            todo="Choose another task, or give a column of text.",
        )
    return dataset.tokens
