"""Symbols of words: made of training texts, with parts that an unseen word shares."""

from __future__ import annotations

import numpy as np
import pytest

from actselect.data.tokens import Tokens
from actselect.tasks._texts import TextInputs
from actselect.tasks._vocabulary import (
    FIRST,
    PADDING,
    PARTS,
    UNKNOWN,
    Vocabulary,
    occurrences,
    parts_of,
    size_for,
)


@pytest.mark.parametrize(
    ("word", "endings", "beginnings", "shape"),
    [
        ("a", ["a"], ["a"], "x"),
        ("NATO", ["o", "to", "ato", "nato"], ["n", "na", "nat"], "X"),
        ("U.S.", [".", "s.", ".s.", "u.s."], ["u", "u.", "u.s"], "X.X."),
        ("3.50", ["0", "50", ".50", "3.50"], ["3", "3.", "3.5"], "d.d"),
        ("aB1-cD2", ["2", "d2", "cd2", "-cd2"], ["a", "ab", "ab1"], "xXd-xX"),
        ("", [], [], ""),
    ],
)
def test_parts_are_those_worked_out_by_hand(
    word: str, endings: list[str], beginnings: list[str], shape: str
) -> None:
    """The word in small letters, up to four last and three first ones, and its shape."""
    parts = parts_of(word)

    assert parts[0] == word.lower()
    assert [p.removeprefix("ending ") for p in parts if p.startswith("ending")] == endings
    assert [p.removeprefix("beginning ") for p in parts if p.startswith("begin")] == beginnings
    assert parts[-1] == f"shape {shape}"
    assert len(parts) == 2 + len(endings) + len(beginnings) <= PARTS


def test_a_part_is_never_a_word() -> None:
    """Also where words begin or end with a sign, such as options and brackets."""
    words = ["-g", "g", "r-", "r", "-LRB-", "shape", "x", "ending"]
    wholes = {parts_of(word)[0] for word in words}

    assert not any(wholes & set(parts_of(word)[1:]) for word in words)


def test_the_most_frequent_are_kept_and_of_equal_ones_the_first_by_name() -> None:
    """Below two occurrences nothing is; an empty entry has no place either."""
    lexicon, counts = ["", "a", "b", "c", "d", "e\0"], np.array([9, 1, 2, 4, 2, 7])

    assert Vocabulary.fit(lexicon, counts, most=9, least=2).known == ("c", "b", "d")
    assert Vocabulary.fit(lexicon, counts, most=2, least=2).known == ("c", "b")


def test_a_word_that_training_lacks_is_unknown_but_its_parts_are_not() -> None:
    """Its ending was seen twice, its beginning never."""
    vocabulary = Vocabulary.fit(["coming", "going"], np.array([2, 2]), most=99, least=2, parts=True)

    (row,) = vocabulary.table(["sling"]).tolist()

    known = {entry: FIRST + i for i, entry in enumerate(vocabulary.known)}
    ending = [known["ending g"], known["ending ng"], known["ending ing"]]
    assert row == [UNKNOWN, *ending, PADDING, PADDING, PADDING, PADDING, known["shape x"]]


def test_there_is_room_for_what_any_part_of_the_data_makes_known() -> None:
    """Whatever is trained on, also where the bound cuts and a token is empty."""
    random = np.random.default_rng(0)
    words = ["", *(f"w{i}" for i in range(30))]
    tokens = Tokens.of([[words[k] for k in random.zipf(1.4, 6) % 31] for _ in range(60)])

    for most in (5, 20, 500):
        for parts in (False, True):
            size = size_for(tokens, most=most, least=2, parts=parts)
            for share in (3, 20, 60):
                counts = occurrences(tokens, random.permutation(60)[:share])
                fitted = Vocabulary.fit(tokens.lexicon, counts, most=most, least=2, parts=parts)
                assert fitted.table(tokens.lexicon).max() < size
            assert size <= FIRST + most


@pytest.mark.parametrize("parts", [False, True])
def test_a_saved_vocabulary_is_the_same(parts: bool) -> None:
    """Whatever letters its entries are made of; what no array of text holds is not in it."""
    entries = ["é", "日本", "🙂", "b\0", "\0", "\u00a0", "a\nb", "\ud800"]
    vocabulary = Vocabulary.fit(entries, np.full(8, 2), most=99, least=2, parts=parts)

    assert Vocabulary.restored(vocabulary.state(), parts=parts) == vocabulary


@pytest.mark.parametrize("size", [255, 256, 257])
def test_padding_is_no_token_however_many_there_are(size: int) -> None:
    """Also where the lexicon has as many as a byte can number."""
    tokens = Tokens.of([[f"{i:03}" for i in range(size)], ["000"]])
    inputs = TextInputs.of(tokens, Vocabulary(known=tokens.lexicon))

    symbols, lengths = inputs.gather(np.array([1, 0]))

    assert symbols[1].tolist() == list(range(FIRST, FIRST + size))
    assert symbols[0].tolist() == [FIRST] + [PADDING] * (size - 1)
    assert lengths is not None
    assert lengths.tolist() == [1, size]
