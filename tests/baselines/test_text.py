"""TF-IDF, logistic regression and labels, against scikit-learn's own pipeline on strings."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_sample_weight

from actselect.baselines import (
    Sequences,
    fit_label_shares,
    fit_multilabel_logistic,
    fit_multilabel_tfidf,
    fit_tfidf,
)
from actselect.data.tokens import Tokens


def _texts(n: int, seed: int = 0) -> tuple[list[list[str]], np.ndarray]:
    """Return texts of 1 to 8 tokens, the first three of which tell the class, often."""
    random = np.random.default_rng(seed)
    labels = np.minimum(np.arange(n) % 4, 2)
    texts = [
        [f"w{random.integers(12)}" if random.random() < 0.8 else f"w{label}" for _ in range(size)]
        for label, size in zip(labels, random.integers(1, 9, n), strict=True)
    ]
    return texts, labels


def _sklearn_features(train: list[list[str]], new: list[list[str]]) -> tuple[object, object]:
    """Return TF-IDF of tokens and pairs as scikit-learn makes it from strings."""
    words = r"\S+"
    vectorizer = TfidfVectorizer(
        token_pattern=words, ngram_range=(1, 2), min_df=2, sublinear_tf=True
    )
    x = vectorizer.fit_transform([" ".join(text) for text in train])
    return x, vectorizer.transform([" ".join(text) for text in new])


@pytest.mark.parametrize("balanced", [False, True])
def test_probabilities_equal_those_of_scikit_learn(balanced: bool) -> None:
    """The penalty is the best of three on each third left out; the rest is the pipeline's."""
    texts, labels = _texts(200)
    train, new, y = texts[:150], texts[150:], labels[:150]
    both = Tokens.of(texts)
    x, x_new = _sklearn_features(train, new)
    kind = "balanced" if balanced else None
    weights = compute_sample_weight(kind, y)
    rank = np.array([int((y < y[i]).sum() + (y[:i] == y[i]).sum()) for i in range(150)])
    losses = {}
    for strength in (1, 10, 100):
        model = LogisticRegression(C=strength, class_weight=kind, solver="newton-cg")
        losses[strength] = sum(
            log_loss(
                y[rank % 3 == k],
                model.fit(x[rank % 3 != k], y[rank % 3 != k]).predict_proba(x[rank % 3 == k]),
                sample_weight=weights[rank % 3 == k],
                normalize=False,
            )
            for k in range(3)
        )
    model.set_params(C=min(losses, key=lambda c: losses[c])).fit(x, y)

    predict = fit_tfidf(both.take(np.arange(150)), y, 3, balanced)

    expected = model.predict_proba(x_new)
    np.testing.assert_allclose(predict(both.take(np.arange(150, 200))), expected, atol=1e-6)


def test_a_class_without_a_text_gets_no_probability() -> None:
    """Of four classes the second does not occur; the first is alone in its class."""
    texts = Tokens.of([["a"], ["b"], ["b", "b"], ["c"], ["c", "b"]])

    found = fit_tfidf(texts, np.array([0, 2, 2, 3, 3]), 4, True)(texts)

    assert (found[:, 1] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("texts", "labels", "expected"),
    [([["a"], ["b"]], [1, 1], [0, 1, 0]), ([[], [], [], []], [0, 0, 0, 2], [0.75, 0, 0.25])],
    ids=["one class", "no tokens"],
)
def test_where_nothing_can_be_learnt_the_shares_are_told(
    texts: list[list[str]], labels: list[int], expected: list[float]
) -> None:
    """With one class, or without any token, the prediction is constant."""
    tokens = Tokens.of(texts)

    found = fit_tfidf(tokens, np.array(labels), 3, False)(tokens)

    assert found.tolist() == [expected] * len(texts)


def test_an_empty_text_and_one_of_new_tokens_get_the_same_prediction() -> None:
    """Neither holds anything that training knows."""
    texts = Tokens.of([["a"], ["a", "b"], ["c"], ["c", "b"], [], ["new", "words"]])

    predict = fit_tfidf(texts.take(np.arange(4)), np.array([0, 0, 1, 1]), 2, False)

    found = predict(texts.take(np.array([4, 5])))
    assert found[0].tolist() == found[1].tolist()
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_labels_of_texts_are_predicted_one_by_one() -> None:
    """Each column equals its own logistic regression; constant ones are told as they are."""
    texts, classes = _texts(120)
    y = np.stack([classes == 0, classes != 1, classes < 0, classes >= 0], axis=1).astype(int)
    x, x_new = _sklearn_features(texts[:80], texts[80:])
    both = Tokens.of(texts)

    predict = fit_multilabel_tfidf(both.take(np.arange(80)), y[:80])

    found = predict(both.take(np.arange(80, 120)))
    assert found[:, 2:].tolist() == [[0, 1]] * 40
    for k in (0, 1):
        model = LogisticRegression(C=10, solver="newton-cg").fit(x, y[:80, k])
        np.testing.assert_allclose(found[:, k], model.predict_proba(x_new)[:, 1], atol=1e-6)


def test_labels_of_sequences_are_predicted_from_summaries() -> None:
    """One label depends on the level, one on the length, the third is always there."""
    lengths = np.array([3, 9] * 20)
    level = np.repeat([0.0, 1.0], 20)
    noise = np.random.default_rng(0).normal(size=(int(lengths.sum()), 1))
    x = Sequences(values=noise + 9 * np.repeat(level, lengths)[:, None], lengths=lengths)
    y = np.stack([level > 0, lengths > 5, lengths > 0], axis=1).astype(int)

    found = fit_multilabel_logistic(x, y)(x)

    assert ((found > 0.5) == y).all()
    assert (found[:, 2] == 1).all()


def test_label_shares_are_the_means_of_the_columns() -> None:
    """By hand: three of four, and none."""
    found = fit_label_shares(np.array([[1, 0], [1, 0], [0, 0], [1, 0]]))

    assert found.tolist() == [0.75, 0.0]
