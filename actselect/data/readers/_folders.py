"""A folder as data: a subfolder for each label, files of train, validation and test, or texts.

Names of files and subfolders that begin with a dot are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from actselect.data.dataset import SequenceDataset
from actselect.data.readers._split_files import SPLITS, joined_files, split_files
from actselect.data.readers._text import MAX_BYTES, read_text
from actselect.data.table import Table, relocated, shown
from actselect.exceptions import DataError

MAX_FILES = 1_000_000
"""A guard against folders that are no data sets, such as a home."""

TEXT, LABEL, SPLIT, DOCUMENT = "text", "label", "split", "document"


def read_folder(path: Path, task: str, read: Callable[[Path], Table | SequenceDataset]) -> Table:
    """Return a folder as one table.

    * Files ``train``, ``validation`` (``valid``, ``val``, ``dev``) and ``test`` of one ending, also
      after a dash, a dot or an underscore as in ``ptb.train.txt``: their rows, and a column split.
    * For text-classification, a subfolder for each label with one text a file; or such subfolders
      in ``train`` and ``test`` (and ``validation``).  Columns text, label (and split).
    * For language-modeling, all .txt files, by name.  Columns text, document.

    Args:
        path: the folder.
        task: name of the task.
        read: reads one file.

    Raises:
        DataError: it holds none of these, a link leads out of it, it has more than ``MAX_FILES``
            files, or a file cannot be read.
    """
    folders, files = _listing(path, path)
    splits = split_files(path, files)
    if splits:
        return joined_files(path, splits, read)
    if task == "text-classification" and folders:
        return _labelled(path, folders, files)
    texts = [file for file in files if file.suffix.lower() == ".txt"]
    if task == "language-modeling" and texts:
        columns = {TEXT: list(_texts(path, texts)), DOCUMENT: [file.name for file in texts]}
        return _table(path, columns, ())
    raise DataError(
        wanted="files train and test of one ending, "
        "a subfolder for each label (text-classification) or .txt files (language-modeling)",
        got=shown([entry.name for entry in (*folders, *files)], limit=6) or "an empty folder",
        where=path.name,
        todo="Name the file to read, or arrange the folder in one of these ways.",
    )


def _labelled(path: Path, folders: list[Path], files: list[Path]) -> Table:
    """Return the texts of a subfolder for each label, directly or within each split."""
    splits = {folder: SPLITS.get(folder.name.lower(), "") for folder in folders}
    found = [split for split in splits.values() if split]
    if "train" not in found or len(found) < 2:
        parts = {"": path}
    elif len(set(found)) < len(folders):
        wanted, got = "one subfolder for each split, and no others", shown(f.name for f in folders)
        raise _bad(path.name, wanted, got)
    else:
        parts = {split: folder for folder, split in splits.items()}
    names = (TEXT, LABEL) if "" in parts else (TEXT, LABEL, SPLIT)
    columns: dict[str, list[str]] = {name: [] for name in names}
    passed = len(files)
    for split, part in parts.items():
        labels, others = (folders, []) if part == path else _listing(path, part)
        passed += len(others)
        if len(labels) < (1 if split == "test" else 2):
            wanted, got = "a subfolder for each of at least two labels", f"{len(labels)}"
            raise _bad(_place(path, part), wanted, got)
        for label in labels:
            inside, texts = _listing(path, label)
            if inside or not texts:
                wanted, got = "one text a file", inside[0].name if inside else "no file"
                raise _bad(_place(path, label), wanted, got)
            _check_count(path.name, len(columns[TEXT]) + len(texts))
            columns[TEXT].extend(_texts(path, texts))
            columns[LABEL].extend([label.name] * len(texts))
            if SPLIT in columns:
                columns[SPLIT].extend([split] * len(texts))
    return _table(
        path, columns, (f"{passed} files beside subfolders were not read.",) * (passed > 0)
    )


def _listing(root: Path, folder: Path) -> tuple[list[Path], list[Path]]:
    """Return subfolders and files by name; neither leads out of the root."""
    folders: list[Path] = []
    files: list[Path] = []
    try:
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() and not _leads_inside(root, entry):
                wanted, got = "files of this folder", "a link that leads out of it"
                raise _bad(_place(root, entry), wanted, got)
            if not entry.is_dir() and not entry.is_file():
                raise _bad(_place(root, entry), "a file or a folder", "something else")
            (folders if entry.is_dir() else files).append(entry)
    except OSError as error:
        raise _bad(_place(root, folder), "a readable folder", str(error.strerror)) from error
    _check_count(_place(root, folder), len(files))
    return folders, files


def _check_count(where: str, count: int) -> None:
    if count > MAX_FILES:
        raise _bad(where, f"at most {MAX_FILES} files", str(count))


def _leads_inside(root: Path, link: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # links in a circle
        return False


def _texts(root: Path, files: list[Path]) -> Iterator[str]:
    size = 0
    for file in files:
        size += file.stat().st_size
        if size > MAX_BYTES:
            got = f"more, up to {file.name}"
            raise _bad(_place(root, file.parent), f"{MAX_BYTES / 1024**3:.0f} GiB of text", got)
        try:
            yield read_text(file, lines=False)
        except DataError as error:
            raise relocated(error, _place(root, file.parent)) from error


def _place(root: Path, entry: Path) -> str:
    return (Path(root.name) / entry.relative_to(root)).as_posix()


def _table(path: Path, columns: dict[str, list[str]], notes: tuple[str, ...]) -> Table:
    frame = pd.DataFrame(columns, dtype=object)
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    return Table(frame=frame, source=path.name, rows=rows, unit="file", notes=notes)


def _bad(where: str, wanted: str, got: str) -> DataError:
    todo = "A folder has a subfolder for each label, with text files, each one text."
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
