"""Built-in data sets."""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from actselect.data import BuiltinInfo, builtin, builtin_datasets, duplicates, load
from actselect.data.builtin import load_builtin
from actselect.data.dataset import SequenceDataset
from actselect.data.tokenizing import Tokenizer
from actselect.exceptions import UnknownNameError, UsageError

SNIPS = [
    "AddToPlaylist",
    "BookRestaurant",
    "GetWeather",
    "PlayMusic",
    "RateBook",
    "SearchCreativeWork",
    "SearchScreeningEvent",
]
HASHES = {
    "airpassengers": "05f1d2a6a6a936f2",
    "sunspots": "a9cb1f40704dd375",
    "digits": "2f02af9df758fedd",
    "adding": "a51839521f5af20b",
    "temporal-order": "5eefd5a983dcfc5c",
    "counting": "ffb3b4da0f503ace",
    "snips-intents": "61d7d879b911a6ac",
    "snips-slots": "7f5529b6ac614e2f",
    "moby-dick": "d2d800d6ced8ccb7",
    "scenes": "fb1e4d0267798082",
    "reverse": "af7dca4a2411e9e1",
    "arpeggios": "39cea9fddb229eba",
}
EVERY = pytest.mark.parametrize("info", builtin_datasets(), ids=lambda info: info.name)


@EVERY
def test_the_catalogue_tells_the_truth(info: BuiltinInfo) -> None:
    """Task, number of sequences, length and column names are those of the data."""
    data = load(info.name, task=info.task)

    assert data.name == info.name
    assert len(data) == info.sequences
    assert int(np.median(data.lengths)) <= 1.1 * info.length
    assert data.lengths.max() >= info.length * 0.9
    assert data.target_name == info.defaults.get("target", data.target_name)


@EVERY
def test_nothing_occurs_twice_and_nothing_is_missing(info: BuiltinInfo) -> None:
    """The data sets hold no leak of their own."""
    data = load(info.name, task=info.task)

    assert duplicates(data) == ()
    assert np.isfinite(data.values).all()


@EVERY
def test_another_task_is_refused(info: BuiltinInfo) -> None:
    """Each data set is for one task."""
    other = "regression" if info.task != "regression" else "classification"

    with pytest.raises(UsageError, match=info.task):
        load(info.name, task=other)


@EVERY
def test_data_is_the_same_on_every_machine(info: BuiltinInfo) -> None:
    """The hash of what a result depends on, so that a study can be repeated anywhere."""
    assert HASHES[info.name] == load_builtin(info.name, task=info.task).sha256[:16]


def test_every_file_has_its_licence() -> None:
    """Each that is shipped is a row of SOURCES.md with four cells; generated sets are named."""
    sources = Path(builtin.__file__).with_name("SOURCES.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in sources.splitlines() if line[:3] == "| `"]
    shipped = {
        path.name for path in Path(builtin.__file__).parent.glob("*.[!pm]*") if path.is_file()
    }

    assert {row[0].strip("`") for row in rows} == shipped
    assert all(len(row) == 4 and re.search("public|CC0|BSD", row[3]) for row in rows)
    for info in builtin_datasets():
        assert "generated" not in info.licence or f"`{info.name}`" in sources


def test_adding_is_the_sum_of_the_marked_numbers() -> None:
    """One mark in each half, checked sequence by sequence."""
    data = load("adding:40", task="regression")

    assert data.targets is not None
    for i in range(len(data)):
        number, mark = data.sequence(i).T
        assert mark[:20].sum() == mark[20:].sum() == 1
        assert np.isclose(number[mark == 1].sum(), data.targets[i])


def test_temporal_order_is_the_order_of_the_two_rare_symbols() -> None:
    """The class can be read off the sequence, and all four classes occur."""
    data = load("temporal-order", task="classification")

    assert data.targets is not None
    letters = np.array(data.feature_names)
    for i in range(len(data)):
        word = letters[data.sequence(i).argmax(axis=1)]
        assert "".join(word[np.isin(word, ["X", "Y"])]) == data.targets[i]
        assert (word[0], word[-1]) == ("E", "B")
    assert set(data.targets.tolist()) == {"XX", "XY", "YX", "YY"}


def test_counting_words_are_classified_by_their_counts() -> None:
    """Every word is a run of a and a run of b."""
    data = load("counting", task="classification")

    assert data.targets is not None
    letters = np.array(data.feature_names)
    for i in range(len(data)):
        word = letters[data.sequence(i).argmax(axis=1)]
        (first, a), (second, b) = ((letter, len([*run])) for letter, run in groupby(word))
        assert (first, second) == ("a", "b")
        assert (a == b) == (data.targets[i] == "a^n b^n")


@pytest.fixture(scope="module")
def scenes() -> SequenceDataset:
    """Pictures of two digits, and what is said of them."""
    return load_builtin("scenes", task="captioning")


def drawn(image: np.ndarray) -> dict[tuple[int, int], bytes]:
    """Return the digits of a scene as bytes, by row and column of their cell."""
    cells = image[..., 0].reshape(2, 12, 2, 12).swapaxes(1, 2)
    there = np.argwhere(cells.any(axis=(2, 3)))
    return {(r, c): cells[r, c, 2:10, 2:10].tobytes() for r, c in there.tolist()}


def test_every_sentence_about_a_scene_is_true(scenes: SequenceDataset) -> None:
    """The picture is taken apart, its digits are looked up in scikit-learn, the sentence parsed."""
    pixels, labels = load_digits(return_X_y=True)
    known = {(p * 15).astype(np.uint8).tobytes(): n for p, n in zip(pixels, labels, strict=True)}
    numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven"]
    steps = {"above": (1, 0), "below": (-1, 0), "left of": (0, 1), "right of": (0, -1)}
    assert scenes.images is not None
    assert scenes.answers is not None
    assert scenes.answer_of is not None
    where = [{known[d]: cell for cell, d in drawn(image).items()} for image in scenes.images]
    for i, scene in enumerate(scenes.answer_of.tolist()):
        said = re.fullmatch(r"(?:there is )?a (\w+) (.+) a (\w+)", " ".join(scenes.answers.text(i)))
        assert said
        first, second = (numbers.index(said[k]) for k in (1, 3))
        assert {first, second} == set(where[scene])
        if first != second:
            step = np.subtract(where[scene][second], where[scene][first])
            assert tuple(step.tolist()) == steps[said[2]]


def test_no_digit_is_in_scenes_of_two_groups(scenes: SequenceDataset) -> None:
    """So a test scene shows nothing that was trained on, and every split by groups is honest."""
    assert scenes.images is not None
    assert scenes.groups is not None
    groups: dict[bytes, set[str]] = {}
    for image, group in zip(scenes.images, scenes.groups.tolist(), strict=True):
        for digit in drawn(image).values():
            groups.setdefault(digit, set()).add(group)

    assert all(len(found) == 1 for found in groups.values())
    assert len(groups) > 1300  # of the 1443 that scikit-learn has of zero to seven


def test_the_parts_of_scenes_are_made_of_whole_groups(scenes: SequenceDataset) -> None:
    """140 groups to train on, 30 for validation, 30 for the test; four sentences a scene."""
    assert scenes.validation is not None
    assert scenes.test is not None
    assert scenes.groups is not None
    assert scenes.answer_of is not None
    part = scenes.validation + 2 * scenes.test

    assert np.bincount(part).tolist() == [1400, 300, 300]
    assert len(set(zip(scenes.groups.tolist(), part.tolist(), strict=True))) == 200
    assert np.bincount(scenes.answer_of).tolist() == [4] * 2000


def test_moby_dick_is_the_novel_in_characters_or_in_words() -> None:
    """Its first sentence, and the number of whales."""
    letters = load_builtin("moby-dick", task="language-modeling")
    words = load_builtin("moby-dick", task="language-modeling", tokenizer=Tokenizer(kind="words"))

    assert letters.tokens is not None
    assert words.tokens is not None
    novel = "".join(letters.tokens.text(0))
    assert novel.startswith("CHAPTER 1. Loomings.\n\nCall me Ishmael. Some years ago")
    assert letters.tokens.codes.dtype == np.uint8
    assert words.tokens.text(0).count("whale") == len(
        re.findall(r"\bwhale\b(?!['\u2019]\w)", novel)
    )


def test_snips_intents_and_slots_are_of_the_same_utterances() -> None:
    """In lower case, or as written with a tag for each word; the parts are the same."""
    intents = load_builtin("snips-intents", task="text-classification")
    slots = load_builtin("snips-slots", task="tagging")

    assert intents.targets is not None
    assert intents.tokens is not None
    assert slots.tokens is not None
    assert slots.answers is not None
    assert intents.test is not None
    assert np.array_equal(intents.test, slots.test)
    assert np.unique(intents.targets[intents.test]).tolist() == SNIPS
    assert slots.answers.lengths.tolist() == slots.lengths.tolist()
    for i in range(0, len(slots), 500):
        spoken = "".join(intents.tokens.text(i))
        assert spoken == "".join(slots.tokens.text(i)).lower()


def test_slot_tags_begin_and_go_on() -> None:
    """One utterance read by eye, and no tag that continues nothing."""
    slots = load_builtin("snips-slots", task="tagging")

    assert slots.tokens is not None
    assert slots.answers is not None
    assert list(zip(slots.tokens.text(0), slots.answers.text(0), strict=True)) == [
        ("Add", "O"),
        ("another", "O"),
        ("song", "B-music_item"),
        ("to", "O"),
        ("the", "O"),
        ("Cita", "B-playlist"),
        ("Romántica", "I-playlist"),
        ("playlist", "O"),
        (".", "O"),
    ]
    assert len({tag[2:] for tag in slots.answers.lexicon} - {""}) == 39
    for i in range(len(slots)):
        tags = ("O", *slots.answers.text(i))
        for before, tag in pairwise(tags):
            assert tag[0] != "I" or before[2:] == tag[2:]


@pytest.mark.parametrize(("name", "longest"), [("reverse", 10), ("reverse:20", 20)])
def test_reversed_letters_are_the_letters_from_the_end(name: str, longest: int) -> None:
    """Checked text by text."""
    data = load_builtin(name, task="sequence-to-sequence")

    assert data.tokens is not None
    assert data.answers is not None
    assert sorted(set(data.lengths.tolist())) == list(range(3, longest + 1))
    assert data.tokens.lexicon == tuple("abcdefgh")
    for i in range(len(data)):
        assert data.tokens.text(i) == data.answers.text(i)[::-1]


def test_arpeggios_go_round_four_chords_in_one_pattern() -> None:
    """A root at every step, the same every 16 steps; nine upper notes of ten as well."""
    data = load_builtin("arpeggios", task="event-forecasting")

    assert set(np.unique(data.values).tolist()) == {0, 1}
    assert (data.values[:, :12].sum(axis=1) == 1).all()
    assert (data.values[:, 12:].sum(axis=1) <= 1).all()
    again = []
    for i in range(len(data)):
        piece = data.sequence(i)
        assert (piece[16:, :12] == piece[:-16, :12]).all()
        again.append((piece[16:, 12:] == piece[:-16, 12:]).all(axis=1))
    # both as written: 0.9 * 0.9; both silent, or the same by chance: nearly nothing
    assert abs(np.concatenate(again).mean() - 0.82) < 0.02


def test_airpassengers_ends_with_the_known_value() -> None:
    """Box and Jenkins, series G: 112 in January 1949, 432 in December 1960."""
    data = load("airpassengers", task="forecasting")

    assert data.sequence(0)[[0, -1], 0].tolist() == [112, 432]
    assert data.time is not None
    assert str(data.time[-1])[:7] == "1960-12"


def test_a_file_wins_over_a_built_in_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in the folder was meant."""
    monkeypatch.chdir(tmp_path)
    Path("sunspots").write_text("y\n" + "1\n2\n" * 10, encoding="utf-8")

    assert load("sunspots", task="forecasting").lengths.tolist() == [20]


@pytest.mark.parametrize("name", ["digits:20", "adding:x", "adding:3", "adding:99999999"])
def test_a_length_that_cannot_be_had_is_refused(name: str) -> None:
    """Only generated data has a length to choose."""
    task = "classification" if name.startswith("digits") else "regression"

    with pytest.raises(UsageError, match="adding:100"):
        load(name, task=task)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """The catalogue is in the message."""
    with pytest.raises(UnknownNameError, match="Did you mean 'counting'"):
        load_builtin("countin", task="classification")


def test_columns_may_be_named_but_not_changed() -> None:
    """The true names are accepted."""
    same = load("airpassengers", task="forecasting", target="Passengers", time="Date")

    assert same.target_name == "Passengers"
    digits = load("digits", task="classification", features=["pixel3", "pixel2"])
    assert digits.sequence(0).shape == (8, 2)
    with pytest.raises(UsageError, match="Passengers"):
        load("airpassengers", task="forecasting", target="Date")
