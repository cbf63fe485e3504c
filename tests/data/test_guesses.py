"""Columns that are found by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from actselect.data import load
from actselect.exceptions import DataError


def nixtla() -> pd.DataFrame:
    """Return two daily series in the long format of Nixtla's packages."""
    days = [*pd.date_range("2020-01-01", periods=20)] * 2
    return pd.DataFrame({"unique_id": ["b"] * 20 + ["a"] * 20, "ds": days, "y": np.arange(40.0)})


def test_the_long_format_of_nixtla_needs_no_names() -> None:
    """Series, time and target are plain from the columns, which is noted."""
    data = load(nixtla(), task="forecasting")

    assert data.series == ("b", "a")
    assert data.sequence(1)[:, 0].tolist() == [float(i) for i in range(20, 40)]
    assert data.time is not None
    assert str(data.time[0])[:10] == "2020-01-01"
    assert data.target_name == "y"
    assert any("unique_id, ds and y" in note for note in data.notes)


def test_a_column_that_is_named_stops_the_guess() -> None:
    """Who names the target names the series as well."""
    with pytest.raises(DataError, match=r"2020-01-01.*twice"):
        load(nixtla(), task="forecasting", target="y")


@pytest.mark.parametrize(
    ("task", "columns", "found"),
    [
        ("text-classification", ["Utterance", "domain", "Intent"], ("Utterance", "Intent")),
        ("text-classification", ["title", "text", "class"], ("text", "class")),
        ("sequence-to-sequence", ["Input", "note", "Output"], ("Input", "Output")),
        ("tagging", ["word", "pos", "ner_tags", "s"], ("word", "ner_tags")),
        ("tagging", ["s", "FORM", "LEMMA", "UPOS"], ("FORM", "UPOS")),
    ],
)
def test_texts_and_targets_are_guessed_by_name(
    task: str, columns: list[str], found: tuple[str, str]
) -> None:
    """In any case; the first of the known names wins, and each guess is noted."""
    rows = [[f"{name} {i % 3}" for name in columns] for i in range(30)]
    frame: Any = pd.DataFrame(rows, columns=columns)
    series = None
    if task == "tagging":
        frame["s"], series = np.arange(30) // 3, "s"

    data = load(frame, task=task, series=series)

    assert (data.feature_names[0], data.target_name) == found
    assert sum("was taken for the" in note for note in data.notes) == 2
