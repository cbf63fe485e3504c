"""Reading files of a study, which somebody else may have written.

What is read is a regular file of bounded size: a pipe never ends, a device even less, and a file
that is far larger than ours ever are is none of ours.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any, Final

from actselect.exceptions import StudyError

MOST_TEXT: Final = 64 * 1024**2  # bytes of JSON: fifty times what our largest report takes
MOST_WEIGHTS: Final = 2 * 1024**3  # bytes: of networks that a CPU trains in hours

_KINDS: Final = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"))


def read_received(path: Path, most: int) -> bytes:
    """Return the bytes of a regular file of at most ``most`` bytes.

    Raises:
        FileNotFoundError: there is none.
        StudyError: it is something else, is larger, or cannot be read.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            kinds = [name for is_kind, name in _KINDS if is_kind(found.st_mode)]
            raise StudyError(f"{path} must be a file. It is {(*kinds, 'a device')[0]}.")
        if found.st_size > most:
            raise StudyError(
                f"{path} must have at most {most // 1024**2} MiB. It has "
                f"{found.st_size // 1024**2}: it is damaged, or not what actselect wrote."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        got = getattr(error, "strerror", None) or error
        raise StudyError(
            f"{path} cannot be read ({got}). Check the path and its permissions."
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """Return the one object that a file of JSON holds.

    Raises:
        FileNotFoundError: there is no file.
        StudyError: it is no readable file, or holds something else.
    """
    data = read_received(path, MOST_TEXT)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise StudyError(f"{path} is damaged: it is no JSON ({what}).") from error
    if not isinstance(found, dict):
        raise StudyError(
            f"{path} is damaged: wanted an object of JSON; got a {type(found).__name__}."
        )
    return found
