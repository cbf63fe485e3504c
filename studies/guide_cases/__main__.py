"""Run the guide's cases: ``python -m studies.guide_cases --data FOLDER [NAME ...]``.

A case whose result is there is not run again; remove the result to do so.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import actselect
from actselect.files import write_atomically
from studies.guide_cases.cases import CASES, Case
from studies.guide_cases.table import write_table

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a study of a case came to; scores are those of the test part."""

    name: str
    task: str
    metric: str
    direction: str
    verdict: str
    sentence: str
    best: str
    hidden_size: int
    test: float
    low: float
    high: float
    default: float | None
    default_label: str
    baseline: float
    baseline_label: str
    examples: int
    validation: float
    baseline_validation: float
    repeats: int
    architectures: int
    budget: str
    seconds: float
    notes: tuple[str, ...]
    version: str


def run(case: Case, data: Path, work: Path) -> Result:
    """Prepare the data of a case, run its study, and return what it came to."""
    source: str | Path = case.name
    options: dict[str, Any] = dict(case.options)
    if case.prepare is not None:
        folder = work / "data"
        folder.mkdir()
        source = case.prepare(data / case.folder, folder)
        if "test_data" in options:
            options["test_data"] = data / case.folder / options["test_data"]
    started = time.time()
    report = actselect.recommend(
        source, task=case.task, budget=case.budget, out=work / "study", name=case.name, **options
    )
    record = report.record
    recommended, default, baseline = (
        record.test.recommended, record.test.default, record.test.baseline,
    )  # fmt: skip
    if recommended is None or baseline is None:
        raise RuntimeError(f"{case.name} ended without a test score")
    best = next(b for b in record.baselines if b.name == baseline.label)
    return Result(
        name=case.name,
        task=case.task,
        metric=record.metric.name,
        direction=record.metric.direction,
        verdict=record.verdict.kind,
        sentence=record.verdict.sentence,
        best=recommended.label,
        hidden_size=report.best.architecture.hidden_size,
        test=recommended.mean,
        low=recommended.low,
        high=recommended.high,
        default=None if default is None else default.mean,
        default_label="" if default is None else default.label,
        baseline=baseline.mean,
        baseline_label=baseline.label,
        examples=record.test.examples,
        validation=report.best.validation.mean,
        baseline_validation=best.validation.mean,
        repeats=record.confirmation.repeats,
        architectures=record.screening.architectures,
        budget=case.budget,
        seconds=round(time.time() - started, 1),
        notes=record.notes,
        version=record.actselect_version,
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the cases that were asked for and have no result yet; write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published files")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("names", nargs="*", help="cases to run; all by default")
    options = parser.parse_args(arguments)
    options.results.mkdir(exist_ok=True)
    for case in CASES:
        path = options.results / f"{case.name}.json"
        if (options.names and case.name not in options.names) or path.exists():
            continue
        with tempfile.TemporaryDirectory() as work:
            result = run(case, options.data, Path(work))
        write_atomically(path, json.dumps(asdict(result), indent=1) + "\n")
        print(f"{case.name}: {result.sentence} Test {result.test:.4g}.", flush=True)
    write_table(options.results)


if __name__ == "__main__":  # workers import this file
    main()
