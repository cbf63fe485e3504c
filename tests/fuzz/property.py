"""What holds for every file: a reader returns a value, or says in one line what is wrong."""

from __future__ import annotations

import resource
import time
import traceback
from pathlib import Path
from types import TracebackType

from actselect.exceptions import ActselectError
from tests.fuzz.targets import Question

LONGEST_MESSAGE = 600  # characters
LONGEST_TIME = 2.0  # seconds of the processor
MOST_MEMORY = 500 * 2**10  # kB above what the process had before


def prepared(folder: Path, question: Question) -> Path:
    """Write what lies beside the file of a question, and return where the file goes."""
    for name, content in {**question.beside, question.file: b""}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder / question.file


def fault(question: Question, path: Path, content: bytes) -> str | None:
    """Return what is wrong with the answer to these bytes: kind, place, text; None: nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # a map of the last one may still be open
    path.write_bytes(content)
    memory, began = _peak(), time.process_time()
    try:
        question.ask(path)
        found = None
    except ActselectError as error:
        found = _message_fault(error)
    except BaseException as error:  # a panic of a Rust library is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        found = f"{type(error).__name__} at {_place(error.__traceback__)}: {error}"
    if (spent := time.process_time() - began) > LONGEST_TIME:
        found = found or f"slow at {question.file}: {spent:.1f} s"
    if (grown := _peak() - memory) > MOST_MEMORY:
        found = found or f"memory at {question.file}: {grown >> 10} MB"
    return found


def _message_fault(error: ActselectError) -> str | None:
    text = str(error)
    where = _place(error.__traceback__)
    if len(text) > LONGEST_MESSAGE:
        return f"long message at {where}: {len(text)} characters, {text[:200]!r}"
    if not text or any(letter in text for letter in "\n\r"):
        return f"message of several lines at {where}: {text[:200]!r}"
    return None


def _place(trace: TracebackType | None) -> str:
    """Return the innermost line of actselect."""
    frames = traceback.extract_tb(trace)
    inside = [frame for frame in frames if "/actselect/" in frame.filename] or frames
    return f"{Path(inside[-1].filename).name}:{inside[-1].name}:{inside[-1].lineno}"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
