"""What is written is what is read: the files that a study keeps for its own return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from actselect.architecture import Architecture, LayerSpec
from actselect.artifact import Artifact, load_artifact, save_artifact
from actselect.encoders import Numbers, encoder_facts
from actselect.journal import Journal
from actselect.model import RecurrentModel
from actselect.request import MAX_SEED, Request

drawn = settings(max_examples=30, deadline=None, derandomize=True, database=None)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.none() | st.booleans() | st.integers() | NUMBER | TEXT
ENTRY = st.dictionaries(TEXT, VALUE | st.lists(VALUE, max_size=3), max_size=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the examples of all tests share."""
    return tmp_path_factory.mktemp("round_trips")


@drawn
@given(entries=st.dictionaries(TEXT, ENTRY, max_size=5), cut=st.integers(1, 9))
def test_a_journal_gives_back_what_was_recorded(
    folder: Path, entries: dict[str, Any], cut: int
) -> None:
    """In order; a last line that a crash cut off is dropped."""
    path = folder / "journal.jsonl"
    path.unlink(missing_ok=True)
    made = Journal(path)
    for key, value in entries.items():
        made.put(key, value)
    whole = path.read_bytes()
    made.put("the last", {"a": 1})
    path.write_bytes(whole + path.read_bytes()[len(whole) : -cut])

    assert list(Journal(path).items()) == list(entries.items())


@drawn
@given(
    source=st.none() | TEXT,
    target=st.none() | TEXT,
    features=st.none() | st.lists(TEXT, max_size=3).map(tuple),
    quantiles=st.none() | st.lists(st.floats(0, 1), max_size=3).map(tuple),
    random_state=st.integers(0, MAX_SEED),
    margin=st.none() | st.floats(0, 1e300),
)
def test_a_request_reads_back_equal(**options: Any) -> None:
    """Text of any kind, numbers to the last bit, and what was left open."""
    request = Request(task="forecasting", **options)

    assert Request.from_dict(request.to_dict()) == request


@drawn
@given(
    cell=st.sampled_from(("rnn", "gru", "lstm")),
    layers=st.integers(1, 3),
    size=st.integers(1, 5),
    both=st.booleans(),
    classes=st.lists(TEXT, min_size=2, max_size=3, unique=True),
)
def test_a_network_keeps_its_weights(
    folder: Path, cell: str, layers: int, size: int, both: bool, classes: list[str]
) -> None:  # fmt: skip
    """Bit by bit, with the names of its classes."""
    gate = None if cell == "rnn" else "sigmoid"
    output = "tanh" if cell == "lstm" else None
    layer = LayerSpec(activation="tanh", recurrent_activation=gate, output_activation=output)
    architecture = Architecture(
        cell=cell, layers=(layer,) * layers, hidden_size=size, bidirectional=both
    )
    encoder = Numbers(width=2)
    model = RecurrentModel(
        architecture, encoder=encoder, output_size=len(classes),
        generator=torch.Generator().manual_seed(size),
    )  # fmt: skip
    facts = {
        "task": "classification", "facts": {"classes": classes, "several": False},
        "encoder": encoder_facts(encoder), "every": False, "features": ["x", "y"], "target": "z",
    }  # fmt: skip
    scaling: dict[str, np.ndarray[Any, Any]] = {
        "mean": np.full((1, 2), 0.1), "scale": np.ones((1, 2)), "weights": np.ones(len(classes)),
    }  # fmt: skip
    save_artifact(
        Artifact(architecture=architecture, model=model, scaling=scaling, facts=facts), folder
    )

    found = load_artifact(folder)

    assert found.architecture == architecture
    assert found.facts["facts"]["classes"] == classes
    wanted = model.state_dict()
    assert all(torch.equal(weights, wanted[n]) for n, weights in found.model.state_dict().items())
