"""The durable record of what a study has finished.

Each finished job is one line of JSON under the job's key, with a checksum, synced to disk before it
counts.  A run is resumed by running it again: the coordinator is deterministic, asks for the same
jobs in the same order, and takes from the journal what is already there.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, ItemsView
from pathlib import Path
from typing import Any

from actselect.exceptions import StudyError
from actselect.files import sync_folder

Entry = dict[str, Any]
CHECK = len(',"crc":"01234567"}')  # how each line ends


class Journal:
    """Append-only map from job key to result.

    Args:
        path: the file; made when missing. A line that a crash cut off is dropped.

    Raises:
        StudyError: a whole line is not what we wrote.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.resumed = path.exists()
        self.torn = False  # whether a crash had cut off the last line
        self._entries: dict[str, Entry] = {}
        if self.resumed:
            self._read()
        else:
            path.touch()
            sync_folder(path.parent)

    def _read(self) -> None:
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                key, value = _checked(line)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise StudyError(
                    f"{self.path}, line {number}: not a journal entry ({error}). The file was "
                    "damaged, or changed by hand, or another version wrote it. Remove the line to "
                    "have that job done again, or start a new study."
                ) from error
            self._entries[key] = value
        self.torn = whole < len(data)
        if self.torn:
            self._cut(whole)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def items(self) -> ItemsView[str, Entry]:
        """Return all entries in the order they were recorded."""
        return self._entries.items()

    def put(self, key: str, value: Entry) -> None:
        """Record a result; it survives a crash once this returns.

        Raises:
            OSError: it could not be written, such as on a full disk; nothing of it stays.
        """
        text = json.dumps({"key": key, "value": value}, allow_nan=False, separators=(",", ":"))
        before = self.path.stat().st_size
        try:
            with self.path.open("ab") as file:
                file.write(_line(text))
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            self._cut(before)
            raise
        self._entries[key] = value

    def _cut(self, size: int) -> None:
        with self.path.open("r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())

    def once(self, key: str, compute: Callable[[], Entry]) -> Entry:
        """Return what stands under ``key``; compute and record it when nothing does."""
        if key not in self:
            self.put(key, compute())
        return self[key]


def _line(text: str) -> bytes:
    return f'{text[:-1]},"crc":"{zlib.crc32(text.encode()):08x}"}}\n'.encode()


def _checked(line: bytes) -> tuple[str, Entry]:
    """Return key and value of a line, if it is one that :func:`_line` wrote."""
    text = f"{line[:-CHECK].decode()}}}"
    if _line(text)[:-1] != line:
        raise ValueError("its checksum does not fit")
    entry = json.loads(text)
    return entry["key"], entry["value"]
