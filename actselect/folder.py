"""The study folder: what lies where, who may write into it, and how often its test was opened."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, final

from filelock import FileLock, Timeout

from actselect.exceptions import StudyError, UsageError
from actselect.files import sync_folder, write_atomically
from actselect.received import read_json

SETTINGS_VERSION = 1
LOCK = ".lock"
STUDIES = Path("studies")  # where studies lie when nothing else is said
UNKNOWN = {"request": {}, "name": "data", "sha256": "", "command": "", "id": ""}
"""What settings say that somebody took out; none of it fits any data."""

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

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other process run this study meanwhile; the lock ends with this process.

        Raises:
            StudyError: another process runs it.
        """
        path = self.path / LOCK
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise StudyError(
                f"{self.path} is being run by another process. Wait for it, or stop it first."
            ) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            lock.release()

    @classmethod
    def create(
        cls,
        path: Path,
        settings: dict[str, Any],
        *,
        sha256: str,
        reopen: bool,
        save: Callable[[Path], None] | None = None,
    ) -> Self:
        """Make the folder of a new study.

        ``save`` puts the data into the file that it is given; the settings come last, so that a
        crash leaves a study that can be resumed, or none.

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
        elif path.exists() and any(map(_others, path.iterdir())):
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
        if save is not None:
            save(folder.data)
        known = {"settings_version": SETTINGS_VERSION, "id": uuid.uuid4().hex}
        write_atomically(folder.settings, json.dumps({**known, **settings}, indent=1) + "\n")
        return folder

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Return the folder of an existing study.

        Raises:
            StudyError: there is none, or files of it are links, pipes or the like.
        """
        folder = cls(Path(path))
        if not folder.settings.exists():
            raise StudyError(
                f"{path} holds no study: study.json is missing. "
                "Type: actselect list studies, to see the studies here."
            )
        folder._refuse_odd_files()
        return folder

    def _refuse_odd_files(self) -> None:
        """Raise StudyError where a study that somebody sent leads out of its folder."""
        inside = (p for folder in (self.model, self.checkpoints) for p in folder.glob("*"))
        ours = (*(self.path / name for name in (*_OURS, LOCK)), self.model, self.checkpoints)
        for path in (*ours, *inside):
            wanted = Path.is_dir if path in (self.model, self.checkpoints) else Path.is_file
            if path.is_symlink() or (path.exists() and not wanted(path)):
                kind = "a plain folder" if wanted is Path.is_dir else "a plain file"
                raise StudyError(f"{path} must be {kind} of the study, no link and nothing else.")

    def read_settings(self) -> dict[str, Any]:
        """Return what was asked.

        Raises:
            StudyError: the file is damaged or from another version.
        """
        settings = read_json(self.settings)
        version = settings.get("settings_version")
        if version != SETTINGS_VERSION:
            raise StudyError(
                f"{self.settings} has version {version}; this actselect reads {SETTINGS_VERSION}. "
                f"{_other(version)}"
            )
        known = {**UNKNOWN, **settings}
        for name in ("name", "command", "sha256", "id"):
            if not isinstance(known.get(name), str):
                raise StudyError(f"{self.settings} is damaged: {name!r} must be text.")
        if not isinstance(known.get("request"), dict):
            raise StudyError(f"{self.settings} is damaged: it does not say what was asked.")
        return known

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
        return tuple(entry["study"] for entry in self._ledger() if entry["sha256"] == sha256)

    def _ledger(self) -> list[dict[str, str]]:
        if not self.ledger.exists():
            return []
        try:
            lines = self.ledger.read_text(encoding="utf8").splitlines()
            entries = [json.loads(line) for line in lines if line.endswith("}")]
            return [{**entry, "study": str(entry["study"])} for entry in entries if entry["sha256"]]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StudyError(
                f"{self.ledger} is damaged ({error}). It says which test data were looked at: "
                "correct the line, or move the file away to begin anew."
            ) from error

    def record_opening(self, sha256: str) -> int:
        """Write down that this study opens its test part; return which opening this is.

        A study that was cut off just after does not count twice.
        """
        entries = [entry for entry in self._ledger() if entry["sha256"] == sha256]
        own = self.read_settings()["id"]
        for number, entry in enumerate(entries, 1):
            if entry.get("id") == own:
                return number
        line = json.dumps({"sha256": sha256, "study": self.path.name, "id": own})
        new = not self.ledger.exists()
        with self.ledger.open("a+b") as file:
            if file.tell() and not self.ledger.read_bytes().endswith(b"\n"):
                file.write(b"\n")  # a crash cut off the last line
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self.ledger.parent)
        return len(entries) + 1


def _others(path: Path) -> bool:
    """Return whether a file is nothing that a study which began here may have left."""
    return path.name not in _OURS and not path.name.startswith(".")


def _other(version: object) -> str:
    if isinstance(version, int) and version > SETTINGS_VERSION:
        return "Upgrade actselect to read it."
    return "Use the actselect that made it, or start a new study."
