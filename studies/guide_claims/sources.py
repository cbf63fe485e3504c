"""The data sets, and how networks are trained on them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from actselect.data import load
from actselect.tasks import Task, bind
from studies.guide_cases import prepare
from studies.guide_cases.prepare import Prepare

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIDE = 32  # pixels


def digit_names(_: Path, work: Path) -> Path:
    """Write scikit-learn's digits as pictures, each with two sentences that name it."""
    digits = load_digits()
    with (work / "captions.csv").open("w", encoding="utf8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("image", "caption"))
        for i, (pixels, number) in enumerate(zip(digits.images, digits.target, strict=True)):
            grey = np.clip(pixels * 16.0, 0, 255).astype(np.uint8)
            Image.fromarray(grey).resize((SIDE, SIDE)).convert("RGB").save(work / f"{i}.png")
            name = NUMBERS[number]
            writer.writerow((f"{i}.png", f"a handwritten {name} in white"))
            writer.writerow((f"{i}.png", f"somebody wrote the digit {name}"))
    return work / "captions.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data set.

    Args:
        name: of the data set; a built-in one where there is neither ``folder`` nor ``prepare``.
        task: what to predict.
        epochs: of a training at most.
        hidden_size: of the one-layer LSTM whose number of weights all networks get.
        folder: of the published files, below the folder of all data.
        prepare: makes the file that is loaded.
        options: of :func:`actselect.data.load`.
        asked: of the task.
    """

    name: str
    task: str
    epochs: int
    hidden_size: int = 16
    folder: str = ""
    prepare: Prepare | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)

    def bind(self, data: Path, work: Path) -> Task:
        """Read the data; ``work`` is where a prepared file may be written."""
        source: str | Path = self.name
        options = dict(self.options)
        if self.prepare is not None:
            source = self.prepare(data / self.folder, work)
            if "test_data" in options:
                options["test_data"] = data / self.folder / options["test_data"]
        dataset = load(source, task=self.task, name=self.name, **options)
        return bind(self.task, dataset, **self.asked)


SOURCES: Final = (
    Source(name="airpassengers", task="forecasting", epochs=100,
           asked={"horizon": 12, "period": 12}),
    Source(name="sunspots", task="forecasting", epochs=40, asked={"horizon": 12}),
    Source(name="etth1", task="forecasting", epochs=20, folder="forecasting/etth1",
           prepare=prepare.as_it_is("ETTh1.csv"), options={"target": "OT"},
           asked={"horizon": 24, "lookback": 168}),
    Source(name="acsf1", task="classification", epochs=60, folder="ts_classification/ACSF1",
           prepare=prepare.as_it_is("ACSF1_TRAIN.ts"), options={"test_data": "ACSF1_TEST.ts"}),
    Source(name="basic-motions", task="classification", epochs=60,
           folder="ts_classification/BasicMotions",
           prepare=prepare.as_it_is("BasicMotions_TRAIN.ts"),
           options={"test_data": "BasicMotions_TEST.ts"}),
    Source(name="spoken-digits", task="classification", epochs=30,
           folder="music_speech/fsdd_mfcc", prepare=prepare.as_it_is("digits.npz")),
    Source(name="adding", task="regression", epochs=60),
    Source(name="temporal-order", task="classification", epochs=60),
    Source(name="questions", task="text-classification", epochs=8, hidden_size=32,
           folder="text_classification/qc", prepare=prepare.question_classification),
    Source(name="reviews", task="text-classification", epochs=8, hidden_size=32,
           folder="text_classification/sentence_polarity", prepare=prepare.sentence_polarity),
    Source(name="snips-intents", task="text-classification", epochs=6, hidden_size=32),
    Source(name="scenes", task="captioning", epochs=20, hidden_size=48),
    Source(name="digit-names", task="captioning", epochs=8, hidden_size=48,
           prepare=digit_names),
    Source(name="emoji", task="captioning", epochs=10, hidden_size=48,
           folder="captioning/emoji_twemoji", prepare=prepare.emoji, options={"group": "base"}),
)  # fmt: skip
