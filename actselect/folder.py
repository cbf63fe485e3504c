"""The study folder: what lies where, who may write into it, and how often its test was opened."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, final

from actselect.exceptions import StudyError, UsageError
from actselect.files import write_atomically

SETTINGS_VERSION = 1
STUDIES = Path("studies")  # where studies lie when nothing else is said
_OURS = (
    "report.json", "report.md", "report.html", "scores.csv", "study.db", "study.json",
    "journal.jsonl", "data.npz",
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Paths of a study.

    Args:
        path: the folder.
    """

    path: Path

    @property
    def settings(self) -> Path:
        """What was asked, as JSON: enough to run the study again."""
        return self.path / "study.json"

    @property
    def journal(self) -> Path:
        """What was finished."""
        return self.path / "journal.jsonl"

    @property
    def report(self) -> Path:
        """The truth."""
        return self.path / "report.json"

    @property
    def scores(self) -> Path:
        """Every score, tidy."""
        return self.path / "scores.csv"

    @property
    def database(self) -> Path:
        """The Optuna study."""
        return self.path / "study.db"

    @property
    def checkpoints(self) -> Path:
        """Trainings that may continue; gone when the study is done."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The recommended network."""
        return self.path / "model"

    @property
    def data(self) -> Path:
        """The data, when they came from memory and not from a file."""
        return self.path / "data.npz"

    @property
    def ledger(self) -> Path:
        """Test openings of all studies beside this one: one line of JSON each."""
        return self.path.parent / "test-openings.jsonl"

    @classmethod
    def create(cls, path: Path, settings: dict[str, Any], *, sha256: str, reopen: bool) -> Self:
        """Make the folder of a new study.

        Raises:
            StudyError: a study is there already, or its test data were opened before and
                ``reopen`` is not set.
            UsageError: the path is a file, or a folder that is not a study.
        """
        folder = cls(path)
        if path.exists() and not path.is_dir():
            raise UsageError(f"out must be a folder. {path} is a file.")
        if folder.settings.exists() or folder.report.exists():
            folder._refuse_or_clear(reopen=reopen)
        elif path.exists() and any(path.iterdir()):
            raise UsageError(
                f"{path} is not empty and not a study of actselect. Choose another --out or --name."
            )
        if not reopen and (before := folder.openings(sha256)):
            raise StudyError(
                f"The test part of these data was opened before, by {before[-1]}. Looking twice "
                "makes the test score optimistic. Pass --reopen-test to do it all the same: the "
                "report will say so."
            )
        path.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"settings_version": SETTINGS_VERSION, **settings}, indent=1)
        write_atomically(folder.settings, text + "\n")
        return folder

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Return the folder of an existing study.

        Raises:
            StudyError: there is none.
        """
        folder = cls(Path(path))
        if not folder.settings.exists():
            raise StudyError(
                f"{path} holds no study: study.json is missing. "
                "Type: actselect list studies, to see the studies here."
            )
        return folder

    def read_settings(self) -> dict[str, Any]:
        """Return what was asked.

        Raises:
            StudyError: the file is damaged or from another version.
        """
        try:
            settings = json.loads(self.settings.read_text(encoding="utf8"))
            version = settings["settings_version"]
        except (ValueError, KeyError, TypeError) as error:
            raise StudyError(f"{self.settings} is damaged ({error}). Start a new study.") from error
        if version != SETTINGS_VERSION:
            raise StudyError(
                f"{self.settings} has version {version}; this actselect reads {SETTINGS_VERSION}. "
                "Use the actselect that made it, or start a new study."
            )
        return dict(settings)

    def _refuse_or_clear(self, *, reopen: bool) -> None:
        if not self.report.exists():
            raise StudyError(
                f"{self.path} holds an unfinished study. "
                f"Continue it: actselect resume {self.path}. "
                "For a new one choose another --name or --out."
            )
        if not reopen:
            raise StudyError(
                f"{self.path} holds a finished study. See it: actselect show {self.path}. "
                "For a new one choose another --name or --out, or replace it with --reopen-test."
            )
        for name in _OURS:
            (self.path / name).unlink(missing_ok=True)
        for folder in (self.checkpoints, self.model):
            shutil.rmtree(folder, ignore_errors=True)

    def openings(self, sha256: str) -> tuple[str, ...]:
        """Return the studies that opened the test part of these data, in order."""
        if not self.ledger.exists():
            return ()
        lines = self.ledger.read_text(encoding="utf8").splitlines()
        entries = [json.loads(line) for line in lines if line.endswith("}")]
        return tuple(e["study"] for e in entries if e["sha256"] == sha256)

    def record_opening(self, sha256: str) -> int:
        """Write down that this study opens its test part; return which opening this is."""
        before = self.openings(sha256)
        with self.ledger.open("a", encoding="utf8") as file:
            file.write(json.dumps({"sha256": sha256, "study": self.path.name}) + "\n")
        return len(before) + 1
