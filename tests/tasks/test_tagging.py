"""Tagging: scores of spans and steps, the order of answers, learning, and frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from actselect.architecture import Architecture, LayerSpec
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError, UsageError
from actselect.model import RecurrentModel
from actselect.tasks import Fold, Task, bind, tasks
from actselect.training import Trainer, TrainingJob

GRU = Architecture(
    cell="gru",
    layers=(LayerSpec(activation="tanh", recurrent_activation="sigmoid"),),
    hidden_size=12,
)
BIO = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]


def _words(texts: list[list[str]], tags: list[list[str]] | None, **more: object) -> SequenceDataset:
    """Return sentences, with tags if there are any."""
    tokens = Tokens.of(texts)
    if tags is not None:
        more |= {"answers": Tokens.of(tags), "answer_of": np.arange(len(tags))}
    return SequenceDataset(
        name="toy",
        values=np.zeros((int(tokens.lengths.sum()), 0)),
        lengths=tokens.lengths,
        feature_names=("token",),
        tokens=tokens,
        target_name="ner",
        **more,
    )


def _numbers(sequences: list[np.ndarray], tags: list[list[str]] | None) -> SequenceDataset:
    """Return sequences of numbers, with tags if there are any."""
    answers = None if tags is None else Tokens.of(tags)
    return SequenceDataset(
        name="toy",
        values=np.concatenate(sequences)[:, None].astype(float),
        lengths=np.array([len(x) for x in sequences]),
        feature_names=("x",),
        answers=answers,
        answer_of=None if answers is None else np.arange(len(answers)),
        target_name="state",
    )


def _draws(n: int, most: int = 9, seed: int = 0) -> list[np.ndarray]:
    """Return n sequences of 0, 1 and 2, of 1 to ``most`` steps."""
    random = np.random.default_rng(seed)
    return [random.integers(0, 3, size) for size in random.integers(1, most + 1, n)]


def _named(sequences: list[np.ndarray]) -> list[list[str]]:
    return [[f"t{k}" for k in sequence] for sequence in sequences]


def _shifted(sequences: list[np.ndarray], by: int) -> list[list[str]]:
    """Return at each step the word before (1) or after it (-1); beyond the ends "t0"."""
    rolled = [np.roll(sequence, by) for sequence in sequences]
    for sequence in rolled:
        sequence[0 if by > 0 else -1] = 0
    return _named(rolled)


def _network(task: Task, *, bidirectional: bool = True) -> RecurrentModel:
    """Return a network as it is before training."""
    return RecurrentModel(
        replace(GRU, bidirectional=bidirectional),
        encoder=task.encoder,
        output_size=task.output_size,
        generator=torch.Generator().manual_seed(0),
        every=True,
    )


class _Rounding:
    """Stands in for a network: the output of the tag that a number is."""

    def __init__(self, mean: float, scale: float) -> None:
        self.mean, self.scale = mean, scale

    def __call__(self, inputs: Tensor, *_: Tensor | None) -> Tensor:
        tags = (inputs[..., 0] * self.scale + self.mean).round().long()
        return torch.nn.functional.one_hot(tags.clamp(0, 2), 3).float()


def _spans(tags: list[str]) -> set[tuple[int, int, str]]:
    """Return (first, last, type) of each span, read from the tags one by one."""
    found, start, kind = set(), None, ""
    for i, tag in enumerate([*tags, "O"]):
        if start is not None and (tag[0] != "I" or tag[2:] != kind):
            found.add((start, i - 1, kind))
            start = None
        if tag != "O" and start is None:
            start, kind = i, tag[2:]
    return found


def test_span_f1_is_that_of_a_loop_over_spans() -> None:
    """Random tags, some of which break the rules, against others."""
    random = np.random.default_rng(0)
    sizes = random.integers(1, 8, 60)
    true, guess = ([random.choice(BIO, n).tolist() for n in sizes] for _ in range(2))
    task = bind("tagging", _words(_named([np.zeros(n, int) for n in sizes]), true))
    at = random.permutation(60)[:40]
    codes = np.concatenate([[BIO.index(tag) for tag in guess[i]] for i in at])

    counts = task.judge.counts(codes, at)

    both = [(_spans(guess[i]), _spans(true[i])) for i in at]
    right, found, there = (
        sum(len(part) for part in parts)
        for parts in zip(*((g & t, g, t) for g, t in both), strict=True)
    )
    same = np.concatenate([np.array(guess[i]) == np.array(true[i]) for i in at])
    assert task.score(counts, at) == pytest.approx(2 * right / (found + there))
    assert task.score(counts, at, "token_accuracy") == pytest.approx(same.mean())


@pytest.mark.parametrize("most", [1, 9, 40])
def test_answers_come_back_in_the_order_of_the_question(most: int) -> None:
    """Although examples of like lengths are run together; each has its own tags."""
    sequences = _draws(700, most)  # more than are run together
    task = bind("tagging", _numbers(sequences, _named(sequences)))
    scaled = task.scaled(np.arange(100))
    network = _Rounding(scaled.state()["mean"].item(), scaled.state()["scale"].item())
    at = np.random.default_rng(1).permutation(700)[:600]

    counts = scaled.predictions(network, at)
    tags = scaled.tags(network, at, 3)

    assert tags.tolist() == np.concatenate([sequences[i] for i in at]).tolist()
    assert counts[:, 3].tolist() == counts[:, 4].tolist() == [len(sequences[i]) for i in at]
    assert task.score(counts, at) == 1.0


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_sentence_is_tagged_alike_alone_and_among_longer_ones(bidirectional: bool) -> None:
    """Padding is not read, in either direction."""
    sequences = _draws(30)
    task = bind("tagging", _words(_named(sequences), _shifted(sequences, 1)))
    scaled, network = task.scaled(np.arange(20)), _network(task, bidirectional=bidirectional)
    batch = scaled.batch(np.arange(30))

    together = network(batch.inputs, batch.lengths)

    for i, sequence in enumerate(sequences):
        alone = network(scaled.batch(np.array([i])).inputs)
        torch.testing.assert_close(together[i : i + 1, : len(sequence)], alone)


def test_padded_steps_cost_nothing() -> None:
    """The loss is the mean over the steps that exist, of all sentences of a batch."""
    sequences = _draws(6)
    task = bind("tagging", _words(_named(sequences), _named(sequences)))
    batch = task.scaled(np.arange(6)).batch(np.arange(6))
    output = torch.randn(*batch.inputs.shape[:2], 3, generator=torch.Generator().manual_seed(0))

    loss = task.scaled(np.arange(6)).loss(output, batch.targets)

    log_p = torch.log_softmax(output, -1).numpy()
    costs = [-log_p[i, t, k] for i, row in enumerate(sequences) for t, k in enumerate(row)]
    assert loss.item() == pytest.approx(np.mean(costs), rel=1e-5)


def _trained(data: SequenceDataset, *, bidirectional: bool = False) -> float | None:
    """Return the share of right tags after some epochs."""
    task = bind("tagging", data)
    return (
        TrainingJob(
            architecture=replace(GRU, bidirectional=bidirectional),
            learning_rate=0.02,
            repeat=0,
            until_epoch=15,
            seed=0,
        )
        .run(Trainer(task, task.development_and_test(0)[0]))
        .score
    )


def test_a_tag_that_the_word_before_decides_is_learnt() -> None:
    """A network that reads forwards knows it."""
    sequences = _draws(200)

    assert _trained(_words(_named(sequences), _shifted(sequences, 1))) == 1.0


def test_a_tag_that_the_word_after_decides_needs_both_directions() -> None:
    """Forwards it is a guess: one of three, and "t0" at the end, whose place is not known."""
    sequences = _draws(200)
    data = _words(_named(sequences), _shifted(sequences, -1))

    forwards, both = _trained(data), _trained(data, bidirectional=True)

    assert both == 1.0
    assert forwards is not None
    assert forwards < 0.6


def test_a_tag_of_numbers_is_learnt() -> None:
    """The sign of the number before."""
    random = np.random.default_rng(0)
    sequences = [random.normal(size=n) for n in random.integers(2, 9, 200)]
    tags = [["start", *np.where(x[:-1] > 0, "up", "down").tolist()] for x in sequences]

    score = _trained(_numbers(sequences, tags))

    assert score is not None
    assert score > 0.95


def test_the_baseline_knows_the_most_frequent_tag_of_each_word() -> None:
    """Counted in training and stopping part; a new word gets the most frequent tag of all."""
    texts = [["a", "b", "a"], ["a", "c", "c", "c"], ["a", "b", "c", "new"]]
    tags = [["X", "Y", "Z"], ["Z", "X", "X", "X"], ["Z", "Y", "Z", "Y"]]
    fold = Fold(train=np.array([0]), stop=np.array([1]), score=np.array([2]))
    task = bind("tagging", _words(texts, tags))
    (baseline,) = task.baselines()

    counts = baseline.predict(task, fold, fold.score)

    assert counts[:, 3:].tolist() == [[2, 4]]  # Z Y X X: the last two are wrong


def test_the_baseline_of_numbers_is_the_most_frequent_tag() -> None:
    """Whatever the numbers are."""
    tags = [["on", "off"], ["off"], ["off", "on", "on"]]
    task = bind("tagging", _numbers([np.arange(2), np.arange(1), np.arange(3)], tags))
    fold = Fold(train=np.array([0]), stop=np.array([1]), score=np.array([2]))
    (baseline,) = task.baselines()

    assert baseline.predict(task, fold, fold.score)[:, 3:].tolist() == [[1, 3]]


def test_tags_choose_the_metric() -> None:
    """Spans are counted whole where there are some, and cannot be where there are none."""
    texts = [["a", "b"], ["c"]]
    plain, spans = _words(texts, [["N", "V"], ["N"]]), _words(texts, [["B-X", "O"], ["O"]])

    assert bind("tagging", plain).metric.name == "token_accuracy"
    assert bind("tagging", spans).metric.name == "span_f1"
    assert bind("tagging", spans).notes == ("Tags are spans in the scheme BIO.",)
    assert bind("tagging", spans, metric="token_accuracy").metric.name == "token_accuracy"
    with pytest.raises(UsageError, match=r"span_f1 needs tags such as B-PER.* Got N, V"):
        bind("tagging", plain, metric="span_f1")


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (None, "a tag for each step; got none"),
        ([["N"], ["V"]], "got another number of tags than of steps"),
        ([["N", "N"], ["N"]], "at least two different tags; got only 'N'"),
        ([["B-PER", "O"], ["LOC"]], "every tag to be O, or a letter"),
    ],
)
def test_tags_that_do_not_fit_are_refused(tags: list[list[str]] | None, message: str) -> None:
    """None, too few, all alike, or of no clear scheme."""
    with pytest.raises(DataError, match=message):
        bind("tagging", _words([["a", "b"], ["c"]], tags))


def test_words_without_spans_show_nothing_about_span_f1() -> None:
    """Right and wrong answers are then worth the same, and told to be."""
    tags = [["O", "O"], ["O"], ["B-X", "I-X"]]
    task = bind("tagging", _words([["a", "b"], ["c"], ["d", "e"]], tags))

    right, _, wrong = task.ladder(np.arange(2), np.arange(2))

    assert right.tolist() == wrong.tolist()


@pytest.mark.parametrize("metric", ["span_f1", "token_accuracy"])
@pytest.mark.parametrize("sentence", ["B-X I-X B-X O", "B-X O", "O O O B-X", "B-X I-X I-X I-X B-Y"])
def test_half_wrong_tags_score_between_right_and_wrong_ones(metric: str, sentence: str) -> None:
    """Also where all sentences are alike, and wrong tags happen to mark spans that are right."""
    tags = [*[sentence.split()] * 8, ["B-X", "I-X", "O"]]
    task = bind("tagging", _words([["w"] * len(row) for row in tags], tags), metric=metric)

    right, half, wrong = (
        task.score(c, np.arange(8)) for c in task.ladder(np.arange(8), np.arange(8))
    )

    assert 1.0 == right > half >= wrong


@pytest.mark.parametrize("words", [False, True])
def test_what_is_saved_gives_the_same_tags(words: bool) -> None:
    """In a frame with a row for each step, of sentences that have a lexicon of their own."""
    sequences = _draws(40)
    texts, tags = _named(sequences), _shifted(sequences, 1)
    task = bind("tagging", _words(texts, tags) if words else _numbers(sequences, tags))
    scaled, network = task.scaled(np.arange(30)), _network(task)
    at = np.arange(35, 40)
    expected = scaled.tags(network, at, 3)
    new = _words(texts[35:], None) if words else _numbers(sequences[35:], None)
    new = replace(new, series=("a", "b", "c", "d", "e"))

    restored = task.restored(scaled.state()).tags(network, at, 3)
    frame = tasks()["tagging"].predict(
        network, new, scaled.state(), {**task.facts, "target": new.target_name}
    )

    assert restored.tolist() == expected.tolist()
    assert len(set(expected.tolist())) > 1
    rows = [
        (name, t + 1)
        for name, x in zip("abcde", sequences[35:], strict=True)
        for t in range(len(x))
    ]
    assert list(zip(frame["series"], frame["step"], strict=True)) == rows
    assert frame[new.target_name].tolist() == [f"t{k}" for k in expected]
    assert list(frame) == ["series", "step", *(["token"] if words else []), new.target_name]
    if words:
        assert frame["token"].tolist() == np.concatenate(texts[35:]).tolist()


def test_numbers_for_a_network_of_words_are_refused() -> None:
    """The message says that texts are wanted."""
    sequences = _draws(9)
    task = bind("tagging", _words(_named(sequences), _named(sequences)))
    state = task.scaled(np.arange(9)).state()

    with pytest.raises(DataError, match="wanted texts; got numbers"):
        tasks()["tagging"].unlabelled(_numbers(sequences, None), state, task.facts)


def test_sentences_with_spans_are_spread_over_the_parts() -> None:
    """Three in thirty have one: there is one to train on, and one to score or test on."""
    tags = [["B-X" if i % 10 == 0 else "O"] for i in range(30)]
    task = bind("tagging", _words([["w"]] * 30, tags))
    development, test = task.development_and_test(0)

    fold = task.fold(development, 0, 0)

    with_spans = [sum(i % 10 == 0 for i in part) for part in (fold.train, development, test)]
    assert with_spans[0] >= 1
    assert with_spans[1] + with_spans[2] == 3
    assert with_spans[1] >= 2
