"""Sequence to sequence: what is read and asked for, scores of texts, baselines by hand, and a toy.

Notation: N pairs, B pairs in a batch.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from actselect.architecture import Architecture, LayerSpec
from actselect.data import load
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError, UnknownNameError
from actselect.tasks import Batch, Fold
from actselect.tasks._pairs import ScaledPairs
from actselect.tasks._vocabulary import BEGIN, END, FIRST, UNKNOWN
from actselect.tasks.sequence_to_sequence import (
    SequenceToSequenceTask,
    bind,
    predict,
    unlabelled,
)
from actselect.training import Trainer, TrainingJob

GRU = Architecture(
    cell="gru",
    layers=(LayerSpec(activation="tanh", recurrent_activation="sigmoid"),),
    hidden_size=32,
)
PAIRS = [("a b", "b a"), ("c", "c"), ("a a d", "d"), ("b", "a b c d"), ("d c", "d c")]
NO_ANSWER = -100


def dataset(pairs: list[tuple[str, str]], **more: Any) -> SequenceDataset:
    """Return pairs of texts whose tokens stand between spaces."""
    tokens = Tokens.of([source.split() for source, _ in pairs])
    return SequenceDataset(
        name="toy",
        values=np.zeros((int(tokens.lengths.sum()), 0)),
        lengths=tokens.lengths,
        feature_names=("source",),
        tokens=tokens,
        answers=Tokens.of([answer.split() for _, answer in pairs]),
        answer_of=np.arange(len(pairs)),
        **more,
    )


def scaled_pairs() -> ScaledPairs:
    """Return the five pairs above, all in the vocabulary."""
    return bind(dataset(PAIRS)).scaled(np.arange(5))


def words(scaled: ScaledPairs, symbols: list[int]) -> str:
    """Return symbols as text, with marks written out."""
    names = {BEGIN: "<begin>", END: "<end>", NO_ANSWER: "-", 0: "."}
    known = scaled.sources.vocabulary.known
    return " ".join(names[s] if s in names else known[s - FIRST] for s in symbols)


def columns(scaled: ScaledPairs, batch: Batch) -> list[tuple[str, str]]:
    """Return what is read and what is asked for, row by row."""
    return [
        (words(scaled, read), words(scaled, asked))
        for read, asked in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True)
    ]


def test_a_network_reads_source_mark_and_answer_and_is_asked_for_answer_and_end() -> None:
    """Two pairs of unequal lengths, laid out by hand."""
    scaled = scaled_pairs()
    batch = scaled.batch(np.array([0, 3, 1]))

    assert columns(scaled, batch) == [
        ("a b <begin> b a .", "- - b a <end> -"),
        ("b <begin> a b c d", "- a b c d <end>"),
        ("c <begin> c . . .", "- c <end> - - -"),
    ]
    assert batch.lengths is not None
    assert batch.lengths.tolist() == [5, 6, 3]
    assert scaled.sizes.tolist() == [5, 3, 5, 6, 5]


def test_a_batch_holds_what_its_pairs_hold_alone() -> None:
    """All five together, and one by one: only the padding differs."""
    scaled = scaled_pairs()
    together = columns(scaled, scaled.batch(np.arange(5)))

    for i, (read, asked) in enumerate(together):
        alone = scaled.batch(np.array([i]))
        assert alone.lengths is None
        ((own_read, own_asked),) = columns(scaled, alone)
        size = len(own_read.split())
        assert read.split() == [*own_read.split(), *["."] * (6 - size)]
        assert asked.split() == [*own_asked.split(), *["-"] * (6 - size)]


def test_before_writing_only_the_source_and_the_mark_are_read() -> None:
    """Nothing of the answer, though it is known."""
    scaled = scaled_pairs()
    batch = scaled.prefix(np.array([2, 1]))

    assert columns(scaled, batch) == [("a a d <begin>", "- - - -"), ("c <begin> . .", "- - - -")]
    assert batch.lengths is not None
    assert batch.lengths.tolist() == [4, 2]


def test_the_loss_is_that_of_the_answers_tokens() -> None:
    """The mean of -log softmax where something is asked for, in numpy."""
    scaled = scaled_pairs()
    batch = scaled.batch(np.arange(5))
    output = torch.randn(5, 6, 8, generator=torch.Generator().manual_seed(0))
    scores = np.exp(output.double().numpy())
    said = scores / scores.sum(axis=2, keepdims=True)
    costs = [
        -np.log(said[i, step, symbol])
        for i, row in enumerate(batch.targets.tolist())
        for step, symbol in enumerate(row)
        if symbol != NO_ANSWER
    ]

    assert len(costs) == 10 + 5
    assert np.isclose(scaled.loss(output, batch.targets).item(), np.mean(costs), rtol=1e-6)


def test_the_vocabulary_is_that_of_the_training_pairs() -> None:
    """Sources and answers count together; what only other pairs hold is unknown, and never right.

    There is one symbol for every token of the data all the same.
    """
    task = bind(dataset(PAIRS))
    scaled = task.scaled(np.array([0, 1]))

    assert scaled.sources.vocabulary.known == ("a", "b", "c")
    assert task.output_size == task.encoder.size == FIRST + 4
    assert scaled.batch(np.array([4])).inputs.tolist() == [[UNKNOWN, 6, BEGIN, UNKNOWN, 6]]


class Parrot:
    """A network that says, after each prefix, symbols known beforehand."""

    def __init__(self, answers: dict[tuple[int, ...], list[int]], size: int) -> None:
        self.answers, self.size = answers, size

    def run(
        self,
        inputs: torch.Tensor,
        lengths: torch.Tensor | None = None,
        context: torch.Tensor | None = None,
        memory: Any = None,
    ) -> tuple[torch.Tensor, Any]:
        """Return outputs sure of the next symbol; the memory is what is still to be said."""
        del context
        if memory is None:
            steps = [inputs.shape[1]] * len(inputs) if lengths is None else lengths.tolist()
            rows = [tuple(row[:n]) for row, n in zip(inputs.tolist(), steps, strict=True)]
            memory = [[*self.answers[row], END] for row in rows]
        output = torch.zeros(*inputs.shape, self.size)
        for row, rest in enumerate(memory):
            output[row, :, rest[0] if rest else END] = 50.0
        return output, [rest[1:] for rest in memory]


def test_scores_are_those_of_the_texts_that_are_written() -> None:
    """Written answers are right, too short, too long, exchanged, and empty: counted on strings."""
    said = ["b a", "c c", "a", "a b c", ""]
    task = bind(dataset(PAIRS))
    scaled, examples = task.scaled(np.arange(5)), np.arange(5)
    number = {word: FIRST + i for i, word in enumerate(scaled.sources.vocabulary.known)}
    answers = {
        (*(number[w] for w in source.split()), BEGIN): [number[w] for w in text.split()]
        for (source, _), text in zip(PAIRS, said, strict=True)
    }
    predictions = scaled.predictions(Parrot(answers, task.output_size), examples)
    right, tokens = 0, 0
    for (_, true), text in zip(PAIRS, said, strict=True):
        wanted, got = true.split(), text.split()
        right += sum(a == b for a, b in zip(wanted, got, strict=False))
        tokens += max(len(wanted), len(got))

    assert (right, tokens) == (6, 11)
    assert task.score(predictions, examples) == 1 / 5
    assert task.score(predictions, examples, "token_accuracy") == right / tokens
    assert task.score(predictions[:1], examples[:1]) == 1.0


def test_baselines_copy_the_source_or_say_the_most_frequent_answer() -> None:
    """A word that was never trained on is copied too; frequencies are those of training."""
    pairs = [("x", "yes"), ("y", "yes"), ("z", "no"), ("u v", "u v"), ("w", "yes"), ("n n", "n o")]
    task = bind(dataset(pairs))
    fold = Fold(train=np.array([0, 2]), stop=np.array([1]), score=np.array([3, 4, 5]))
    scores = {
        b.name: [
            task.score(b.predict(task, fold, fold.score), fold.score, metric)
            for metric in ("exact_match", "token_accuracy")
        ]
        for b in task.baselines()
    }

    assert scores == {"most frequent answer": [1 / 3, 1 / 5], "copy of the source": [1 / 3, 3 / 5]}


def test_a_truth_is_worth_more_than_half_of_it_and_that_more_than_nothing() -> None:
    """What is shown before a study, by both metrics."""
    task, examples = bind(dataset(PAIRS)), np.arange(5)
    ladder = task.ladder(examples, examples)

    for metric, half in (("exact_match", 2 / 5), ("token_accuracy", 5 / 10)):
        assert [task.score(p, examples, metric) for p in ladder] == [1.0, half, 0.0]


def test_no_group_is_on_two_sides_of_a_split() -> None:
    """In no repeat, nor in the refit, nor in the test."""
    names = np.repeat([f"g{i}" for i in range(20)], 3)
    task = bind(dataset([(f"a{i}", f"b{i}") for i in range(60)], groups=names))
    development, test = task.development_and_test(0)
    folds = [task.fold(development, repeat, 0) for repeat in range(3)]
    folds.append(task.refit_fold(development, 0))

    for fold in folds:
        sides = [fold.train, fold.stop, fold.score, test]
        found = [set(names[side]) for side in sides]
        assert sorted(np.concatenate(sides).tolist()) == list(range(60))
        assert sum(map(len, found)) == len(set.union(*found)) == 20


def toy(seed: int = 0) -> SequenceToSequenceTask:
    """Return 400 texts of one to three letters a, b or c, each its own answer."""
    random = np.random.default_rng(seed)
    texts = [
        " ".join(random.choice(list("abc"), random.integers(1, 4)).tolist()) for _ in range(400)
    ]
    return bind(dataset([(text, text) for text in texts]))


def test_copying_is_learnt_saved_and_used() -> None:
    """More than nine in ten are written without a fault; a saved state predicts the same, also with
    a beam, on new texts.
    """
    task = toy()
    trainer = Trainer(task, task.development_and_test(0)[0])
    job = TrainingJob(
        architecture=GRU, learning_rate=0.01, repeat=0, until_epoch=30, seed=0, keep=True
    )
    result = job.run(trainer)
    assert result.score is not None
    assert result.checkpoint is not None
    model = trainer.model(job, result.checkpoint)
    fold, scaled = trainer.fold(repeat=0, seed=0, refit=False)
    again = task.restored(scaled.state()).predictions(model, fold.score)
    facts = {**json.loads(json.dumps(task.facts)), "target": "answer"}
    new = replace(dataset([("a b c", "-"), ("c", "-")]), answers=None, series=("x", "y"))

    assert result.score > 0.9
    assert np.array_equal(again, scaled.predictions(model, fold.score))
    for options in ({}, {"beam": 3}):
        frame = predict(model, new, scaled.state(), {**facts, **options})
        assert frame.to_dict("list") == {"series": ["x", "y"], "answer": ["a b c", "c"]}
    letters = predict(model, new, scaled.state(), {**facts, "tokenizer": "characters"})
    assert letters["answer"].tolist() == ["abc", "c"]


def test_new_texts_may_hold_words_that_were_never_seen() -> None:
    """They are read as the unknown; answers are as long as the longest that was seen, at most."""
    task = bind(dataset(PAIRS))
    state, facts = task.scaled(np.arange(5)).state(), {"longest": 4}
    scaled, examples = unlabelled(dataset([("a new", "-")]), state, facts)

    assert scaled.batch(examples).inputs.tolist() == [[4, UNKNOWN, BEGIN]]
    assert scaled.longest == 4


def test_an_answer_for_each_text_is_needed() -> None:
    """And a metric of this task."""
    with pytest.raises(DataError, match="one answer for each text; got none"):
        bind(replace(dataset(PAIRS), answers=None, answer_of=None))
    with pytest.raises(DataError, match="wanted texts"):
        bind(load("digits", task="classification"))
    with pytest.raises(UnknownNameError, match="exact_match"):
        bind(dataset(PAIRS), metric="bleu_4")
