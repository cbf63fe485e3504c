"""CIDEr-D, against values of the released code and by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from actselect.exceptions import UsageError
from actselect.metrics.bleu import Sentence
from actselect.metrics.cider import CiderD, cider_d

GOLDEN = Path(__file__).parents[1] / "golden" / "cider.json"


def test_scores_are_those_of_the_released_code() -> None:
    """Each caption of 200 random corpora has the score that its authors' program gives."""
    saved = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert "pycocoevalcap 1.2" in saved["source"]
    assert len(saved["cases"]) == 200
    for case in saved["cases"]:
        candidates, images = case["candidates"], np.arange(len(case["references"]))
        scorer = CiderD.of(case["references"])

        scores = scorer.scores(candidates, images)

        np.testing.assert_allclose(scores, case["scores"], rtol=0, atol=1e-6)
        corpus = cider_d(scorer.rows(candidates, images).sum(axis=0))
        assert corpus == pytest.approx(np.mean(case["scores"]), abs=1e-6)


def test_a_caption_scores_as_by_hand() -> None:
    """Two images; the word that both have weighs nothing, an unknown one as much as a rare one.

    Weights are log 2 each, but 0 for "a".  "a cat cat" against "a cat sits":
    1-grams: cat 2, against cat 1, sits 1: min(2, 1) * 1 / (2 * sqrt 2).
    2-grams: a-cat, cat-cat against a-cat, cat-sits: 1 / (sqrt 2 * sqrt 2).
    3-grams: no match.  4-grams: none.  Both have 3 tokens, so no penalty.
    """
    scorer = CiderD.of([[["a", "cat", "sits"]], [["a", "dog", "runs"]]])

    (score,) = scorer.scores([["a", "cat", "cat"]], np.array([0]))

    assert 10 * (1 / (2 * math.sqrt(2)) + 1 / 2) / 4 == pytest.approx(score, abs=1e-12)


def test_a_longer_caption_is_penalised_as_by_hand() -> None:
    """Six tokens more cost a factor exp(-6 ** 2 / (2 * 6 ** 2)), beside their share of the norm."""
    scorer = CiderD.of([["abcd"], ["efgh"]])

    (score,) = scorer.scores(["abcdzzzzzz"], np.array([0]))

    # Squared norms of n = 1..4: four n-grams once, and z 6 times, zz 5, zzz 4, zzzz 3 times.
    # Of the reference's 4, 3, 2 and 1 n-grams, all are found.
    norms = [4 + 36, 4 + 25, 4 + 16, 4 + 9]
    cosines = [math.sqrt((4 - n) / norm) for n, norm in enumerate(norms)]
    assert 10 * sum(cosines) / 4 * math.exp(-0.5) == pytest.approx(score, abs=1e-12)


def test_the_same_caption_as_the_only_reference_scores_10() -> None:
    """Four tokens or more that no other image has are perfect; another image's score 0."""
    scorer = CiderD.of([[[1, 2, 3, 4, 5]], [[6, 7, 8, 9]]])
    captions: list[Sentence] = [np.array([1, 2, 3, 4, 5]), [6, 7, 8, 9], [1, 2, 3, 4, 5]]

    assert scorer.scores(captions, np.array([0, 1, 1])) == pytest.approx([10, 10, 0])


def test_the_order_of_captions_changes_nothing() -> None:
    """Captions of some images, in any order, have the scores they have among all."""
    random = np.random.default_rng(0)
    references = [[random.integers(0, 9, 8) for _ in range(3)] for _ in range(20)]
    candidates = [random.integers(0, 9, 8) for _ in range(20)]
    scorer, order = CiderD.of(references), random.permutation(20)[:15]

    chosen = scorer.scores([candidates[i] for i in order], order)

    assert scorer.scores(candidates, np.arange(20))[order].tolist() == chosen.tolist()


def test_no_captions_and_a_single_image_score_0() -> None:
    """With one image no word is rarer than another, so there is nothing to agree on."""
    scorer = CiderD.of([[[1, 2, 3, 4]]])

    assert scorer.scores([[1, 2, 3, 4]], np.array([0])).tolist() == [0.0]
    assert cider_d(scorer.rows([], np.array([], dtype=np.int64)).sum(axis=0)) == 0.0


@pytest.mark.parametrize("references", [[], [[[1]], []]])
def test_an_image_without_references_is_refused(references: list[list[list[int]]]) -> None:
    """There is nothing to agree with."""
    with pytest.raises(UsageError, match="at least one"):
        CiderD.of(references)
