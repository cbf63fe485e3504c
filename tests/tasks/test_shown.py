"""What a reader is shown of a network's answers is what the data hold and what it answered."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import confusion_matrix
from torch import Tensor

from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.tasks import Showing, bind
from actselect.tasks._shown import confusion, png
from actselect.tasks._vocabulary import BEGIN, END, FIRST

Maker = Callable[..., SequenceDataset]


class Answering:
    """Stands in for a network: a function of what it reads."""

    def __init__(self, answer: Callable[[Tensor], Tensor]) -> None:
        self.answer = answer

    def __call__(self, inputs: Tensor, *_: Tensor | None) -> Tensor:
        """Return the answers."""
        return self.answer(inputs)

    def run(
        self, inputs: Tensor, lengths: Any = None, context: Any = None, memory: Any = None
    ) -> tuple[Tensor, Any]:
        """Return the answers; nothing is remembered."""
        del lengths, context, memory
        return self.answer(inputs), []


def how(seed: int = 0, mark: str = " ") -> Showing:
    """Return what draws examples, and joins tokens with a mark."""
    return Showing(random=np.random.default_rng(seed), join=mark.join)


def after(table: dict[int, int], size: int) -> Answering:
    """Stand in for a network that is sure which symbol comes after which."""

    def answer(inputs: Tensor) -> Tensor:
        output = torch.zeros(*inputs.shape[:2], size)
        for symbol, following in table.items():
            output[..., following][inputs == symbol] = 50.0
        return output

    return Answering(answer)


def texts(*sentences: str, **more: Any) -> SequenceDataset:
    """Return texts whose tokens stand between spaces."""
    tokens = Tokens.of([sentence.split() for sentence in sentences])
    return SequenceDataset(
        name="toy",
        values=np.zeros((len(tokens.codes), 0)),
        lengths=tokens.lengths,
        feature_names=("text",),
        tokens=tokens,
        **more,
    )


def answered(*answers: str) -> dict[str, Any]:
    """Return one answer for each text."""
    return {
        "answers": Tokens.of([answer.split() for answer in answers]),
        "answer_of": np.arange(len(answers)),
    }


def test_forecasts_stand_beside_the_data(series_of: Maker) -> None:
    """Of four different series; a network that forecasts no change repeats the last value."""
    waves = [np.sin(np.arange(90) / (3 + k)) * 10**k for k in range(5)]
    task = bind("forecasting", series_of(*waves, series=tuple("abcde")), horizon=3, lookback=30)
    development, _ = task.development_and_test(0)
    fold = task.fold(development, 0, 0)
    still = Answering(lambda inputs: torch.zeros(len(inputs), 3))

    shown = task.shown(still, task.scaled(fold.train), fold.score, how()).forecasts

    assert len({example.series for example in shown}) == 4
    for example in shown:
        wave = waves["abcde".index(example.series)]
        (at,) = [
            t for t in range(24, 88)
            if np.allclose(wave[t - 24 : t], example.known, rtol=1e-4, atol=1e-5)
        ]  # fmt: skip
        assert example.truth == pytest.approx(wave[at : at + 3], rel=1e-4, abs=1e-4)
        assert example.forecast == pytest.approx([wave[at - 1]] * 3, rel=1e-4, abs=1e-4)


def test_quantiles_are_bands_around_the_median(series_of: Maker) -> None:
    """Between the levels around it where it is none of them; windows with gaps are left out."""
    series = np.arange(120.0)
    series[100:] = np.nan
    task = bind("forecasting", series_of(series), horizon=2, lookback=4, quantiles=(0.25, 0.75))
    spread = Answering(lambda inputs: torch.tensor([[-1.0, 1.0] * 2]).repeat(len(inputs), 1))
    scaled = task.scaled(np.arange(40))

    (example,) = task.shown(spread, scaled, np.array([20, 95]), how()).forecasts
    (low, lower), (high, upper) = example.bands

    assert (low, high) == (0.25, 0.75)
    assert example.truth == (24.0, 25.0)
    assert example.forecast == pytest.approx(np.add(lower, upper) / 2)
    assert all(a < b for a, b in zip(lower, upper, strict=True))


def test_the_confusion_is_that_of_scikit_learn(labelled: Maker) -> None:
    """Of all examples; a network that only looks at the last step errs here and there."""
    task = bind("classification", labelled())
    scaled, examples = task.scaled(np.arange(60)), np.arange(10, 60)

    def last(inputs: Tensor) -> Tensor:
        return torch.cat([torch.zeros(len(inputs), 1), inputs[:, 0]], dim=1)

    shown = task.shown(Answering(last), scaled, examples, how()).confusion
    called = scaled.predictions(Answering(last), examples).argmax(axis=1)
    true = np.arange(60)[10:] % 3  # low, mid, top: in alphabetical order

    assert shown is not None
    assert shown.classes == ("low", "mid", "top")
    assert np.array_equal(shown.counts, confusion_matrix(true, called))
    assert np.trace(shown.counts) < 50


def test_the_rarer_of_many_classes_are_one() -> None:
    """Twenty rows: the nineteen most frequent in their order, and the others; none is lost."""
    random = np.random.default_rng(0)
    true = np.concatenate([np.arange(30), random.choice(np.arange(5, 24), 400)])
    called = random.permutation(true)
    found = confusion(true, called, [f"c{k}" for k in range(30)])

    assert found.classes == (*(f"c{k}" for k in range(5, 24)), "other")
    assert np.array_equal(
        np.array(found.counts)[:19, :19], confusion_matrix(true, called, labels=range(5, 24))
    )
    assert np.sum(found.counts) == 430
    assert np.sum(found.counts[-1]) == 11


def test_sets_of_labels_are_told_with_their_text() -> None:
    """What is wanted, what was given, and a dash for none."""
    data = texts("one two", "three", "four five", "six", **answered("a b", "", "b", "a"))
    task = bind("text-classification", data)
    always_a = Answering(lambda inputs: torch.tensor([[9.0, -9.0]]).repeat(len(inputs), 1))
    never = Answering(lambda inputs: torch.full((len(inputs), 2), -9.0))
    scaled, examples = task.scaled(np.arange(4)), np.arange(4)

    shown = task.shown(always_a, scaled, examples, how())

    assert shown.confusion is None
    assert [(a.shown, a.wanted, a.answer) for a in shown.answers] == [
        ("one two", ("a, b",), "a"),
        ("three", ("\u2013",), "a"),
        ("four five", ("b",), "a"),
        ("six", ("a",), "a"),
    ]
    assert {a.answer for a in task.shown(never, scaled, examples, how()).answers} == {"\u2013"}


def test_texts_are_shown_cut_with_their_label_and_the_confusion_of_all() -> None:
    """Four texts of six; a long one ends in an ellipsis."""
    data = texts(*["word " * 200] * 3, *["short"] * 3, targets=np.array(["yes", "no"] * 3))
    task = bind("text-classification", data)
    yes = Answering(lambda inputs: torch.tensor([[0.0, 9.0]]).repeat(len(inputs), 1))

    shown = task.shown(yes, task.scaled(np.arange(6)), np.arange(6), how())

    assert len(shown.answers) == 4
    assert {a.answer for a in shown.answers} == {"yes"}
    assert {len(a.shown) for a in shown.answers} == {5, 240}
    assert all(a.shown.endswith("\u2026") for a in shown.answers if len(a.shown) > 5)
    assert shown.confusion is not None
    assert shown.confusion.counts == ((0, 3), (0, 3))


def test_pairs_are_true_and_predicted_numbers(labelled: Maker) -> None:
    """A network that says zero predicts the mean of what it was trained on; 200 at most."""
    values = np.arange(300) / 7
    task = bind("regression", labelled(300, targets=values))
    scaled = task.scaled(np.arange(100))
    zero = Answering(lambda inputs: torch.zeros(len(inputs), 1))

    pairs = np.array(task.shown(zero, scaled, np.arange(50, 300), how()).pairs)

    assert len(pairs) == 200
    assert np.isclose(pairs[:, 0, None], values[50:], rtol=1e-5).any(axis=1).all()
    assert len(np.unique(pairs[:, 0])) == 200
    assert pairs[:, 1] == pytest.approx(values[:100].mean(), rel=1e-5)


def test_words_bear_their_tags() -> None:
    """Twelve at most; what is wanted, and what a network says that knows one tag."""
    long = " ".join(f"w{k}" for k in range(14))
    data = texts("Ann sat", long, **answered("N V", "N " * 14))
    task = bind("tagging", data)
    verbs = Answering(lambda inputs: torch.tensor([0.0, 9.0]).repeat(*inputs.shape[:2], 1))

    first, second = task.shown(verbs, task.scaled(np.arange(2)), np.arange(2), how()).answers

    assert (first.shown, first.wanted, first.answer) == ("Ann sat", ("Ann/N sat/V",), "Ann/V sat/V")
    assert second.shown == long
    assert second.wanted[0].startswith("w0/N w1/N")
    assert second.wanted[0].endswith("w11/N \u2026")


def test_steps_of_numbers_bear_their_tags_by_number() -> None:
    """There are no words; the sequence is named."""
    data = SequenceDataset(
        name="toy", values=np.arange(5.0)[:, None], lengths=np.array([2, 3]), feature_names=("x",),
        series=("a", "b"), **answered("up down", "up up down"),
    )  # fmt: skip
    task = bind("tagging", data)
    down = Answering(lambda inputs: torch.tensor([9.0, 0.0]).repeat(*inputs.shape[:2], 1))

    first, _ = task.shown(down, task.scaled(np.arange(2)), np.arange(2), how()).answers

    assert (first.shown, first.wanted, first.answer) == ("a", ("1/up 2/down",), "1/down 2/down")


def test_a_language_model_goes_on_from_the_data() -> None:
    """A network that knows what follows goes on as the text does."""
    task = bind("language-modeling", texts(" ".join("abc" * 1000)))
    scaled = task.scaled(np.arange(task.n_examples))
    a, b, c = (FIRST + list(scaled.state()["known"]).index(letter) for letter in "abc")
    network = after({a: b, b: c, c: a}, task.output_size)

    (answer,) = task.shown(network, scaled, np.array([3]), how(mark="")).answers

    assert answer.wanted == (answer.answer,)
    assert (answer.shown + answer.answer) in "abc" * 100
    assert len(answer.shown) == pytest.approx(0.2 * len(answer.shown + answer.answer), abs=1)


def test_what_is_written_stands_beside_the_source_and_the_answer() -> None:
    """A network that writes "b a" after any source."""
    data = texts("a b", "b", "c c", **answered("b a", "b", "c"))
    task = bind("sequence-to-sequence", data)
    scaled = task.scaled(np.arange(3))
    a, b = (FIRST + list(scaled.state()["known"]).index(word) for word in "ab")
    network = after({BEGIN: b, b: a, a: END}, task.output_size)

    shown = task.shown(network, scaled, np.array([0, 2]), how()).answers

    assert [(x.shown, x.wanted, x.answer) for x in shown] == [
        ("a b", ("b a",), "b a"),
        ("c c", ("c",), "b a"),
    ]


def test_a_picture_is_that_of_the_data_with_all_its_captions() -> None:
    """Decoded by pillow; one sentence of the network for each picture."""
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 10, 3), dtype=np.uint8)
    sentences = ["a dog", "the dog", "a cat", "a cow", "one cow"]
    data = SequenceDataset(
        name="toy", values=np.zeros((3, 0)), lengths=np.ones(3, dtype=np.int64),
        feature_names=("image",), images=images, series=("d.png", "c.png", "w.png"),
        answers=Tokens.of([s.split() for s in sentences]), answer_of=np.array([0, 0, 1, 2, 2]),
    )  # fmt: skip
    task = bind("captioning", data)
    scaled = task.scaled(np.arange(5))
    a, dog = (FIRST + list(scaled.state()["known"]).index(word) for word in ("a", "dog"))
    network = after({BEGIN: a, a: dog, dog: END}, task.output_size)

    first, second = task.shown(network, scaled, np.array([0, 3]), how()).answers

    assert (first.shown, first.wanted, first.answer) == ("d.png", ("a dog", "the dog"), "a dog")
    assert (second.shown, second.wanted, second.answer) == ("w.png", ("a cow", "one cow"), "a dog")
    for answer, picture in ((first, images[0]), (second, images[2])):
        assert answer.picture is not None
        opened = Image.open(io.BytesIO(base64.b64decode(answer.picture, validate=True)))
        assert np.array_equal(np.asarray(opened), picture)


def test_features_of_pictures_cannot_be_shown() -> None:
    """The answer stands alone."""
    data = SequenceDataset(
        name="toy", values=np.zeros((2, 0)), lengths=np.ones(2, dtype=np.int64),
        feature_names=("image",), images=np.eye(2, dtype=np.float32), **answered("a b", "a c"),
    )  # fmt: skip
    task = bind("captioning", data)
    scaled = task.scaled(np.arange(2))

    shown = task.shown(after({}, task.output_size), scaled, np.arange(2), how()).answers

    assert [answer.picture for answer in shown] == [None, None]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_large_picture_is_made_small(channels: int) -> None:
    """Its longer side has 64 pixels, and a colour stays what it is; a photograph is below 20 kB."""
    noise = np.random.default_rng(0).integers(0, 256, (300, 600, channels), dtype=np.uint8)
    opened = Image.open(io.BytesIO(base64.b64decode(png(np.full_like(noise, 90)))))

    assert opened.size == (64, 32)
    assert set(np.unique(np.asarray(opened))) == {90}
    assert len(png(noise)) < 20_000


def test_events_are_foretold_with_their_probability() -> None:
    """By hand: what came before, what came then, and what a network says of even odds."""
    values = np.array([[1, 0], [0, 0], [1, 1]], dtype=float)
    data = SequenceDataset(
        name="toy", values=values, lengths=np.array([3]), feature_names=("c", "e")
    )
    task = bind("event-forecasting", data)
    odds = Answering(lambda inputs: torch.tensor([0.0, np.log(3.0)]).repeat(*inputs.shape[:2], 1))
    known = {
        ("c", "\u2013", "e (75%), c (50%)"),
        ("c | \u2013", "c, e", "e (75%), c (50%)"),
    }
    found = {
        (answer.shown, answer.wanted[0], answer.answer)
        for seed in range(8)
        for answer in task.shown(odds, task.scaled(np.array([0])), np.array([0]), how(seed)).answers
    }

    assert found == known


def test_which_examples_are_shown_does_not_depend_on_the_answers(labelled: Maker) -> None:
    """Two networks that disagree are asked about the same examples; another seed draws others."""
    task = bind("regression", labelled(300, targets=np.arange(300.0)))
    scaled, examples = task.scaled(np.arange(100)), np.arange(300)
    one, other = (
        Answering(lambda inputs, k=k: torch.full((len(inputs), 1), k)) for k in (0.0, 5.0)
    )

    def asked(network: Answering, seed: int) -> list[float]:
        return [true for true, _ in task.shown(network, scaled, examples, how(seed)).pairs]

    assert asked(one, 0) == asked(other, 0)
    assert asked(one, 0) != asked(one, 1)
