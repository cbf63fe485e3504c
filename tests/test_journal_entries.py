"""What a replayed journal may hold."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

from actselect.exceptions import StudyError
from actselect.journal_entries import BASELINE, ONCE, TESTED, TRAINING, check_entries
from actselect.planning import Plan
from actselect.records import TestScore
from actselect.training import BaselineResult, TrainingResult

KEY = "repeat0|gru|tanh|3|uni|identity|0.01|6"
RESULT = TrainingResult(
    epochs=2, best_epoch=1, finished=False, cut=False, diverged=None, score=0.5,
    stop_losses=(1.0, 0.5, 0.6), steps=8, train_ms_per_step=0.1, infer_ms_per_sequence=0.1,
    seconds=0.2,
)  # fmt: skip
TRAINED: dict[str, Any] = {
    **asdict(RESULT), "stop_losses": [1.0, 0.5, 0.6], "elapsed": 3.0, "sha256": "ab",
}  # fmt: skip
SOUND: dict[str, dict[str, Any]] = {
    KEY: TRAINED,
    "repeat0|baseline|last value": {"score": 1.0, "seconds": 0.1},
    "probe": {"seconds": 0.1},
    "plan": {"architectures": 3, "brackets": 1, "rungs": [1, 2, 6], "finalists": 3},
    "room": {"epochs": -1.5},
    "refit": {"epochs": 6},
    "test opened": {"opening": 1},
    "test scores": {"GRU": {"label": "GRU", "mean": 1.0, "low": 0.5, "high": 2.0}},
    f"diagnosis|{KEY}": {"found": {}, "elapsed": 4.0},
}


def test_entries_that_a_study_writes_are_accepted() -> None:
    """One of each kind."""
    check_entries(SOUND.items(), Path("journal.jsonl"))


def test_the_tables_have_the_fields_of_the_records() -> None:
    """So that a new field is not called unknown."""
    assert set(TRAINING) == {field.name for field in fields(TrainingResult)}
    assert set(BASELINE) == {field.name for field in fields(BaselineResult)}
    assert set(TESTED) == {field.name for field in fields(TestScore)}
    assert set(ONCE["plan"]) == {field.name for field in fields(Plan)}


@pytest.mark.parametrize("key", SOUND)
def test_another_type_is_refused_with_its_key(key: str) -> None:
    """In place of the whole entry, and of each of its fields."""
    whole = [None, "x", [], 1, {"a": 1}]
    part = [{**SOUND[key], name: [[]]} for name in SOUND[key]]
    for value in (*whole, *part):
        with pytest.raises(StudyError, match=r"journal\.jsonl: the entry .* is none that"):
            check_entries([(key, value)], Path("journal.jsonl"))


@pytest.mark.parametrize("number", [-1, 10**400, float("inf"), float("nan"), True, "1"])
def test_epochs_are_counted(number: object) -> None:
    """A count is a whole number, and not below 0."""
    with pytest.raises(StudyError, match="'epochs' is"):
        check_entries([(KEY, {**TRAINED, "epochs": number})], Path("journal.jsonl"))


def test_what_is_missing_or_unknown_is_named() -> None:
    """Entries of another version have other fields."""
    less = {name: value for name, value in TRAINED.items() if name != "seconds"}
    with pytest.raises(StudyError, match="'seconds' is missing"):
        check_entries([(KEY, less)], Path("journal.jsonl"))
    with pytest.raises(StudyError, match="'more' is unknown"):
        check_entries([(KEY, {**TRAINED, "more": 1})], Path("journal.jsonl"))
