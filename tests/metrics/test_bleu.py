"""BLEU, against sacrebleu and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from actselect.exceptions import UsageError
from actselect.metrics.bleu import bleu, bleu_counts
from actselect.records import IntArray

Corpus = tuple[list[list[int]], list[list[list[int]]]]


def drawn(seed: int) -> Corpus:
    """Return 1 to 5 candidates, most of them near their 1 to 5 references; few words, so ties."""
    random = np.random.default_rng(seed)
    size, several, words = random.integers(1, 6), random.integers(1, 6), random.integers(2, 8)
    candidates, references = [], []
    for _ in range(size):
        right = [random.integers(0, words, random.integers(1, 12)) for _ in range(several)]
        slips = np.where(random.random(len(right[0])) < 0.2, 0, right[0])[random.integers(0, 3) :]
        free = random.integers(0, words, random.integers(0, 12))
        candidates.append((slips if random.random() < 0.7 else free).tolist())
        references.append([reference.tolist() for reference in right])
    return candidates, references


def rows(corpus: Corpus) -> IntArray:
    """Return a row of counts for each candidate."""
    return np.stack([bleu_counts(*pair) for pair in zip(*corpus, strict=True)])


def test_bleu_is_that_of_sacrebleu() -> None:
    """Summed rows of 300 random corpora give sacrebleu's BLEU; most of them are above 0."""
    oracle = BLEU(tokenize="none", smooth_method="none", force=True, effective_order=False)
    above = 0
    for seed in range(300):
        candidates, references = corpus = drawn(seed)
        lines = [" ".join(map(str, text)) for text in candidates]
        streams = [
            [" ".join(map(str, text)) for text in texts] for texts in zip(*references, strict=True)
        ]

        expected = oracle.corpus_score(lines, streams).score / 100

        assert bleu(rows(corpus).sum(axis=0)) == pytest.approx(expected, abs=1e-9)
        above += expected > 0
    assert above > 150


def test_the_example_of_the_paper_is_clipped() -> None:
    """Seven times "the" matches twice: Papineni et al. 2002, example 2 of section 2.1."""
    references = ["the cat is on the mat", "there is a cat on the mat"]

    counts = bleu_counts(["the"] * 7, [reference.split() for reference in references])

    # Matched 1-grams, and no longer ones; 7 to 4 of all; 7 tokens, and a reference of 7.
    assert [2, 0, 0, 0, 7, 6, 5, 4, 7, 7] == counts.tolist()


def test_a_short_answer_is_penalised_as_by_hand() -> None:
    """Five right tokens of six: every precision is 1, so BLEU is exp(1 - 6 / 5)."""
    assert math.exp(1 - 6 / 5) == pytest.approx(bleu(bleu_counts("abcde", ["abcdef"])))


def test_of_two_lengths_equally_close_the_shorter_counts() -> None:
    """Lengths 4 and 6 are as close to 5."""
    assert bleu_counts("abcde", ["abcdef", "abcd"])[-1] == 4


def test_a_perfect_answer_scores_1_and_one_too_short_for_an_order_0() -> None:
    """Four tokens can be perfect; three have no 4-gram, and no answer has no n-gram at all."""
    assert bleu(bleu_counts([1, 2, 3, 4], [[9], [1, 2, 3, 4]])) == 1.0
    assert bleu(bleu_counts([1, 2, 3], [[1, 2, 3]])) == 0.0
    assert bleu(bleu_counts([], [[1, 2, 3]])) == 0.0
    assert bleu(np.zeros(10, dtype=np.int64)) == 0.0


def test_lists_and_arrays_of_tokens_are_the_same() -> None:
    """Words, numbers and arrays of numbers give the same row."""
    listed = bleu_counts([1, 2, 3], [[1, 2], [2, 3, 3]])
    arrays = bleu_counts(np.array([1, 2, 3]), [np.array([1, 2]), np.array([2, 3, 3])])
    words = bleu_counts(["a", "b", "c"], [["a", "b"], ["b", "c", "c"]])

    assert listed.tolist() == arrays.tolist() == words.tolist()


def test_a_candidate_without_references_is_refused() -> None:
    """There is no length to compare with."""
    with pytest.raises(UsageError, match="at least one"):
        bleu_counts([1], [])
