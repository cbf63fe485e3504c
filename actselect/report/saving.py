"""The files of a report in a study folder."""

from __future__ import annotations

from pathlib import Path

from actselect.exceptions import StudyError
from actselect.files import write_atomically
from actselect.received import MOST_TEXT, read_received
from actselect.records import ReportRecord
from actselect.report.checking import problem_of
from actselect.report.serialise import FILE, from_json, to_json


def save(record: ReportRecord, folder: Path, *, language: str = "en") -> None:
    """Write ``report.md``, ``report.html`` and, last, ``report.json`` into ``folder``.

    Each file is written whole or not at all, and only after the text of ``report.json`` has been
    read back: where there is a ``report.json``, the report is complete and can be loaded.

    Args:
        record: what is saved.
        folder: where; it is made where it is missing.
        language: of ``report.md`` and ``report.html``; ``report.json`` is in English always.

    Raises:
        StudyError: the record is not one that could be loaded again.
    """
    from actselect.report import html, markdown  # these load what draws

    text = to_json(record)
    record = from_json(text)  # show what will be loaded
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "report.md", markdown.render(record, language=language))
    write_atomically(folder / "report.html", html.render(record, language=language))
    write_atomically(folder / FILE, text)


def load(path: Path) -> ReportRecord:
    """Return the report of a study folder, or of a ``report.json`` itself.

    Raises:
        StudyError: there is none, or it is damaged or of another schema version.
    """
    file = path / FILE if path.is_dir() else path
    try:
        text = read_received(file, MOST_TEXT).decode()
    except FileNotFoundError as error:
        raise StudyError(
            f"{file}: no such report. A study that was interrupted has none yet; "
            "type: actselect resume STUDY"
        ) from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{file}: cannot be read ({error}).") from error
    try:
        record = from_json(text)
    except StudyError as error:
        raise StudyError(
            f"{file.parent}/{error}" if file.name == FILE else f"{file}: {error}"
        ) from error
    if problem := problem_of(record):
        raise StudyError(f"{file}: {problem}. It was damaged, or changed by hand.")
    return record
