"""Pairs of texts as a network sees them.

Notation: N pairs, V symbols; B pairs in a batch, T steps, S tokens of the longest source, A tokens
of the longest answer; E examples asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from actselect.records import FloatArray, IntArray
from actselect.tasks._base import Batch, Network, Scaled
from actselect.tasks._evaluation import parts
from actselect.tasks._texts import TextInputs
from actselect.tasks._vocabulary import BEGIN, END, FIRST, PADDING
from actselect.tasks._writing import write

IGNORED: Final = -100
COUNTS: Final = 4  # numbers of an example: wholly right, 1, tokens right, tokens


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledPairs(Scaled):
    """Pairs in symbols, one vocabulary for both.

    Args:
        sources: N texts to read.
        answers: the text that belongs to each; None where they are not known.
        longest: tokens that are written at most.
    """

    sources: TextInputs
    answers: TextInputs | None
    longest: int

    @property
    def sizes(self) -> IntArray:
        """Tokens of source and answer, and the mark between them."""
        total = self.sources.tokens.lengths + 1
        return total if self.answers is None else total + self.answers.tokens.lengths

    def batch(self, examples: IntArray) -> Batch:
        """Return source, mark and answer (B, T), lengths (B,) if any, and what comes next (B, T).

        Only the answer and its end are asked for.
        """
        if self.answers is None:
            return self.prefix(examples)
        sources, read = _looked_up(self.sources, examples)
        answers, told = _looked_up(self.answers, examples)
        lengths = read + 1 + told
        inputs = _begun(sources, read, int(lengths.max()))
        targets = torch.full_like(inputs, IGNORED)
        row, step = (torch.arange(answers.shape[1]) < told[:, None]).nonzero(as_tuple=True)
        inputs[row, read[row] + 1 + step] = answers[row, step]
        targets[row, read[row] + step] = answers[row, step]
        targets[torch.arange(len(read)), read + told] = END
        return _batch(inputs, lengths, targets)

    def prefix(self, examples: IntArray) -> Batch:
        """Return the sources with the mark, without targets."""
        sources, read = _looked_up(self.sources, examples)
        inputs = _begun(sources, read, sources.shape[1] + 1)
        return _batch(inputs, read + 1, torch.full_like(inputs, IGNORED))

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy of a token of the answer, of outputs (B, T, V)."""
        asked = targets != IGNORED
        return functional.cross_entropy(output[asked], targets[asked])

    def written(self, network: Network, examples: IntArray, *, beam: int = 1) -> IntArray:
        """Return what a network writes, (E, longest) symbols, padded."""
        known = len(self.sources.vocabulary.known)
        result = np.full((len(examples), self.longest), PADDING, dtype=np.int64)
        for positions in parts(examples, self.sizes, FIRST + known):
            prefix = self.prefix(examples[positions])
            rows = write(network, prefix, self.longest, known=known, beam=beam)
            result[positions] = rows.numpy()
        return result

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what is right in what a network writes, (E, COUNTS)."""
        if self.answers is None:
            raise ValueError("there are no true answers to compare with")
        written = self.written(network, examples)
        return judged([row[row != PADDING] for row in written], symbols(self.answers, examples))

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``known``, the vocabulary."""
        return self.sources.vocabulary.state()


def symbols(inputs: TextInputs, texts: IntArray) -> list[IntArray]:
    """Return the symbols of each of these texts."""
    found, lengths = _looked_up(inputs, texts)
    return [row[:length].numpy() for row, length in zip(found, lengths.tolist(), strict=True)]


def judged(written: Sequence[IntArray], true: Sequence[IntArray]) -> FloatArray:
    """Return (E, COUNTS) for answers in symbols, of which those written are known.

    Tokens are compared place by place; those that are missing, too many or unknown are wrong.

    >>> judged([np.array([4, 5])], [np.array([4, 6, 7])]).tolist()
    [[0.0, 1.0, 1.0, 3.0]]
    """
    rows = np.zeros((len(true), COUNTS))
    for row, (answer, wanted) in enumerate(zip(written, true, strict=True)):
        common = min(len(wanted), len(answer))
        right = wanted[:common] == answer[:common]
        exact = len(wanted) == len(answer) and bool(right.all())
        rows[row] = exact, 1.0, right.sum(), max(len(wanted), len(answer))
    return rows


def _looked_up(inputs: TextInputs, texts: IntArray) -> tuple[Tensor, Tensor]:
    """Return symbols, padded, one row a text, and the lengths of the texts, (B,)."""
    codes, lengths = inputs.codes(texts)
    return inputs.table[codes][..., 0], torch.from_numpy(lengths)


def _begun(sources: Tensor, read: Tensor, steps: int) -> Tensor:
    """Return sources (B, S) with the mark after each, (B, steps)."""
    inputs = functional.pad(sources, (0, steps - sources.shape[1]), value=PADDING)
    inputs[torch.arange(len(read)), read] = BEGIN
    return inputs


def _batch(inputs: Tensor, lengths: Tensor, targets: Tensor) -> Batch:
    ragged = int(lengths.min()) < inputs.shape[1]
    return Batch(inputs=inputs, lengths=lengths if ragged else None, targets=targets)
