"""The durable record of what a study has finished.

Each finished job is one line of JSON under the job's key, synced to disk before it counts.  A run
is resumed by running it again: the coordinator is deterministic, asks for the same jobs in the same
order, and takes from the journal what is already there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, ItemsView
from pathlib import Path
from typing import Any

from actselect.exceptions import StudyError

Entry = dict[str, Any]


class Journal:
    """Append-only map from job key to result.

    Args:
        path: the file; made when missing. A line that a crash cut off is dropped.

    Raises:
        StudyError: a line in the middle is not JSON, so the file is not what we wrote.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.resumed = path.exists()
        self._entries: dict[str, Entry] = {}
        if self.resumed:
            self._read()

    def _read(self) -> None:
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                entry = json.loads(line)
                self._entries[entry["key"]] = entry["value"]
            except (ValueError, KeyError, TypeError) as error:
                raise StudyError(
                    f"{self.path}, line {number}: not a journal entry ({error}). "
                    "The file was changed by hand or damaged; start a new study."
                ) from error
        if whole < len(data):
            with self.path.open("r+b") as file:
                file.truncate(whole)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def items(self) -> ItemsView[str, Entry]:
        """Return all entries in the order they were recorded."""
        return self._entries.items()

    def put(self, key: str, value: Entry) -> None:
        """Record a result; it survives a crash once this returns."""
        line = json.dumps({"key": key, "value": value}, allow_nan=False, separators=(",", ":"))
        with self.path.open("ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._entries[key] = value

    def once(self, key: str, compute: Callable[[], Entry]) -> Entry:
        """Return what stands under ``key``; compute and record it when nothing does."""
        if key not in self:
            self.put(key, compute())
        return self[key]
