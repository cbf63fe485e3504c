"""Text classification: symbols from training texts, padding, splits, baselines, and learning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from actselect.architecture import Architecture, LayerSpec
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError
from actselect.model import RecurrentModel
from actselect.tasks import Fold, Task, bind, tasks
from actselect.training import Trainer, TrainingJob

GRU = Architecture(
    cell="gru",
    layers=(LayerSpec(activation="tanh", recurrent_activation="sigmoid"),),
    hidden_size=8,
    bidirectional=True,
)
WORDS = [f"w{i}" for i in range(12)]


def _texts(n: int = 200, seed: int = 0) -> list[list[str]]:
    """Return texts of 1 to 9 words; a third of them holds the word "not", somewhere."""
    random = np.random.default_rng(seed)
    texts = [random.choice(WORDS, size).tolist() for size in random.integers(1, 10, n)]
    for text in texts[::3]:
        text[int(random.integers(len(text)))] = "not"
    return texts


def _data(texts: list[list[str]], **more: object) -> SequenceDataset:
    """Return texts labelled by whether they hold the word "not"."""
    tokens = Tokens.of(texts)
    given = {"targets": np.array(["no" if "not" in text else "yes" for text in texts])} | more
    return SequenceDataset(
        name="toy",
        values=np.zeros((int(tokens.lengths.sum()), 0)),
        lengths=tokens.lengths,
        feature_names=("text",),
        tokens=tokens,
        **given,
    )


def _sets(texts: list[list[str]]) -> dict[str, object]:
    """Return the set of "w0", "w1" and "not" that each text holds, as answers."""
    sets = [sorted({"w0", "w1", "not"} & set(text)) for text in texts]
    return {"targets": None, "answers": Tokens.of(sets), "answer_of": np.arange(len(texts))}


def _network(task: Task) -> RecurrentModel:
    """Return a network as it is before training."""
    return RecurrentModel(
        GRU,
        encoder=task.encoder,
        output_size=task.output_size,
        generator=torch.Generator().manual_seed(0),
    )


def test_words_of_other_texts_change_no_symbol() -> None:
    """The vocabulary is that of the training texts, whatever the test texts say."""
    texts = _texts(40)
    others = [["new", *text, "words"] for text in texts[20:]]
    train = np.arange(20)
    task, changed = (
        bind("text-classification", _data(texts[:20] + rest)) for rest in (texts[20:], others)
    )

    here, there = task.scaled(train), changed.scaled(train)

    assert here.state()["known"].tolist() == there.state()["known"].tolist()
    assert torch.equal(here.batch(train).inputs, there.batch(train).inputs)
    assert there.batch(np.array([20])).inputs[0, 0, 0] == 1  # "new" is unknown


@pytest.mark.parametrize("several", [False, True])
def test_a_text_is_labelled_alike_alone_and_among_longer_ones(several: bool) -> None:
    """Padding is not read, in either direction, and answers keep the order of the question."""
    texts = [*_texts(30), ["w1"]]
    task = bind("text-classification", _data(texts, **(_sets(texts) if several else {})))
    scaled, network = task.scaled(np.arange(20)), _network(task)
    examples = np.random.default_rng(0).permutation(31)

    together = scaled.predictions(network, examples)

    alone = [scaled.predictions(network, examples[i : i + 1])[0] for i in range(31)]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert np.ptp(together, axis=0).min() > 1e-3


@pytest.mark.parametrize("several", [False, True])
def test_what_is_saved_gives_the_same_predictions(several: bool) -> None:
    """For the same data, and for texts alone, which have a lexicon of their own."""
    texts = _texts(40)
    more = _sets(texts) if several else {}
    task = bind("text-classification", _data(texts, **more))
    network, scaled = _network(task), task.scaled(np.arange(30))
    examples = np.arange(35, 40)
    expected = scaled.predictions(network, examples)
    state = scaled.state()

    restored = task.restored(state)
    new = _data(texts[35:], targets=None)
    facts = {**task.facts, "target": "target"}
    frame = tasks()["text-classification"].predict(network, new, state, facts)

    np.testing.assert_allclose(restored.predictions(network, examples), expected, atol=1e-7)
    batch = scaled.batch(examples)
    output = network(batch.inputs, batch.lengths)
    assert restored.loss(output, batch.targets) == scaled.loss(output, batch.targets)
    columns = [f"p({name})" for name in task.labels.classes]
    np.testing.assert_allclose(frame[columns], expected, atol=1e-6)


def test_a_word_that_decides_is_learnt() -> None:
    """Wherever it stands in the text."""
    task = bind("text-classification", _data(_texts(300)))
    trainer = Trainer(task, task.development_and_test(0)[0])

    result = TrainingJob(
        architecture=GRU, learning_rate=0.01, repeat=0, until_epoch=20, seed=0
    ).run(trainer)

    assert result.score == 1.0


def test_baselines_are_those_of_scikit_learn_on_strings() -> None:
    """Fitted on training and stopping part together; the penalty is one of three."""
    texts = _texts(120)
    task = bind("text-classification", _data(texts))
    fold = Fold(train=np.arange(80), stop=np.arange(80, 100), score=np.arange(100, 120))
    lines, labels = [" ".join(text) for text in texts], task.labels.numbers

    majority, found = (b.predict(task, fold, fold.score) for b in task.baselines())

    prior = DummyClassifier(strategy="prior").fit(lines[:100], labels[:100])
    np.testing.assert_allclose(majority, prior.predict_proba(lines[100:]))
    word = r"\S+"
    expected = [
        make_pipeline(
            TfidfVectorizer(token_pattern=word, ngram_range=(1, 2), min_df=2, sublinear_tf=True),
            LogisticRegression(C=strength, solver="newton-cg"),
        )
        .fit(lines[:100], labels[:100])
        .predict_proba(lines[100:])
        for strength in (1, 10, 100)
    ]
    assert min(np.abs(found - e).max() for e in expected) < 1e-5


def test_baselines_of_sets_ask_for_each_label_by_itself() -> None:
    """How frequent it is, and what a logistic regression on its own says."""
    texts = _texts(120)
    task = bind("text-classification", _data(texts, **_sets(texts)))
    fold = Fold(train=np.arange(80), stop=np.arange(80, 100), score=np.arange(100, 120))
    true = np.array([[label in text for label in ("not", "w0", "w1")] for text in texts])

    shares, found = (b.predict(task, fold, fold.score) for b in task.baselines())

    np.testing.assert_allclose(shares, [true[:100].mean(axis=0)] * 20)
    assert np.mean((found > 0.5) == true[100:]) > np.mean((shares > 0.5) == true[100:]) + 0.1


def test_the_users_parts_are_kept() -> None:
    """Screening scores on their validation texts, the last training stops on them."""
    parts = np.array(["train", "train", "train", "validation", "test"] * 20)
    flags = {"test": parts == "test", "validation": parts == "validation"}
    task = bind("text-classification", _data(_texts(100), **flags))

    development, test = task.development_and_test(0)
    screening, refit = task.fold(development, -1, 0), task.refit_fold(development, 0)

    def of(*chosen: np.ndarray) -> list[set[str]]:
        return [set(parts[examples].tolist()) for examples in chosen]

    assert of(development, test) == [{"train", "validation"}, {"test"}]
    assert of(screening.train, screening.stop) == [{"train"}, {"train"}]
    assert of(screening.score, refit.stop) == [{"validation"}, {"validation"}]
    assert of(refit.train, refit.score) == [{"train"}, set()]


def test_groups_stay_whole() -> None:
    """No author is both trained on and scored, in any split."""
    groups = np.array([f"author {i // 4}" for i in range(100)])
    task = bind("text-classification", _data(_texts(100), groups=groups))
    development, test = task.development_and_test(0)
    fold = task.fold(development, 0, 0)

    parts = [set(groups[part].tolist()) for part in (fold.train, fold.stop, fold.score, test)]

    assert sum(map(len, parts)) == len(set.union(*parts)) == 25


def test_a_class_that_only_the_test_part_has_is_scored_as_wrong() -> None:
    """No baseline gives it a probability, and its batches do no harm."""
    texts = _texts(60)
    labels = np.array(["no" if "not" in text else "yes" for text in texts])
    labels[55:] = "perhaps"
    data = _data(texts, targets=labels, test=np.arange(60) >= 50)
    task = bind("text-classification", data, metric="macro_f1")
    development, test = task.development_and_test(0)
    fold = task.refit_fold(development, 0)
    scaled, network = task.scaled(fold.train), _network(task)
    loss = scaled.loss(network(scaled.batch(test).inputs), scaled.batch(test).targets)

    for baseline in task.baselines():
        predictions = baseline.predict(task, fold, test)
        assert not predictions[:, 1].any()
        assert task.score(predictions, test, "accuracy") <= 0.5
    assert torch.isfinite(loss)


def test_numbers_are_refused() -> None:
    """There is nothing to read in them."""
    data = replace(_data([["a"], ["b"]]), tokens=None)
    with pytest.raises(DataError, match="wanted texts"):
        bind("text-classification", data)
