"""Finished studies, planted: an untrained network with a report, as a study leaves them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from actselect.architecture import Architecture, LayerSpec
from actselect.artifact import Artifact, save_artifact
from actselect.encoders import Captions, Encoder, Numbers, Symbols, encoder_facts
from actselect.model import RecurrentModel
from actselect.records import ArchitectureRecord, LayerRecord
from actselect.report import load, to_json

GOLDEN = Path(__file__).parents[1] / "golden" / "report-v1-full.json"
FACTS: dict[str, dict[str, Any]] = {
    "forecasting": {"lookback": 9, "horizon": 4},
    "classification": {"classes": ["a", "b", "c", "d"], "several": False},
    "text-classification": {"classes": ["a", "b", "c", "d"], "several": False},
    "regression": {},
    "tagging": {"tags": ["N", "V", "O", "X"]},
    "language-modeling": {"characters": True},
    "captioning": {"longest": 5, "picture": [9, 8, 3]},
    "sequence-to-sequence": {"longest": 5},
    "event-forecasting": {"events": ["a", "b", "c"]},
}
EVERY = (
    "tagging", "language-modeling", "captioning", "sequence-to-sequence", "event-forecasting",
)  # fmt: skip
ENCODERS: dict[str, Encoder] = {
    "forecasting": Numbers(width=3),
    "classification": Numbers(width=3),
    "regression": Numbers(width=3),
    "event-forecasting": Numbers(width=3),
    "text-classification": Symbols(size=20, width=6, per_step=9),
    "tagging": Symbols(size=20, width=6, per_step=9),
    "language-modeling": Symbols(size=20, width=6),
    "sequence-to-sequence": Symbols(size=20, width=6),
    "captioning": Captions(size=20, embedding=4, vector=5, picture=(3, 9, 8)),
}

OUTPUTS = {
    "forecasting": 4, "classification": 4, "text-classification": 4, "regression": 1, "tagging": 4,
    "event-forecasting": 3, "language-modeling": 20, "captioning": 20, "sequence-to-sequence": 20,
}  # fmt: skip

MORE = {"classification": ("weights", 0), "regression": ("target", 2)}
"""Scaling that only some tasks have, with its size."""

Planted = Callable[..., Path]


def layers(*names: str) -> tuple[LayerSpec, ...]:
    """Return a layer for each ``activation[/recurrent_activation[>output_activation]]``."""
    found = []
    for name in names:
        inner, _, gates = name.partition("/")
        gate, _, output = gates.partition(">")
        found.append(
            LayerSpec(
                activation=inner,
                recurrent_activation=gate or None,
                output_activation=(output or inner) if gate else None,
            )
        )
    return tuple(found)


def _plant(
    folder: Path, cell: str, *names: str, task: str = "classification",
    encoder: Encoder | None = None, dataset: str | None = None, **options: Any,
) -> Path:  # fmt: skip
    """Write a finished study with an untrained network of 5 units into ``folder``."""
    given = encoder or ENCODERS[task]
    architecture = Architecture(cell=cell, layers=layers(*names), hidden_size=5, **options)
    model = RecurrentModel(
        architecture,
        encoder=given,
        output_size=OUTPUTS[task],
        every=task in EVERY,
        generator=torch.Generator().manual_seed(1),
    )
    random = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "bias" in name:  # so that each of them matters
                weights.normal_(0.0, 0.3, generator=random)
    numbers = isinstance(given, Numbers)
    scaling: dict[str, np.ndarray[Any, Any]] = {
        name: np.array([[1.0, 2.0, 3.0]]) for name in ("mean", "scale") if numbers
    }
    if task == "event-forecasting":
        scaling = {}
    elif not numbers:
        scaling["known"] = np.array(["the", "dog"])
    if task in MORE:
        name, size = MORE[task]
        scaling[name] = np.ones(size)
    own = dict(FACTS[task])
    if isinstance(given, Captions):
        scaled = given.picture if len(given.picture) == 1 else (0,)  # pixels need no scaling
        scaling |= {"mean": np.zeros(scaled), "scale": np.ones(scaled)}
        own["picture"] = [*given.picture[1:], given.picture[0]]  # channels come last in data
    facts = {
        "task": task, "facts": own, "encoder": encoder_facts(given),
        "every": task in EVERY, "features": ["x", "y", "z"], "target": "sales",
    }  # fmt: skip
    save_artifact(
        Artifact(architecture=architecture, model=model, scaling=scaling, facts=facts),
        folder / "model",
    )
    record = load(GOLDEN)
    first = replace(
        record.ranking[0],
        architecture=ArchitectureRecord(
            cell=cell, num_layers=len(names), hidden_size=5,
            layers=tuple(LayerRecord(**asdict(spec)) for spec in architecture.layers),
            head_activation=architecture.head_activation, bidirectional=architecture.bidirectional,
        ),
        label=architecture.label,
    )  # fmt: skip
    record = replace(record, task=task, ranking=(first, *record.ranking[1:]))
    if dataset is not None:
        record = replace(record, dataset=replace(record.dataset, name=dataset))
    (folder / "report.json").write_text(to_json(record), encoding="utf8")
    (folder / "study.json").write_text(json.dumps({"settings_version": 1, "request": {}}))
    return folder


@pytest.fixture(scope="session")
def plant() -> Planted:
    """Return the function that writes a study into a folder."""
    return _plant


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """Return a function that plants a study, named by its number, and returns its folder."""
    count = iter(range(1000))
    return lambda *names, **options: _plant(tmp_path / str(next(count)), *names, **options)
