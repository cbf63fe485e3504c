"""Networks that come from a file, and what their descriptions must say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from actselect.architecture import Architecture, LayerSpec
from actselect.artifact import Artifact, load_artifact, save_artifact
from actselect.encoders import Captions, Encoder, Numbers, Symbols, encoder_facts
from actselect.exceptions import StudyError
from actselect.model import RecurrentModel
from actselect.model_facts import _ROWS, check_description, check_scaling
from actselect.tasks import (
    captioning,
    classification,
    event_forecasting,
    forecasting,
    language_modeling,
    regression,
    sequence_to_sequence,
    tagging,
    tasks,
    text_classification,
)

SYMBOLS = Symbols(size=9, width=4)
PARTS = Symbols(size=9, width=4, per_step=9)
PICTURE = Captions(size=9, embedding=4, vector=3, picture=(3, 8, 8))
FEATURES = Captions(size=9, embedding=4, vector=3, picture=(5,))
CLASSES: dict[str, Any] = {"classes": ["a", "b"], "several": False}
SCALED = {"mean": (1, 2), "scale": (1, 2)}
SOUND: list[tuple[str, Encoder, int, dict[str, Any], dict[str, tuple[int, ...]]]] = [
    ("forecasting", Numbers(width=2), 3, {"horizon": 3, "lookback": 5},
     {"mean": (7, 2), "scale": (7, 2)}),
    ("forecasting", Numbers(width=2), 6, {"horizon": 3, "lookback": 5, "quantiles": [0.1, 0.9]},
     SCALED),
    ("classification", Numbers(width=2), 2, CLASSES, {**SCALED, "weights": (2,)}),
    ("regression", Numbers(width=2), 1, {}, {**SCALED, "target": (2,)}),
    ("text-classification", PARTS, 2, CLASSES, {}),
    ("tagging", PARTS, 2, {"tags": ["a", "b"]}, {}),
    ("tagging", Numbers(width=2), 2, {"tags": ["a", "b"]}, SCALED),
    ("event-forecasting", Numbers(width=2), 2, {"events": ["a", "b"]}, {}),
    ("language-modeling", SYMBOLS, 9, {"characters": True}, {}),
    ("sequence-to-sequence", SYMBOLS, 9, {"longest": 4}, {}),
    ("captioning", PICTURE, 9, {"longest": 4, "picture": [8, 8, 3]}, {"mean": (0,), "scale": (0,)}),
    ("captioning", FEATURES, 9, {"longest": 4, "picture": [5]}, {"mean": (5,), "scale": (5,)}),
]  # fmt: skip
"""A network of each task: encoder, outputs, what the task noted, shapes of its scaling."""


def words(encoder: Encoder) -> dict[str, list[str]]:
    """Return a vocabulary that just fits."""
    return {} if isinstance(encoder, Numbers) else {"known": list("abcde")}


def check(task: str, encoder: Encoder, size: int, facts: dict[str, Any], **other: Any) -> None:
    """Check a description as the table above has it, but for what is ``other``."""
    usual: dict[str, Any] = {
        "features": encoder.width if isinstance(encoder, Numbers) else 1,
        "outputs": size, "every": _ROWS[task].every, "bidirectional": False,
        "words": words(encoder),
    }  # fmt: skip
    check_description(task, facts, encoder, **{**usual, **other})


def test_every_task_has_its_row() -> None:
    """A new task says here what its networks look like."""
    assert set(_ROWS) == set(tasks())


def test_rows_say_what_tasks_say() -> None:
    """Whether a network may read backwards is the task's own fact."""
    allowed = {
        "forecasting": forecasting.ForecastingTask,
        "classification": classification.ClassificationTask,
        "regression": regression.RegressionTask,
        "text-classification": text_classification.TextClassificationTask,
        "tagging": tagging.TaggingTask,
        "event-forecasting": event_forecasting.EventForecastingTask,
        "language-modeling": language_modeling.LanguageModelingTask,
        "sequence-to-sequence": sequence_to_sequence.SequenceToSequenceTask,
        "captioning": captioning.CaptioningTask,
    }

    assert {name: row.both_ways for name, row in _ROWS.items()} == {
        name: task.bidirectional_allowed for name, task in allowed.items()
    }


@pytest.mark.parametrize(("task", "encoder", "outputs", "facts", "shapes"), SOUND)
def test_networks_of_all_tasks_are_accepted(
    task: str, encoder: Encoder, outputs: int, facts: dict[str, Any],
    shapes: dict[str, tuple[int, ...]],
) -> None:  # fmt: skip
    """Their scaling, too."""
    check(task, encoder, outputs, facts)
    check_scaling(task, encoder, shapes)


@pytest.mark.parametrize(("task", "encoder", "outputs", "facts", "shapes"), SOUND)
def test_what_does_not_fit_is_refused(
    task: str, encoder: Encoder, outputs: int, facts: dict[str, Any],
    shapes: dict[str, tuple[int, ...]],
) -> None:  # fmt: skip
    """An output too many, an unknown fact, a fact missing, one more array, the other direction."""
    row = _ROWS[task]
    wrong: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (facts, {"outputs": outputs + 1}),
        ({**facts, "extra": 1}, {}),
        (facts, {"every": not row.every}),
        (facts, {"words": {"other": ["a"]}}),
    ]
    wrong += [({n: v for n, v in facts.items() if n != name}, {}) for name in facts][:1]
    wrong += [] if row.both_ways else [(facts, {"bidirectional": True})]
    for given, other in wrong:
        with pytest.raises(ValueError, match=r"."):
            check(task, encoder, outputs, given, **other)
    with pytest.raises(ValueError, match="scaling"):
        check_scaling(task, encoder, {**shapes, "more": (1,)})


@pytest.mark.parametrize(
    ("facts", "match"),
    [
        ({"horizon": -1, "lookback": 5}, "greater than or equal to 1"),
        ({"horizon": "3", "lookback": 5}, "valid integer"),
        ({"horizon": 3, "lookback": True}, "valid integer"),
        ({"horizon": 3, "lookback": 5, "quantiles": [1.5]}, "less than 1"),
    ],
)
def test_facts_have_their_types_and_ranges(facts: dict[str, Any], match: str) -> None:
    """A number as text, a truth as a number, and a level above 1 are none."""
    with pytest.raises(ValueError, match=match):
        check("forecasting", Numbers(width=2), 3, facts)


def test_a_vocabulary_fits_its_symbols() -> None:
    """Four symbols mean no entry: padding, unknown, begin, end."""
    with pytest.raises(ValueError, match="a vocabulary of 6 does not fit 9 symbols"):
        check(
            "language-modeling", SYMBOLS, 9, {"characters": True}, words={"known": list("abcdef")}
        )


def saved(folder: Path) -> Path:
    """Save a small network for forecasts."""
    layers = (LayerSpec(activation="tanh", recurrent_activation="sigmoid"),)
    architecture = Architecture(cell="gru", layers=layers, hidden_size=3)
    encoder = Numbers(width=1)
    generator = torch.Generator().manual_seed(0)
    model = RecurrentModel(architecture, encoder=encoder, output_size=2, generator=generator)
    facts = {
        "task": "forecasting", "facts": {"horizon": 2, "lookback": 4},
        "encoder": encoder_facts(encoder), "every": False, "features": ["y"], "target": "y",
    }  # fmt: skip
    scaling = {"mean": np.zeros((1, 1)), "scale": np.ones((1, 1))}
    save_artifact(
        Artifact(architecture=architecture, model=model, scaling=scaling, facts=facts), folder
    )
    return folder


def test_a_network_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """Bit for bit, with what the task noted."""
    first = load_artifact(saved(tmp_path))
    inputs = torch.linspace(-1, 1, 4)[None, :, None]
    save_artifact(first, tmp_path / "again")

    again = load_artifact(tmp_path / "again")

    assert torch.equal(again.model(inputs), first.model(inputs))
    assert again.facts == first.facts


def test_files_without_a_digest_are_read(tmp_path: Path) -> None:
    """The first versions wrote none."""
    file = saved(tmp_path) / "architecture.json"
    described = json.loads(file.read_text(encoding="utf8"))
    del described["weights_sha256"]
    file.write_text(json.dumps(described), encoding="utf8")

    assert load_artifact(tmp_path).facts["task"] == "forecasting"


@pytest.mark.parametrize("value", [None, [], {}, 10**400, "x", -1, True, 1.5])
def test_no_value_in_a_description_is_taken_on_trust(tmp_path: Path, value: object) -> None:
    """Each field is replaced in turn: a refusal, or a network that answers."""
    file = saved(tmp_path) / "architecture.json"
    described = json.loads(file.read_text(encoding="utf8"))
    for name in described:
        file.write_text(json.dumps({**described, name: value}), encoding="utf8")
        try:
            network = load_artifact(tmp_path).model
        except StudyError as error:
            assert "architecture.json" in str(error)  # noqa: PT017 - or it is read
        else:
            assert network(torch.zeros(1, 4, 1)).shape == (1, 2)
