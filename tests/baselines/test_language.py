"""N-grams against the formulas of Chen and Goodman (1999), written out with dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain, product

import numpy as np
import pytest

from actselect.baselines import fit_ngram, fit_unigram

Docs = list[list[int]]
SIZE = 5


def _flat(docs: Docs) -> tuple[np.ndarray, np.ndarray]:
    return np.array(list(chain(*docs)), dtype=np.int64), np.array([len(doc) for doc in docs])


def _random_docs(steps: int, seed: int = 0) -> Docs:
    """Return documents of 0 to 9 tokens, rare and frequent ones, that depend on each other."""
    random = np.random.default_rng(seed)
    docs: Docs = []
    while sum(map(len, docs)) < steps:
        doc: list[int] = []
        for _ in range(random.integers(0, 10)):
            follow = doc and random.random() < 0.4
            doc.append((doc[-1] + 1) % SIZE if follow else min(random.geometric(0.5), SIZE) - 1)
        docs.append(doc)
    return docs


def _by_the_book(docs: Docs, order: int) -> Callable[[int, tuple[int, ...]], float]:
    """Return p(token, context) of modified Kneser-Ney; -1 is the mark before a document."""
    marked = [[-1, *doc] for doc in docs]
    seen = {
        k: Counter(tuple(d[i : i + k]) for d in marked for i in range(len(d) - k + 1))
        for k in range(1, order + 2)
    }
    del seen[1][(-1,)]
    counts, discounts = {}, {}
    for k in range(1, order + 1):
        counts[k] = Counter(seen[k])
        if k < order:
            before = Counter(gram[1:] for gram in seen[k + 1])
            counts[k].update({g: before[g] - seen[k][g] for g in seen[k] if g[0] != -1})
        n = [sum(c == i for c in counts[k].values()) for i in range(5)]
        discounts[k] = [0, 0.5, 1, 1.5]
        if min(n[1:]) > 0:
            y = n[1] / (n[1] + 2 * n[2])
            found = [0, *(i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3))]
            discounts[k] = found if min(found[1:]) > 0 else discounts[k]

    def p(token: int, context: tuple[int, ...]) -> float:
        k = len(context) + 1
        lower = p(token, context[1:]) if context else 1 / SIZE
        here = [counts[k][(*context, v)] for v in range(SIZE)]
        if sum(here) == 0:
            return lower
        taken = [discounts[k][min(c, 3)] for c in here]
        return (here[token] - taken[token] + sum(taken) * lower) / sum(here)

    return p


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("steps", [12, 400])
def test_scores_equal_the_formulas(order: int, steps: int) -> None:
    """On few tokens, where discounts fall back, and on many; contexts end where documents do."""
    train, new = _random_docs(steps), _random_docs(100, seed=1)
    p = _by_the_book(train, order)
    expected = [
        np.log(p(marked[i], marked[max(0, i - order + 1) : i]))
        for marked in ((-1, *doc) for doc in new)
        for i in range(1, len(marked))
    ]

    score = fit_ngram(*_flat(train), SIZE, order)

    np.testing.assert_allclose(score(*_flat(new)), expected, rtol=1e-10)


def test_probabilities_sum_to_one_after_every_context() -> None:
    """All contexts of up to three tokens, seen or not; an entry never seen has some, too."""
    size = SIZE + 1
    score = fit_ngram(*_flat(_random_docs(60)), size, 3)
    for context in (c for n in range(4) for c in product(range(size), repeat=n)):
        docs = [[*context, token] for token in range(size)]
        codes, lengths = _flat(docs)

        last = np.exp(score(codes, lengths)[np.cumsum(lengths) - 1])

        assert last.min() > 0
        assert abs(last.sum() - 1) < 1e-12


def test_a_document_is_scored_the_same_alone_and_among_others() -> None:
    """No context reaches into the document before."""
    docs = [doc for doc in _random_docs(60, seed=2) if doc]
    score = fit_ngram(*_flat(_random_docs(200)), SIZE, 3)

    alone = np.concatenate([score(*_flat([doc])) for doc in docs])

    assert alone.tolist() == score(*_flat(docs)).tolist()


def test_a_rule_is_learnt_by_an_order_that_can_see_it() -> None:
    """0 1 1 0 1 1 ... needs two tokens of context; with these it costs next to nothing."""
    codes = np.tile([0, 1, 1], 200)
    train, new, lengths = codes[:450], codes[450:], np.array([150])

    second, third = (fit_ngram(train, np.array([450]), 2, n)(new, lengths) for n in (2, 3))

    assert -second.mean() > 0.4
    assert -third[2:].mean() < 0.02


def test_a_unigram_tells_frequencies_less_a_discount() -> None:
    """By hand: counts 6, 3, 0 of 9, too few to tell discounts; 3 are shared by three entries."""
    score = fit_unigram(np.array([0, 1, 0, 0, 1, 0, 0, 1, 0]), np.array([4, 5]), 3)

    found = np.exp(score(np.array([0, 1, 2, 0]), np.array([4])))

    np.testing.assert_allclose(found, np.array([5.5, 2.5, 1, 5.5]) / 9)


def test_training_documents_shorter_than_the_order_are_no_obstacle() -> None:
    """Orders without a single n-gram add nothing."""
    score = fit_ngram(np.array([0, 1]), np.array([1, 0, 1]), 2, 6)

    found = np.exp(score(np.array([0, 1, 0, 1, 0, 1, 0]), np.array([7])))

    np.testing.assert_allclose(found, 0.5)
