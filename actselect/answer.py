"""The answer of a study, as a Python object."""

from __future__ import annotations

from pathlib import Path
from typing import final

import pandas as pd

from actselect.artifact import load_artifact
from actselect.exceptions import StudyError
from actselect.folder import StudyFolder
from actselect.model import RecurrentModel
from actselect.records import RankedRecord, ReportRecord, VerdictRecord
from actselect.report import load as load_record
from actselect.report import save as save_record


@final
class Report:
    """The answer of a study.

    Args:
        record: everything that the report says.
        path: the study folder; None for a report without one.
    """

    def __init__(self, record: ReportRecord, path: Path | None) -> None:
        self.record = record
        self.path = path

    @property
    def verdict(self) -> VerdictRecord:
        """The verdict: kind, sentence, margin, confidence, what more evidence would cost."""
        return self.record.verdict

    @property
    def ranking(self) -> tuple[RankedRecord, ...]:
        """Confirmed architectures, best first."""
        return self.record.ranking

    @property
    def best(self) -> RankedRecord:
        """The recommended architecture: the one that was refitted, tested and saved."""
        tested = self.record.test.recommended
        label = tested.label if tested is not None else self.record.ranking[0].label
        return next(row for row in self.record.ranking if row.label == label)

    def to_frame(self) -> pd.DataFrame:
        """Return the ranking as a frame, one row per architecture."""
        rows = [
            {
                "rank": row.rank,
                "tier": row.tier,
                "architecture": row.label,
                "hidden_size": row.architecture.hidden_size,
                "learning_rate": row.learning_rate,
                "mean": row.validation.mean,
                "low": row.validation.low,
                "high": row.validation.high,
                "repeats": row.validation.repeats,
                "probability_best": row.probability_best,
                "parameters": row.parameters,
                "train_ms_per_step": row.train_ms_per_step,
                "infer_ms_per_sequence": row.infer_ms_per_sequence,
                "diverged": row.diverged,
                "reason": row.reason,
            }
            for row in self.record.ranking
        ]
        return pd.DataFrame(rows)

    def save(self, path: str | Path, *, language: str = "en") -> None:
        """Write report.json, report.md and report.html into a folder, the latter in a language."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        save_record(self.record, folder, language=language)

    def build_model(self) -> RecurrentModel:
        """Return the recommended network with its trained weights.

        Raises:
            StudyError: the study folder, and so the weights, are not at hand.
        """
        if self.path is None:
            raise StudyError("This report was loaded without its study folder: no weights.")
        return load_artifact(StudyFolder(self.path).model).model

    def __repr__(self) -> str:
        return f"<Report: {self.verdict.sentence}>"


def load_report(path: str | Path) -> Report:
    """Load the report of a study folder, or a report.json.

    Raises:
        StudyError: there is none, or it is damaged or from another version.
    """
    place = Path(path)
    folder = place if place.is_dir() else place.parent
    return Report(load_record(place), folder if StudyFolder(folder).model.exists() else None)
