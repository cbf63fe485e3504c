"""``python -m studies.guide_claims.measure --data FOLDER``: look into trained networks.

Gradient flow and nonlinearity on five repeats, with the learning rates that were recorded; and what
an LSTM costs with each activation of the catalogue, timed in turns.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from actselect.activations import activations
from actselect.diagnostics import diagnose, time_in_turns
from actselect.records import DiagnosticsRecord
from actselect.search_space import make_space
from actselect.tasks import Task
from actselect.training import Trainer, TrainingJob
from actselect.workers import worker_conditions
from studies.guide_claims.arms import architectures
from studies.guide_claims.claims import GRU, GRU_RELU, LSTM, LSTM_RELU, RELU, SIGMOID, TANH
from studies.guide_claims.record import SEED, TABLES
from studies.guide_claims.sources import SOURCES, Source
from studies.recording import Row, read, save_rows

RESULTS = TABLES.parent
REPEATS = 5
ROUNDS = 5
LOOKED_AT = (TANH, RELU, SIGMOID, LSTM, LSTM_RELU, GRU, GRU_RELU)
FLOW = ("sunspots", "etth1", "acsf1", "basic-motions", "spoken-digits", "adding", "temporal-order")
COST = ("sunspots", "etth1", "acsf1", "spoken-digits")


def look_into(source: Source, task: Task, tables: Path) -> Iterator[Row]:
    """Yield what is found in each network on each repeat."""
    development, _ = task.development_and_test(SEED)
    trainer = Trainer(task, development, "native")
    table = read(tables / f"{source.name}.csv")[source.name]
    rates = dict(zip(table.names, table.learning_rates, strict=True))
    arms = [a for a in architectures(task, source.hidden_size) if a.label in LOOKED_AT]
    for repeat in range(REPEATS):
        for architecture in arms:
            job = TrainingJob(
                architecture=architecture,
                learning_rate=float(rates[architecture.label]),
                repeat=repeat,
                until_epoch=source.epochs,
                seed=SEED,
                keep=True,
            )
            result = job.run(trainer)
            if result.checkpoint is None:
                continue  # it diverged, which the recorded scores say
            found = diagnose(trainer, job, result.checkpoint)
            yield {
                "data": source.name,
                "repeat": str(repeat),
                "arm": architecture.label,
                **_told(found),
            }


def _told(found: DiagnosticsRecord) -> Row:
    flow = found.gradient
    own = [unit for unit in found.units if unit.role == "activation"]
    curved = [unit.curvature for unit in own if unit.curvature is not None]
    gates = [unit.openness for unit in found.units if unit.openness is not None]
    numbers = {
        "decay": None if flow is None else flow.decay,
        "half_life": None if flow is None else flow.half_life,
        "lyapunov": None if flow is None else flow.lyapunov,
        "singular": None if flow is None else flow.singular,
        "vanishing": None if flow is None else flow.vanishing,
        "exploding": None if flow is None else flow.exploding,
        "curvature": fmean(curved) if curved else None,
        "saturated": fmean(unit.saturated for unit in own) if own else None,
        "dead": fmean(unit.dead for unit in own) if own else None,
        "openness": fmean(gates) if gates else None,
    }
    return {name: "" if value is None else f"{value:.6g}" for name, value in numbers.items()}


def price(source: Source, task: Task) -> Iterator[Row]:
    """Yield the least time of a training step of an LSTM in each round, by activation."""
    development, _ = task.development_and_test(SEED)
    trainer = Trainer(task, development, "native")
    space = make_space(
        "full",
        input_size=task.input_size,
        output_size=task.output_size,
        bidirectional_allowed=task.bidirectional_allowed,
        hidden_size=64,
        match="hidden",
    )
    names = list(activations())
    jobs = [
        TrainingJob(
            architecture=space.build(
                cell="lstm", activations=[name], recurrent_activation="sigmoid"
            ),
            learning_rate=0.001,
            repeat=0,
            until_epoch=1,
            seed=SEED,
        )
        for name in names
    ]
    for turn in range(ROUNDS):
        for name, record in zip(names, time_in_turns(trainer, jobs), strict=True):
            if record is not None:
                yield {
                    "data": source.name,
                    "round": str(turn),
                    "activation": name,
                    "train_ms": f"{record.train_ms_least:.6g}",
                    "infer_ms": f"{record.infer_ms_least:.6g}",
                }


def main() -> None:
    """Write ``measured.csv`` and ``costs.csv``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published files")
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    found: list[Row] = []
    costs: list[Row] = []
    for source in SOURCES:
        with tempfile.TemporaryDirectory() as work, worker_conditions():
            if source.name in {*FLOW, *COST}:
                task = source.bind(options.data, Path(work))
                if source.name in FLOW:
                    found += look_into(source, task, options.tables)
                if source.name in COST:
                    costs += price(source, task)
                print(source.name, flush=True)
    save_rows(options.out / "measured.csv", found)
    save_rows(options.out / "costs.csv", costs)


if __name__ == "__main__":
    main()
