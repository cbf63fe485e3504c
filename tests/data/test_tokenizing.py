"""Texts to tokens and back."""

from __future__ import annotations

import builtins
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Library
from tokenizers import decoders, models, pre_tokenizers, trainers

from actselect.data import load
from actselect.data.tokenizing import DEFAULTS, Tokenizer, _read, tokenizer_for
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError, MissingExtraError, UsageError

WORDS = Tokenizer(kind="words")
CHARACTERS = Tokenizer(kind="characters")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Return a byte-pair tokenizer, trained and saved by the tokenizers package."""
    library = Library(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["[BOS]"], show_progress=False)
    library.train_from_iterator(["to be or not to be", "that is the question"] * 3, trainer)
    path = tmp_path / "tokenizer.json"
    library.save(str(path))
    return path


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't panic!", ["Don't", "panic", "!"]),
        ("rock 'n' roll", ["rock", "'", "n", "'", "roll"]),
        ("l\u2019\u00e9t\u00e9, 3 \u20ac.", ["l\u2019\u00e9t\u00e9", ",", "3", "\u20ac", "."]),
        ("a_b  c\n\td", ["a_b", "c", "d"]),
        ("e\u0301te\u0301 \u0915\u093f\u0924", ["e\u0301te\u0301", "\u0915\u093f\u0924"]),
        ("", []),
    ],
)  # fmt: skip
def test_words_keep_apostrophes_and_signs_stand_alone(text: str, tokens: list[str]) -> None:
    """Worked out by hand."""
    assert tokens == WORDS.split(text)


def test_each_task_has_its_own_words() -> None:
    """Lower case where a class or a caption is asked for; signs are no part of a caption."""
    said = {task: tokenizer.split("A dog, Rex.") for task, tokenizer in DEFAULTS.items()}

    assert said["text-classification"] == ["a", "dog", ",", "rex", "."]
    assert said["captioning"] == ["a", "dog", "rex"]
    assert said["sequence-to-sequence"] == ["A", "dog,", "Rex."]
    assert said["language-modeling"] == list("A dog, Rex.")
    model = tokenizer_for("words", "language-modeling")
    assert model is not None
    assert model.split("A dog, Rex.") == ["A", "dog", ",", "Rex", "."]


@pytest.mark.parametrize(
    "text",
    [
        'He said: "Well-known (and old), is it?"',
        "It's 50% off; isn't it...",
        "either/or [sic] \u201cquoted\u201d",
    ],
)
def test_words_are_joined_as_they_are_written(text: str) -> None:
    """Spaces are back where they were."""
    assert text == WORDS.join(WORDS.split(text))


@given(st.lists(st.text(alphabet=st.characters(), max_size=20), max_size=5))
def test_characters_are_encoded_as_a_plain_loop_would(texts: list[str]) -> None:
    """The fast way agrees with the general one, and joining brings every text back."""
    found, plain = CHARACTERS.encode(texts), Tokens.of(map(list, texts))

    assert found.lexicon == plain.lexicon
    assert found.codes.tolist() == plain.codes.tolist()
    assert found.codes.dtype == plain.codes.dtype
    assert texts == [CHARACTERS.join(found.text(i)) for i in range(len(texts))]


def test_splitting_takes_linear_time() -> None:
    """What makes other patterns go back and forth costs no more than plain text."""
    start = time.perf_counter()
    WORDS.split("a'" * 500_000 + "!")

    assert time.perf_counter() - start < 5.0


def test_a_tokenizer_file_splits_and_joins_as_the_library_does(saved: Path) -> None:
    """Tokens are those of the tokenizers package, without its special ones."""
    library = Library.from_file(str(saved))
    texts = ["to be", "not the question", ""]

    tokenizer = tokenizer_for(saved, "language-modeling")
    assert tokenizer is not None
    found = tokenizer.encode(texts)

    for i, text in enumerate(texts):
        expected = library.encode(text, add_special_tokens=False).tokens
        assert list(found.text(i)) == expected == tokenizer.split(text)
        assert tokenizer.join(expected) == text
    assert tokenizer.describe() == "tokens of tokenizer.json"


def test_a_data_set_is_split_by_the_tokenizer_asked_for(saved: Path) -> None:
    """Its path may be given to load."""
    text = "to be or not to be " * 30

    data = load([text], task="language-modeling", tokenizer=saved)

    assert data.tokens is not None
    expected = Library.from_file(str(saved)).encode(text, add_special_tokens=False).tokens
    assert list(data.tokens.text(0)) == expected


def test_a_broken_tokenizer_file_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "mine.json"
    path.write_text("{}", encoding="utf-8")

    with pytest.raises(DataError, match=r"mine\.json: wanted a tokenizer"):
        tokenizer_for(path, "text-classification")


def test_a_missing_package_is_named(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is the command that installs it."""
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "tokenizers":
            raise ImportError(name)
        return real(name, *rest)

    _read.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(MissingExtraError, match=r"pip install 'actselect\[tokenizers\]'"):
        tokenizer_for(saved, "text-classification")


@pytest.mark.parametrize(
    ("asked", "task", "message"),
    [
        ("wrods", "text-classification", "'words', 'characters', or the path"),
        ("words", "tagging", "Leave it out for tagging"),
        ("words", "forecasting", "Leave it out for forecasting"),
    ],
)
def test_a_tokenizer_that_does_not_exist_is_refused(asked: str, task: str, message: str) -> None:
    """Neither a wrong name nor a task whose tokens are given."""
    with pytest.raises(UsageError, match=message):
        tokenizer_for(asked, task)
