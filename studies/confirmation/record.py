"""``python -m studies.confirmation.record``: scores of eight finalists, 60 repeats each."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actselect.architecture import Architecture
from actselect.data import load
from actselect.search_space import make_space
from actselect.tasks import Task, bind
from studies.recording import choose_rates, record

SEED = 2026
TABLES = Path(__file__).parent / "results" / "tables"
CANDIDATES: tuple[tuple[str, str, str, int], ...] = (  # cell, activation, gates, layers
    ("lstm", "tanh", "sigmoid", 1),
    ("gru", "tanh", "sigmoid", 1),
    ("rnn", "tanh", "", 1),
    ("rnn", "relu", "", 1),
    ("lstm", "softsign", "hard_sigmoid", 1),
    ("mgu", "tanh", "sigmoid", 1),
    ("indrnn", "relu", "", 1),
    ("lstm", "tanh", "sigmoid", 2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data set and how it is trained; ``file`` is below the data folder, empty if built in."""

    name: str
    task: str
    epochs: int
    hidden_size: int = 16
    file: str = ""
    target: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def bind(self, folder: Path) -> Task:
        """Read the data; a test file beside takes the place of a test part cut off."""
        place = folder / self.file
        test = Path(str(place).replace("_TRAIN", "_TEST")) if "_TRAIN" in self.file else None
        dataset = load(
            str(place) if self.file else self.name,
            task=self.task,
            target=self.target,
            test_data=test,
            name=self.name,
        )
        return bind(self.task, dataset, **self.options)


SOURCES = (  # the quick ones first
    Source(name="airpassengers", task="forecasting", epochs=50,
           options={"horizon": 12, "period": 12}),
    Source(name="ItalyPowerDemand", task="classification", epochs=40,
           file="ts_classification/ItalyPowerDemand/ItalyPowerDemand_TRAIN.ts"),
    Source(name="BasicMotions", task="classification", epochs=30,
           file="ts_classification/BasicMotions/BasicMotions_TRAIN.ts"),
    Source(name="Covid3Month", task="regression", epochs=30,
           file="seq_regression/Covid3Month/Covid3Month_TRAIN.ts"),
    Source(name="Tecator", task="regression", epochs=40,
           file="seq_regression/Tecator/Tecator_TRAIN.ts"),
    Source(name="JapaneseVowels", task="classification", epochs=30,
           file="ts_classification/JapaneseVowels/JapaneseVowels_TRAIN.ts"),
    Source(name="digits", task="classification", epochs=20),
    Source(name="sunspots", task="forecasting", epochs=15, options={"horizon": 12}),
    Source(name="etth1", task="forecasting", epochs=10, file="forecasting/etth1/ETTh1.csv",
           target="OT", options={"horizon": 24, "lookback": 48}),
    Source(name="counting", task="classification", epochs=25),  # generated, with known answers
    Source(name="adding", task="regression", epochs=20),
    Source(name="temporal-order", task="classification", epochs=25),
)  # fmt: skip


def architectures(task: Task, hidden_size: int) -> tuple[Architecture, ...]:
    """Return the candidates with as many weights as an LSTM of this size."""
    space = make_space(
        "full",
        input_size=task.input_size,
        output_size=task.output_size,
        bidirectional_allowed=task.bidirectional_allowed,
        hidden_size=hidden_size,
    )
    return tuple(
        space.build(cell=cell, activations=[activation] * depth, recurrent_activation=gates or None)
        for cell, activation, gates, depth in CANDIDATES
    )


def main() -> None:
    """Record what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-folder", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--only", default=",".join(s.name for s in SOURCES))
    parser.add_argument("--out", type=Path, default=TABLES)
    options = parser.parse_args()
    for source in (s for s in SOURCES if s.name in options.only.split(",")):
        started = time.process_time()
        task = source.bind(options.data_folder)
        development, _ = task.development_and_test(SEED)
        candidates = architectures(task, source.hidden_size)
        arms = choose_rates(task, development, candidates, seed=SEED, epochs=source.epochs)
        record(
            task,
            development,
            arms,
            repeats=options.repeats,
            seed=SEED,
            epochs=source.epochs,
            path=options.out / f"{source.name}.csv",
        )
        print(f"{source.name}: {time.process_time() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
