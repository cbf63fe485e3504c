"""Captioning: examples and splits, scores against other programs, baselines by hand, and a toy.

Notation: N pictures, D features of a picture.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sacrebleu.metrics.bleu import BLEU

from actselect.architecture import Architecture, LayerSpec
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError, UnknownNameError
from actselect.tasks import Fold
from actselect.tasks._vocabulary import BEGIN, END, FIRST, UNKNOWN
from actselect.tasks.captioning import CaptioningTask, bind, predict, unlabelled
from actselect.training import Trainer, TrainingJob

GOLDEN = Path(__file__).parents[1] / "golden" / "cider.json"
GRU = Architecture(
    cell="gru",
    layers=(LayerSpec(activation="tanh", recurrent_activation="sigmoid"),),
    hidden_size=16,
)
NO_WORD = -100
COLOURS = {"red": (230, 20, 20), "green": (20, 230, 20), "white": (230, 230, 230)}


def dataset(images: Any, captions: list[list[str]], **more: Any) -> SequenceDataset:
    """Return pictures with their captions, words between spaces."""
    n = len(captions)
    return SequenceDataset(
        name="toy",
        values=np.zeros((n, 0)),
        lengths=np.ones(n, dtype=np.int64),
        feature_names=("image",),
        images=np.asarray(images),
        answers=Tokens.of([caption.split() for own in captions for caption in own]),
        answer_of=np.repeat(np.arange(n), [len(own) for own in captions]),
        target_name="caption",
        **more,
    )


def features_of(captions: list[list[str]], **more: Any) -> SequenceDataset:
    """Return pictures that are known by three random features."""
    values = np.random.default_rng(0).normal(5, 2, (len(captions), 3)).astype(np.float32)
    return dataset(values, captions, **more)


def numbered(n: int, **more: Any) -> CaptioningTask:
    """Return N pictures with one, two or three captions of five words."""
    said = [[f"a picture with number {i} {k}" for k in range(1 + i % 3)] for i in range(n)]
    return bind(features_of(said, **more))


@pytest.fixture(scope="module")
def painted() -> Callable[..., CaptioningTask]:
    """Make pictures in one colour each, with noise, that are to be named."""

    def make(n: int = 90, *, grey: bool = False) -> CaptioningTask:
        random = np.random.default_rng(0)
        names = list(COLOURS) if not grey else ["green", "white"]
        said = random.choice(names, n).tolist()
        images = np.array([COLOURS[name] for name in said])[:, None, None, :]
        if grey:
            images = images.mean(axis=3, keepdims=True)
        noise = random.integers(-20, 20, (n, 8, 8, 1))
        return bind(dataset((images + noise).astype(np.uint8), [[f"it is {s}"] for s in said]))

    return make


def test_each_caption_is_trained_on_and_each_picture_scored_once() -> None:
    """All captions of a picture are on its side; of scored ones the first stands for all."""
    task = numbered(60)
    development, test = task.development_and_test(0)
    own = task.owner
    folds = [task.fold(development, repeat, 0) for repeat in range(3)]

    assert task.n_examples == 120
    assert set(own[development]) | set(own[test]) == set(range(60))
    for fold in (*folds, task.refit_fold(development, 0)):
        for part in (fold.train, fold.stop):
            assert sorted(part.tolist()) == np.flatnonzero(np.isin(own, own[part])).tolist()
        for part in (fold.score, test):
            assert part.tolist() == [own.tolist().index(picture) for picture in own[part]]
            assert len(set(own[part])) == len(part)
        sides = [set(own[part]) for part in (fold.train, fold.stop, fold.score, test)]
        assert sum(map(len, sides)) == len(set.union(*sides)) == 60
    assert folds[0].overlap == len(folds[0].score) / len(
        {*own[folds[0].train], *own[folds[0].stop]}
    )


def test_no_group_of_pictures_is_on_two_sides_and_the_users_parts_are_kept() -> None:
    """Groups stay whole; marked pictures are the test, and validation stops the refit."""
    part = np.arange(60) // 2 % 5
    task = numbered(
        60, groups=(np.arange(60) // 2).astype(np.str_), test=part == 4, validation=part == 3
    )
    development, test = task.development_and_test(0)
    refit, screening = task.refit_fold(development, 0), task.fold(development, -1, 0)
    fold = task.fold(development, 0, 0)
    groups = [set(task.blocks(side)) for side in (fold.train, fold.stop, fold.score, test)]

    assert task.owner[test].tolist() == np.flatnonzero(part == 4).tolist()
    assert set(task.owner[refit.stop]) == set(np.flatnonzero(part == 3))
    assert task.owner[screening.score].tolist() == np.flatnonzero(part == 3).tolist()
    assert sum(map(len, groups)) == len(set.union(*groups)) == 30


def test_a_word_is_foretold_from_those_before_it_and_from_the_picture() -> None:
    """Two captions of one picture and one of another, laid out by hand; "cow" was seen once."""
    images = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    task = bind(dataset(images, [["a dog", "a dog runs"], ["a cow runs"]]))
    scaled = task.scaled(np.arange(3))
    batch = scaled.batch(np.array([2, 0]))
    (a, dog, runs) = range(FIRST, FIRST + 3)

    assert scaled.sentences.vocabulary.known == ("a", "dog", "runs")
    assert batch.inputs.tolist() == [[BEGIN, a, UNKNOWN, runs], [BEGIN, a, dog, 0]]
    assert batch.targets.tolist() == [[a, UNKNOWN, runs, END], [a, dog, END, NO_WORD]]
    assert batch.lengths is not None
    assert batch.lengths.tolist() == [4, 3]
    assert batch.context is not None
    assert batch.context.tolist() == images[[1, 0]].transpose(0, 3, 1, 2).tolist()
    output = torch.zeros(2, 4, task.output_size)
    assert np.isclose(scaled.loss(output, batch.targets).item(), np.log(task.output_size))


def codes(task: CaptioningTask, sentences: list[list[str]]) -> list[list[int]]:
    """Return words as entries of the lexicon, -1 for those that are not there."""
    number = {word: i for i, word in enumerate(task.sentences.lexicon)}
    return [[number.get(word, -1) for word in sentence] for sentence in sentences]


def test_bleu_is_that_of_sacrebleu_and_a_match_is_one_of_the_pictures_own() -> None:
    """Sixty pictures with one to three captions; what is written is near one of them."""
    random = np.random.default_rng(0)
    words = list("abcdefg")
    said = [
        [" ".join(random.choice(words, random.integers(4, 9))) for _ in range(1 + i % 3)]
        for i in range(60)
    ]
    task = bind(features_of(said))
    written = [own[-1].split()[: random.integers(4, 9)] for own in said]
    for sentence in written[::4]:
        sentence[1] = "never"
    examples = np.searchsorted(task.owner, np.arange(60))
    counts = task.judge.counts(codes(task, written), task.owner[examples])
    streams = [[own[k] if k < len(own) else None for own in said] for k in range(3)]
    oracle = BLEU(tokenize="none", smooth_method="none", force=True, effective_order=False)
    expected = oracle.corpus_score([" ".join(w) for w in written], streams).score / 100
    matches = [" ".join(w) in own for w, own in zip(written, said, strict=True)]

    assert 0.1 < expected < 0.9
    assert task.score(counts, examples) == pytest.approx(expected, abs=1e-9)
    assert task.score(counts, examples, "exact_match") == np.mean(matches) > 0


def test_cider_d_is_that_of_the_released_code() -> None:
    """On the corpora of tests/golden whose captions hold only words of their references."""
    compared = 0
    for case in json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]:
        references = [[[str(t) for t in text] for text in own] for own in case["references"]]
        candidates = [[str(t) for t in text] for text in case["candidates"]]
        known = {word for own in references for text in own for word in text}
        if not all(text and known.issuperset(text) for text in candidates):
            continue
        if not all(text for own in references for text in own):
            continue
        task = bind(features_of([[" ".join(text) for text in own] for own in references]))
        examples = np.searchsorted(task.owner, np.arange(len(references)))
        counts = task.judge.counts(codes(task, candidates), task.owner[examples])
        assert task.score(counts, examples, "cider_d") == pytest.approx(
            np.mean(case["scores"]), abs=1e-6
        )
        compared += 1

    assert compared > 20


def test_features_are_standardised_by_the_training_pictures() -> None:
    """Each picture counts once, however many captions it has; a constant one becomes zero."""
    task = numbered(30)
    assert task.dataset.images is not None
    task.dataset.images[:, 2] = 7.0
    train = np.flatnonzero(task.owner < 20)
    own = task.dataset.images[:20].astype(np.float64)
    expected = (task.dataset.images - own.mean(axis=0)) / [*own.std(axis=0)[:2], 1.0]
    scaled = task.scaled(train)

    np.testing.assert_allclose(scaled.seen(np.arange(30)), expected, atol=1e-5)
    again = task.restored(scaled.state())
    assert torch.equal(again.pictures, scaled.pictures)


@pytest.mark.parametrize("kind", ["pixels", "features"])
def test_baselines_say_what_is_most_frequent_or_true_of_the_nearest_picture(kind: str) -> None:
    """By hand: pictures 0 to 2 are known; 3 is most like 0, and 4 like 2.

    The first feature is a thousand times the second, which would count for nothing as it is.
    """
    said = [["one dog runs there", "no"], ["a cat is here"], ["a cat is here"],
            ["one dog runs there"], ["a cat is there"]]  # fmt: skip
    if kind == "pixels":
        images = np.array([10, 60, 200, 20, 220], dtype=np.uint8)[:, None, None, None]
        task = bind(dataset(np.broadcast_to(images, (5, 4, 4, 1)), said))
    else:
        features = [[0, 0], [1000, 9], [0, 9], [600, 0], [400, 9]]
        task = bind(dataset(np.array(features, dtype=np.float32), said))
    fold = Fold(train=np.array([0, 1, 2]), stop=np.array([3]), score=np.array([4, 5]))
    scores = {
        b.name: [
            task.score(b.predict(task, fold, fold.score)[[k]], fold.score[[k]], "exact_match")
            for k in range(2)
        ]
        for b in task.baselines()
    }

    assert scores == {"most frequent caption": [0.0, 0.0], "nearest image": [1.0, 0.0]}
    counts = task.baselines()[1].predict(task, fold, fold.score)
    assert counts[1, :4].tolist() == [3, 2, 1, 0]  # of "a cat is here" in "a cat is there"


def test_the_truth_is_worth_more_than_half_of_it_and_that_more_than_other_captions() -> None:
    """By every metric."""
    task = numbered(40)
    examples = np.arange(task.n_examples)
    ladder = task.ladder(examples, np.random.default_rng(0).permutation(len(examples)))

    for metric in task.metrics:
        right, middle, wrong = (task.score(p, examples, metric) for p in ladder)
        assert right > middle > wrong
    assert [task.score(ladder[0], examples, m) for m in ("bleu_4", "exact_match")] == [1.0, 1.0]


@pytest.mark.parametrize("grey", [False, True])
def test_colours_are_learnt_to_be_named(painted: Callable[..., CaptioningTask], grey: bool) -> None:
    """More than nine in ten; a saved state writes the same, and so does a beam, of new pictures."""
    task = painted(grey=grey)
    trainer = Trainer(task, task.development_and_test(0)[0])
    job = TrainingJob(
        architecture=GRU, learning_rate=0.01, repeat=0, until_epoch=15, seed=0, keep=True
    )
    result = job.run(trainer)
    assert result.score is not None
    assert result.checkpoint is not None
    model = trainer.model(job, result.checkpoint)
    fold, scaled = trainer.fold(repeat=0, seed=0, refit=False)
    again = task.restored(scaled.state()).predictions(model, fold.score)
    facts = {**json.loads(json.dumps(task.facts)), "target": "caption"}
    assert task.dataset.images is not None
    blank = dataset(task.dataset.images[:3], [["-"]] * 3)
    new = replace(blank, answers=None, answer_of=None, series=("a", "b", "c"))
    said = [" ".join(task.sentences.text(i)) for i in range(3)]

    assert task.metric.name == "cider_d"
    assert task.score(again, fold.score, "exact_match") > 0.9
    assert np.array_equal(again, scaled.predictions(model, fold.score))
    for beam in (1, 2):
        frame = predict(model, new, scaled.state(), {**facts, "beam": beam})
        assert frame.to_dict("list") == {"image": ["a", "b", "c"], "caption": said}


def test_captions_too_short_for_bleu_are_judged_by_cider() -> None:
    """Three words have no 4-gram; the note says so, and BLEU is refused when it is asked for."""
    short = features_of([["a red ball"], ["a dog"], ["the sun shines here"]])

    assert bind(short).metric.name == "cider_d"
    assert "shorter than 4 words" in bind(short).notes[1]
    assert bind(short, metric="exact_match").metric.name == "exact_match"
    with pytest.raises(DataError, match=r"sentences of 4 words or more.*exact_match"):
        bind(short, metric="bleu_4")
    assert numbered(3).metric.name == "bleu_4"


def test_captions_of_words_that_occur_once_leave_nothing_to_write() -> None:
    """The vocabulary is empty; what is written is so too, and nothing fails."""
    task = bind(features_of([["one two"], ["three"], ["four five"]]))
    trainer = Trainer(task, np.arange(3))
    job = TrainingJob(architecture=GRU, learning_rate=0.01, repeat=0, until_epoch=1, seed=0)
    result = job.run(trainer)

    assert task.output_size == FIRST
    assert result.score == 0.0


def test_other_pictures_than_those_trained_on_are_refused() -> None:
    """Of another size, another number of features, features instead of pictures, or none."""
    square = dataset(np.zeros((3, 8, 8, 3), dtype=np.uint8), [["a b c d"]] * 3)
    task = bind(square)
    state = task.scaled(np.arange(3)).state()
    other = dataset(np.zeros((3, 8, 6, 3), dtype=np.uint8), [["a"]] * 3)
    few = features_of([["a"]] * 3)

    with pytest.raises(DataError, match=r"8 x 8 pixels with 3 channel.*got.* 8 x 6 pixels"):
        unlabelled(other, state, task.facts)
    with pytest.raises(DataError, match="got 3 features of each picture"):
        unlabelled(few, state, task.facts)
    with pytest.raises(DataError, match="wanted 2 features of each picture; got 3"):
        unlabelled(few, state, {"picture": [2], "longest": 3})
    with pytest.raises(DataError, match="wanted pictures; got none"):
        unlabelled(replace(square, images=None), state, task.facts)


def test_pictures_need_captions_and_some_pixels() -> None:
    """What cannot be learnt from is refused with what to do."""
    tiny = dataset(np.zeros((2, 3, 9, 1), dtype=np.uint8), [["a b c d"]] * 2)
    bare = replace(features_of([["a"], ["b"]]), answers=Tokens.of([["a"]]), answer_of=np.zeros(1))

    with pytest.raises(DataError, match="at least 4 x 4 pixels"):
        bind(tiny)
    with pytest.raises(DataError, match="none for 1 of 2"):
        bind(bare)
    with pytest.raises(UnknownNameError, match="cider_d"):
        bind(features_of([["a"]]), metric="cider")
