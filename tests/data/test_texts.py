"""Tables and lists of texts: classes of texts, pairs of texts, texts to model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actselect.data import SequenceDataset, duplicates, load
from actselect.data.texts import united
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError, UsageError

REVIEWS = [f"A {'good' if i % 2 else 'bad'} film, no. {i}!" for i in range(12)]
LABELS = ["neg", "pos"] * 6


def said(data: SequenceDataset, i: int) -> str:
    """Return the tokens of text i with spaces between them."""
    assert data.tokens is not None
    return " ".join(data.tokens.text(i))


def notes(data: SequenceDataset, word: str) -> int:
    """Return how many notes hold a word."""
    return sum(word in note for note in data.notes)


def test_a_table_of_texts_and_labels_becomes_tokens(tmp_path: Path) -> None:
    """Columns are found by their names, which is noted; rows count lines of the file."""
    path = tmp_path / "films.csv"
    pd.DataFrame({"id": range(12), "Review": REVIEWS, "label": LABELS}).to_csv(path, index=False)

    data = load(path, task="text-classification")

    assert said(data, 3) == "a good film , no . 3 !"
    assert data.values.shape == (12 * 8, 0)
    assert data.lengths.tolist() == [8] * 12
    assert data.tokens is not None
    assert data.tokens.lengths.tolist() == [8] * 12
    assert (data.feature_names, data.target_name, data.series[0]) == (("Review",), "label", "2")
    assert data.targets is not None
    assert data.targets.tolist() == LABELS
    assert notes(data, "'Review' was taken for the text") == 1
    assert notes(data, "'label' was taken for the label") == 1


def test_lists_frames_and_files_give_the_same_texts(tmp_path: Path) -> None:
    """And so does a Series."""
    frame = pd.DataFrame({"text": REVIEWS, "label": LABELS})
    frame.to_json(tmp_path / "d.jsonl", orient="records", lines=True)

    found = [
        load(REVIEWS, y=LABELS, task="text-classification"),
        load(pd.Series(REVIEWS), y=pd.Series(LABELS), task="text-classification"),
        load(frame, task="text-classification"),
        load(tmp_path / "d.jsonl", task="text-classification"),
    ]

    for data in found:
        assert [said(data, i) for i in range(12)] == [said(found[0], i) for i in range(12)]
        assert data.targets is not None
        assert data.targets.tolist() == LABELS


def test_an_empty_text_is_one_empty_token_and_noted() -> None:
    """Every sequence has a step."""
    data = load(["", *REVIEWS[1:]], y=LABELS, task="text-classification")

    assert data.lengths[:2].tolist() == [1, 8]
    assert data.tokens is not None
    assert data.tokens.text(0) == ("",)
    assert said(data, 1) == "a good film , no . 1 !"
    assert notes(data, "1 of 12 texts are empty.") == 1


def test_labels_that_look_alike_are_noted() -> None:
    """Spaces around them go, other differences stay."""
    labels = [" pos", *LABELS[1:10], "Pos", "POS"]

    with pytest.raises(DataError, match="1 of class"):
        load(REVIEWS, y=labels, task="text-classification")
    more = [*labels, *["Pos", "POS"] * 2]
    data = load([*REVIEWS, *"abcd"], y=more, task="text-classification")

    assert data.targets is not None
    assert data.targets[0] == "pos"
    assert notes(data, "Spaces around labels were dropped: ' pos'.") == 1
    assert notes(data, "differ in case or spaces only") == 1


def test_a_text_with_two_labels_is_noted() -> None:
    """It cannot be told right by anyone."""
    data = load(["same"] * 4 + REVIEWS[4:], y=LABELS, task="text-classification")

    assert notes(data, "1 texts stand with more than one label.") == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": [""] * 12}, "'text': wanted texts; got only empty ones"),
        ({"text": [None, *REVIEWS[1:]]}, r"row 0, column 'text': wanted a text in every row"),
        ({"label": [*LABELS[1:], None]}, r"row 11, column 'label': wanted a target"),
        ({"label": ["same"] * 12}, "got the class 'same' alone|same"),
        ({"label": range(12)}, "at least 3 sequences of every class"),
    ],
)
def test_texts_that_teach_nothing_are_refused(columns: dict[str, Any], message: str) -> None:
    """The message names the row, or the column."""
    frame = pd.DataFrame({"text": REVIEWS, "label": LABELS}).assign(**columns)

    with pytest.raises(DataError, match=message):
        load(frame, task="text-classification")


def test_a_null_in_a_file_is_refused_with_its_line(tmp_path: Path) -> None:
    """In JSON a text may be null."""
    rows = [f'{{"text": "t {i}", "label": "{i % 2}"}}' for i in range(12)]
    path = tmp_path / "d.jsonl"
    path.write_text("\n".join([*rows, '{"text": null, "label": "1"}']), encoding="utf-8")

    with pytest.raises(DataError, match=r"d\.jsonl, line 13, column 'text'.*null"):
        load(path, task="text-classification")


@pytest.mark.parametrize(
    ("columns", "options", "error", "message"),
    [
        (["a", "b", "label"], {}, DataError, r"a text column; got several of text: a, b"),
        (["a", "b", "c"], {"features": ["a"]}, DataError, "a label column"),
        (["a", "b", "label"], {"features": ["a", "b"]}, DataError, "one text column; got 2"),
        (["a", "text", "label"], {"target": "lable"}, DataError, "Did you mean 'label'"),
        (["a", "text", "label"], {"time": "a"}, UsageError, "'time' parameter"),
    ],
)
def test_columns_that_cannot_be_guessed_are_asked_for(
    columns: list[str], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Nobody guesses among several."""
    frame = pd.DataFrame([REVIEWS, REVIEWS, LABELS], index=columns).T

    with pytest.raises(error, match=message):
        load(frame, task="text-classification", **options)


def test_rows_of_a_series_are_one_text() -> None:
    """They are joined by spaces, in the order of the rows."""
    frame = pd.DataFrame(
        {"doc": [*range(12), *range(12)], "text": [*REVIEWS, *["more"] * 12], "label": LABELS * 2}
    )

    data = load(frame, task="text-classification", series="doc")

    assert said(data, 1) == "a good film , no . 1 ! more"
    assert data.series[:2] == ("0", "1")


def test_to_predict_labels_are_not_needed() -> None:
    """Neither in a list nor in a table."""
    for source in (REVIEWS[:1], pd.DataFrame({"text": REVIEWS[:1], "label": [None]})):
        data = load(source, task="text-classification", predict=True)

        assert (len(data), data.targets) == (1, None)
        assert said(data, 0) == "a bad film , no . 0 !"


def test_pairs_are_split_at_spaces_and_stay_as_given() -> None:
    """Each source has one answer."""
    sources, targets = [f"jump TWICE {i}" for i in range(12)], [f"I_JUMP i{i}" for i in range(12)]

    data = load(sources, y=targets, task="sequence-to-sequence")

    assert said(data, 5) == "jump TWICE 5"
    assert data.answers is not None
    assert data.answer_of is not None
    assert data.answers.text(5) == ("I_JUMP", "i5")
    assert data.answer_of.tolist() == list(range(12))
    assert data.targets is None


@pytest.mark.parametrize("names", [("src", "tgt"), ("question", "answer"), ("en", "de")])
def test_sides_of_a_pair_are_guessed(names: tuple[str, str]) -> None:
    """By their names, or because there are no other columns of text."""
    rows = [(f"a {i}", f"b {i}") for i in range(12)]

    data = load(pd.DataFrame(rows, columns=list(names)), task="sequence-to-sequence")

    assert (data.feature_names, data.target_name) == ((names[0],), names[1])
    assert said(data, 2) == "a 2"


def test_pairs_of_characters_on_request() -> None:
    """A text is then split into its characters."""
    data = load(
        ["ab c"] * 11 + ["b"], y=list("abcdefghijkl"), task="sequence-to-sequence",
        tokenizer="characters",
    )  # fmt: skip

    assert data.tokens is not None
    assert data.tokens.text(0) == ("a", "b", " ", "c")


def test_an_empty_target_text_is_refused() -> None:
    """There would be nothing to learn to write."""
    frame = pd.DataFrame({"source": ["a"] * 12, "target": [*["b"] * 11, " "]})

    with pytest.raises(DataError, match=r"row 11, column 'target': wanted a target text"):
        load(frame, task="sequence-to-sequence")


def test_documents_to_model_are_characters_and_empty_ones_go() -> None:
    """One sequence for each that holds something."""
    documents = ["first " * 20, "", "second one"]

    data = load(documents, task="language-modeling")

    assert data.lengths.tolist() == [120, 10]
    assert data.series == ("0", "2")
    assert data.tokens is not None
    assert "".join(data.tokens.text(1)) == "second one"
    assert notes(data, "1 empty texts were left out.") == 1


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["", "\n"], "only empty ones"),
        (["short"], "at least 100 tokens; got 5"),
        ([1, 2], r"X\[0\]: wanted a text; got 1"),
        (["a", None], r"X\[1\]: wanted a text; got a missing one"),
    ],
)
def test_texts_that_cannot_be_modelled_are_refused(texts: list[Any], message: str) -> None:
    """Empty, too short, or no texts."""
    with pytest.raises(DataError, match=message):
        load(texts, task="language-modeling")


def test_groups_of_texts_are_kept() -> None:
    """As those of arrays; test data belong to none of them."""
    data = load(
        REVIEWS, y=LABELS, groups=list(range(12)), task="text-classification",
        test_data=(["Bad."], ["neg"]),
    )  # fmt: skip

    assert data.groups is not None
    assert data.groups.tolist() == [*map(str, range(12)), "(test)"]


def test_texts_are_duplicates_when_their_answers_are_the_same_too() -> None:
    """The same source with another target is no copy."""
    sources = ["a b", "a b", "a b", "b"] + [f"x {i}" for i in range(8)]
    targets = ["c", "d", "c", "c"] + ["e"] * 8

    data = load(sources, y=targets, task="sequence-to-sequence")

    assert duplicates(data) == ((0, 2),)


TEXTS = st.lists(st.lists(st.text("abcdef", max_size=2), max_size=4), max_size=4)


@given(TEXTS, TEXTS)
def test_two_lexicons_become_one(first: list[list[str]], second: list[list[str]]) -> None:
    """As if all texts had been coded together."""
    both, together = united(Tokens.of(first), Tokens.of(second)), Tokens.of([*first, *second])

    assert both.lexicon == together.lexicon
    assert both.codes.tolist() == together.codes.tolist()
    assert both.lengths.tolist() == together.lengths.tolist()
