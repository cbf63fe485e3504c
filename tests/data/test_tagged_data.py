"""A tag for each step, and events of each step."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from actselect.data import SequenceDataset, load
from actselect.exceptions import DataError, UsageError

SENTENCES = [["We", "meet", "Anna"], ["Anna", "sleeps"]] * 6
TAGS = [["O", "O", "PER"], ["PER", "O"]] * 6


def rows() -> pd.DataFrame:
    """Return the sentences as a table, one row a token."""
    return pd.DataFrame(
        [
            (f"s{i}", word, tag)
            for i, (words, tags) in enumerate(zip(SENTENCES, TAGS, strict=True))
            for word, tag in zip(words, tags, strict=True)
        ],
        columns=["sentence", "token", "ner"],
    )


def tags(data: SequenceDataset) -> list[list[str]]:
    """Return the tags of all sequences."""
    assert data.answers is not None
    assert data.answer_of is not None
    assert data.answer_of.tolist() == list(range(len(data)))
    assert data.answers.lengths.tolist() == data.lengths.tolist()
    return [list(data.answers.text(i)) for i in range(len(data))]


def words(data: SequenceDataset) -> list[list[str]]:
    """Return the words of all sentences."""
    assert data.tokens is not None
    assert data.tokens.lengths.tolist() == data.lengths.tolist()
    return [list(data.tokens.text(i)) for i in range(len(data))]


def test_a_table_of_tokens_becomes_sentences_with_tags() -> None:
    """Columns of tokens and tags are guessed by name; rows need not stand together."""
    order = np.argsort(rows().groupby("sentence").cumcount(), kind="stable")

    data = load(rows().iloc[order], task="tagging", series="sentence")

    assert words(data) == SENTENCES
    assert tags(data) == TAGS
    assert data.values.shape == (30, 0)
    assert (data.feature_names, data.target_name) == (("token",), "ner")
    assert data.series[:2] == ("s0", "s1")
    assert any("'ner' was taken for the tag" in note for note in data.notes)


def test_lists_and_files_give_the_same_sentences(tmp_path: Path) -> None:
    """JSON lines say themselves which tokens belong together."""
    lines = pd.DataFrame({"tokens": SENTENCES, "tags": TAGS})
    lines.to_json(tmp_path / "d.jsonl", orient="records", lines=True)

    for data in (
        load(SENTENCES, y=TAGS, task="tagging"),
        load(tmp_path / "d.jsonl", task="tagging"),
    ):
        assert words(data) == SENTENCES
        assert tags(data) == TAGS


def test_without_a_known_name_the_last_column_is_the_tag() -> None:
    """The token column is then the text that is left, or the one named."""
    frame = rows().set_axis(["sentence", "x", "z"], axis=1)

    data = load(frame, task="tagging", series="sentence", features=["x"])

    assert data.target_name == "z"
    assert tags(data) == TAGS


def test_numbers_may_be_tagged_too() -> None:
    """A sequence of numbers has a tag for each step, from a table or from arrays."""
    frame = rows().assign(token=np.arange(30.0)).rename(columns={"token": "speed"})
    arrays = [np.array([[3.0, 4.0]] * len(row)) for row in TAGS]

    table = load(frame, task="tagging", series="sentence", target="ner")
    memory = load(arrays, y=TAGS, task="tagging")

    assert table.tokens is None
    assert table.sequence(1)[:, 0].tolist() == [3.0, 4.0]
    assert memory.sequence(1).tolist() == [[3.0, 4.0]] * 2
    assert tags(table) == tags(memory) == TAGS


def test_tokens_are_sorted_by_time() -> None:
    """Where there is a time column."""
    frame = rows().assign(step=rows().groupby("sentence").cumcount()).iloc[::-1]

    data = load(frame, task="tagging", series="sentence", time="step")

    assert words(data)[data.series.index("s0")] == SENTENCES[0]


@pytest.mark.parametrize(
    ("source", "y", "options", "message"),
    [
        (rows(), None, {}, r"which sequence a row belongs to.*--series sentence"),
        (rows().assign(token=None), None, {"series": "sentence"}, "row 0, column 'token'"),
        (rows().assign(ner=""), None, {"series": "sentence"}, "row 0, column 'ner'"),
        (rows().assign(ner="O"), None, {"series": "sentence"}, "'O' for every step"),
        (SENTENCES, [*TAGS[:-1], ["O"]], {}, r"y\[11\]: wanted 2 tags.*got 1"),
        (SENTENCES, TAGS[:-1], {}, "wanted 12 lists of tags; got 11"),
        (SENTENCES, ["O"] * 12, {}, r"y\[0\]: wanted a list of tags"),
        ([*SENTENCES[:-1], []], TAGS, {}, r"X\[11\]: wanted at least one token"),
        (SENTENCES, None, {}, "wanted y"),
        (SENTENCES[:4], TAGS[:4], {}, "at least 10 sequences; got 4"),
    ],
)
def test_what_cannot_be_tagged_is_refused(
    source: Any, y: Any, options: dict[str, str], message: str
) -> None:
    """The message names the place."""
    with pytest.raises(DataError, match=message):
        load(source, y=y, task="tagging", **options)


def test_ten_thousand_tags_are_taken_for_another_column() -> None:
    """Most likely the tokens."""
    frame = pd.DataFrame(
        {"s": np.arange(20_000) // 20, "token": "x", "tag": [f"t{i}" for i in range(20_000)]}
    )

    with pytest.raises(DataError, match="at most 1000 different tags; got 20000"):
        load(frame, task="tagging", series="s")


def test_a_tag_only_in_the_test_part_is_noted() -> None:
    """No network can predict it."""
    data = load(SENTENCES, y=TAGS, task="tagging", test_data=([["Oslo"]], [["LOC"]]))

    assert "Tags only in the test data, never predicted: LOC." in data.notes
    assert words(data)[-1] == ["Oslo"]
    assert tags(data) == [*TAGS, ["LOC"]]


def test_to_predict_tags_are_not_needed() -> None:
    """Neither in lists nor in a table."""
    for source, series in ((SENTENCES, None), (rows()[["sentence", "token"]], "sentence")):
        data = load(source, task="tagging", series=series, predict=True)

        assert words(data) == SENTENCES
        assert data.answers is None


def test_half_a_million_tokens_take_seconds() -> None:
    """No row costs a call of pandas."""
    n = 500_000
    frame = pd.DataFrame({"s": np.arange(n) // 20, "token": np.arange(n) % 9973, "tag": "A"})
    frame.loc[::3, "tag"] = "B"
    start = time.perf_counter()

    data = load(frame, task="tagging", series="s")

    assert len(data) == 25_000
    assert time.perf_counter() - start < 10.0  # about one on an idle machine


EVENTS = np.tile([[1, 0], [0, 1], [1, 1]], (4, 1))


def test_events_of_arrays_and_tables_agree() -> None:
    """A piece is one sequence, an event one feature; the order of rows counts."""
    frame = pd.DataFrame(EVENTS, columns=["c4", "e4"]).assign(piece=["a"] * 6 + ["b"] * 6)

    table = load(frame, task="event-forecasting", series="piece")
    memory = load([EVENTS[:6], EVENTS[6:]], task="event-forecasting")

    assert table.feature_names == ("c4", "e4")
    assert table.targets is None
    assert np.array_equal(table.values, EVENTS)
    assert np.array_equal(memory.values, EVENTS)
    assert table.lengths.tolist() == memory.lengths.tolist() == [6, 6]


def test_one_piece_of_events_is_enough() -> None:
    """Without a series column all rows are one."""
    frame = pd.DataFrame(EVENTS, columns=["c4", "e4"])

    assert load(frame, task="event-forecasting").lengths.tolist() == [12]


@pytest.mark.parametrize("value", [2, 0.5, np.nan])
def test_an_event_happens_or_not(value: float, tmp_path: Path) -> None:
    """Any other number is refused with its place, in a table, an array and a file."""
    frame = pd.DataFrame(EVENTS.astype(float), columns=["c4", "e4"])
    frame.loc[7, "e4"] = value
    np.savez(tmp_path / "d.npz", X=frame.to_numpy()[None])

    with pytest.raises(DataError, match="row 7, column 'e4': wanted 0 or 1"):
        load(frame, task="event-forecasting")
    with pytest.raises(DataError, match=r"X\[1\], step 1, feature 'x1'"):
        load([EVENTS[:6], frame.to_numpy()[6:]], task="event-forecasting")
    with pytest.raises(DataError, match=r"X\[0\], step 7, feature 'x1'"):
        load(tmp_path / "d.npz", task="event-forecasting")


def test_events_have_no_target() -> None:
    """All of them are forecast."""
    frame = pd.DataFrame(EVENTS, columns=["c4", "e4"])

    with pytest.raises(UsageError, match="left out for event-forecasting"):
        load(frame, task="event-forecasting", target="c4")
