"""What a language model reads: passages of a text, in the symbols that a vocabulary has.

Notation: S tokens of all texts, L entries of their lexicon, E passages; V symbols; B passages in a
batch, T tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from actselect.data.tokens import Tokens
from actselect.records import FloatArray, IntArray
from actselect.tasks._base import Batch, Network, Scaled
from actselect.tasks._evaluation import outputs
from actselect.tasks._passages import Passages
from actselect.tasks._vocabulary import BEGIN, FIRST, PADDING, Vocabulary, occurrences_of

IGNORED: Final = -100  # what cross_entropy leaves out: steps that do not exist


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """What follows from what a token is.

    Args:
        passage: tokens of a passage at most.
        truncation: tokens after which gradients are cut off.
        most: symbols that are known at most.
        least: occurrences below which a token stays unknown.
        width: numbers for each symbol.
        order: of the n-gram to beat.
        metric: the default.
    """

    passage: int
    truncation: int
    most: int
    least: int
    width: int
    order: int
    metric: str


CHARACTERS: Final = Grain(
    passage=1024, truncation=64, most=1000, least=2, width=32, order=6, metric="bits_per_character"
)
WORDS: Final = Grain(
    passage=256, truncation=32, most=10_000, least=2, width=64, order=3, metric="perplexity"
)


def grain_of(texts: Tokens) -> Grain:
    """Return whether tokens are characters or words.

    >>> grain_of(Tokens.of([["to", "be"]])).metric
    'perplexity'
    """
    return CHARACTERS if all(len(entry) <= 1 for entry in texts.lexicon) else WORDS


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledText(Scaled):
    """Passages in symbols; made by :func:`scaled_text`.

    Args:
        codes: (S,) entries of the lexicon, perhaps mapped from a file.
        passages: where examples are.
        vocabulary: what is known.
        table: (L,) symbol of each entry of the lexicon.
        characters: (L,) characters of each entry.
    """

    codes: npt.NDArray[np.unsignedinteger]
    passages: Passages
    vocabulary: Vocabulary
    table: IntArray
    characters: IntArray

    @property
    def sizes(self) -> IntArray:
        """Tokens of each passage."""
        return self.passages.lengths

    def batch(self, examples: IntArray) -> Batch:
        """Return the symbols before (B, T), lengths (B,) if any, and the symbols (B, T)."""
        starts, lengths = self.passages.starts[examples], self.passages.lengths[examples]
        step = np.arange(int(lengths.max()))
        exists = step < lengths[:, None]
        targets = self.table[self.codes[np.where(exists, starts[:, None] + step, 0)]]
        before = np.empty_like(targets)
        before[:, 1:] = targets[:, :-1]
        lead = self.table[self.codes[np.maximum(starts - 1, 0)]]
        before[:, 0] = np.where(self.passages.first[examples], BEGIN, lead)
        ragged = int(lengths.min()) < len(step)
        return Batch(
            inputs=torch.from_numpy(np.where(exists, before, PADDING)),
            lengths=torch.from_numpy(lengths) if ragged else None,
            targets=torch.from_numpy(np.where(exists, targets, IGNORED)),
        )

    def symbols(self, examples: IntArray) -> IntArray:
        """Return the symbols of these passages, one after the other."""
        pieces = self.passages.pieces(examples)
        return np.concatenate([self.table[self.codes[tokens]] for _, tokens in pieces])

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy of a token, of outputs (B, T, V)."""
        return functional.cross_entropy(
            output.flatten(0, 1), targets.flatten(), ignore_index=IGNORED
        )

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return nats, tokens and characters of each passage, (E, 3)."""
        rows = self.sizes_of(examples)
        width = FIRST + len(self.vocabulary.known)
        for positions, batch, output in outputs(network, self, examples, width):
            nats = functional.cross_entropy(
                output.transpose(1, 2), batch.targets, ignore_index=IGNORED, reduction="none"
            )
            rows[positions, 0] = nats.double().sum(1).numpy()
        return rows

    def sizes_of(self, examples: IntArray) -> FloatArray:
        """Return rows (E, 3) with zero nats, tokens, and characters."""
        rows = np.zeros((len(examples), 3))
        for part, tokens in self.passages.pieces(examples):
            lengths = self.passages.lengths[examples[part]]
            starts = np.cumsum(lengths) - lengths
            rows[part, 1] = lengths
            rows[part, 2] = np.add.reduceat(self.characters[self.codes[tokens]], starts)
        return rows

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``known``, the vocabulary."""
        return self.vocabulary.state()


def vocabulary_of(texts: Tokens, passages: Passages, train: IntArray, grain: Grain) -> Vocabulary:
    """Return what is known from these passages."""
    counts = np.zeros(len(texts.lexicon), dtype=np.int64)
    for _, tokens in passages.pieces(train):
        counts += occurrences_of(texts.codes[tokens], len(counts))
    return Vocabulary.fit(texts.lexicon, counts, most=grain.most, least=grain.least)


def scaled_text(
    texts: Tokens, passages: Passages, vocabulary: Vocabulary, grain: Grain
) -> ScaledText:
    """Look up every entry of the lexicon; a word takes a separator along."""
    separator = 0 if grain == CHARACTERS else 1
    return ScaledText(
        codes=texts.codes,
        passages=passages,
        vocabulary=vocabulary,
        table=vocabulary.table(texts.lexicon)[:, 0],
        characters=np.array([len(entry) + separator for entry in texts.lexicon], dtype=np.int64),
    )
