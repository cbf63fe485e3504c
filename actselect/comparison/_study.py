"""A study as a comparison reads it: its report, and the scores of each repeat where they are."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from actselect.exceptions import StudyError, UsageError
from actselect.records import ComparedStudy, RankedRecord, ReportRecord
from actselect.report import load, spreadsheet

STAGE = "confirmation"
DIVERGED = "diverged"  # what stands in place of a metric's name where a training diverged

Scores = dict[tuple[str, int], float]  # (column, repeat) -> score; NaN: diverged


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A finished study.

    Args:
        name: what a reader calls it.
        record: its report.
        scores: of the confirmation, by architecture with learning rate (or baseline) and repeat;
            None where ``scores.csv`` is not at hand.
    """

    name: str
    record: ReportRecord
    scores: Scores | None

    @property
    def sign(self) -> float:
        """Multiplies scores so that lower is better."""
        return 1.0 if self.record.metric.direction == "minimize" else -1.0

    @property
    def recommended(self) -> RankedRecord:
        """The architecture that was tested and saved."""
        tested = self.record.test.recommended
        named = [r for r in self.record.ranking if tested is not None and r.label == tested.label]
        return (named or list(self.record.ranking))[0]

    @property
    def best(self) -> RankedRecord:
        """The architecture of the best mean, among those that ran on most repeats."""
        return min(
            self.record.ranking,
            key=lambda r: (-r.validation.repeats, self.sign * r.validation.mean),
        )


def read_studies(paths: Sequence[Path]) -> tuple[Study, ...]:
    """Read two studies or more, each a folder or a ``report.json``.

    Raises:
        UsageError: fewer than two, or one of them twice.
        StudyError: one is missing, unfinished or damaged.
    """
    if len(paths) < 2:
        given = f": {paths[0]}" if paths else ""
        raise UsageError(f"compare needs at least two studies. Got {len(paths)}{given}.")
    folders = [_folder(path).resolve() for path in paths]
    for place, path in enumerate(paths):
        if folders[place] in folders[:place]:
            raise UsageError(f"{path} was given twice. Name each study once.")
    short = [folder.name for folder in folders]
    often = Counter(short)
    names = [
        name if often[name] == 1 else str(_folder(path))
        for name, path in zip(short, paths, strict=True)
    ]
    return tuple(_read(path, name) for path, name in zip(paths, names, strict=True))


def summary(study: Study) -> ComparedStudy:
    """Return the row of a study."""
    record, best = study.record, study.recommended
    default = next((r for r in record.ranking if r.default and r.architecture.cell == "lstm"), None)
    tested = record.test.default
    known = [b for b in record.baselines if b.validation.repeats]
    return ComparedStudy(
        name=study.name,
        data=record.dataset.name,
        sha256=record.dataset.sha256,
        task=record.task,
        metric=record.metric,
        kind=record.verdict.kind,
        sentence=record.verdict.sentence,
        recommended=best.label,
        validation=best.validation,
        test=record.test.recommended,
        baseline=min(known, key=lambda b: study.sign * b.validation.mean, default=None),
        default=None if default is None else default.label,
        default_validation=None if default is None else default.validation,
        default_test=tested if default and tested and tested.label == default.label else None,
        parameters=best.parameters,
        train_ms_per_step=best.train_ms_per_step,
        infer_ms_per_sequence=best.infer_ms_per_sequence,
        budget=record.budget,
        epochs=max(record.screening.rungs, default=0),
        trained=record.screening.epochs + record.confirmation.epochs,
        architectures=len(record.ranking),
        repeats=len(record.seeds.repeats),
        seed=record.seeds.root,
    )


def column(row: RankedRecord) -> str:
    """Return how ``scores.csv`` calls an architecture."""
    return f"{row.label} @ {row.learning_rate:g}"


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _read(path: Path, name: str) -> Study:
    if not path.exists():
        raise StudyError(
            f"{path}: no such study. Type: actselect list studies, to see the studies here."
        )
    record = load(path)
    if not record.ranking:
        raise StudyError(f"{path}: the report ranks nothing, so there is nothing to compare.")
    file = _folder(path) / "scores.csv"
    scores = _scores(file, record.metric.name) if file.is_file() else None
    return Study(name=name, record=record, scores=scores)


def _scores(file: Path, metric: str) -> Scores:
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["stage"] == STAGE]
        wanted = [row for row in rows if _text(row["metric"]) in (metric, DIVERGED)]
        return {(_text(r["architecture"]), int(r["repeat"])): _score(r) for r in wanted}
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise StudyError(
            f"{file}: wanted the scores that a study writes; got something else ({error!r})."
        ) from error


def _score(row: dict[str, str]) -> float:
    failed = row["metric"] == DIVERGED or not row["score"]
    return math.nan if failed else float(row["score"])


def _text(cell: str) -> str:
    """Return a text as it was before it was made harmless to spreadsheets."""
    return spreadsheet.original(cell)
