"""Zip archives, such as .npz: what their directory must look like before a member is opened.

Nothing is ever unpacked to disk.  Limits keep a small file from filling the memory; a name that a
program could take for a path, or two members for one, are signs of an archive made to deceive.
"""

from __future__ import annotations

import itertools
import re
import stat
import zipfile
from pathlib import Path
from typing import Final

from actselect.data.readers._text import MAX_BYTES
from actselect.exceptions import DataError

MAX_MEMBERS: Final = 10_000
MAX_RATIO: Final = 200  # unpacked to packed; sparse numbers reach 100
FREE: Final = 200 * 1024**2  # bytes that may be unpacked whatever the ratio

_DRIVE = re.compile(r"[A-Za-z]:")
_ENCRYPTED = 0x1  # a bit of a member's flags (APPNOTE.TXT 4.4.4)


def check_archive(path: Path, archive: zipfile.ZipFile, *, limited: bool = True) -> None:
    """Raise unless an archive is a plain list of arrays.

    Args:
        path: of the archive.
        archive: opened.
        limited: whether sizes are bounded; those of our own files are not.

    Raises:
        DataError: it has too many members or too much in them; a member is encrypted, a link, a
            folder, no .npy, shares its bytes or its name with another, or is named like a path.
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise _bad(path, f"at most {MAX_MEMBERS} arrays", f"{len(members)}")
    seen: dict[str, str] = {}
    for member in members:
        name = member.filename
        if problem := _problem(member):
            raise _bad(path, "arrays as numpy writes them", f"{problem}: {name!r}")
        if name.casefold() in seen:
            got = f"{seen[name.casefold()]!r} and {name!r}"
            raise _bad(path, "every name once, whatever its case", got)
        seen[name.casefold()] = name
    _refuse_overlap(path, members)
    if limited:
        _refuse_bomb(path, members)


def _problem(member: zipfile.ZipInfo) -> str:
    """Return what is odd about a member, "" where nothing is."""
    name = member.filename
    if name.startswith("/") or _DRIVE.match(name) or "\\" in member.orig_filename:
        return "an absolute or foreign path"
    if ".." in name.split("/"):
        return "a path that leads out"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link"
    if member.flag_bits & _ENCRYPTED:
        return "an encrypted member"
    if not name.endswith(".npy") or "\0" in member.orig_filename:
        return "a member that is no array"
    return ""


def _refuse_overlap(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Raise where members share bytes: that is how few bytes become very many (Fifield 2019)."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    for first, second in itertools.pairwise(ordered):
        if first.header_offset + first.compress_size > second.header_offset:
            got = f"{first.filename!r} and {second.filename!r} in the same place"
            raise _bad(path, "every array in a place of its own", got)


def _refuse_bomb(path: Path, members: list[zipfile.ZipInfo]) -> None:
    total = sum(member.file_size for member in members)
    if total > MAX_BYTES:
        got = f"{total / 1024**3:.1f} GiB"
        raise _bad(path, f"arrays of at most {MAX_BYTES / 1024**3:.0f} GiB together", got)
    packed = sum(member.compress_size for member in members)
    if total > max(FREE, MAX_RATIO * packed):
        got = f"{total / max(1, packed):.0f} times"
        raise _bad(path, f"arrays at most {MAX_RATIO} times as large as their archive", got)


def _bad(path: Path, wanted: str, got: str) -> DataError:
    todo = "Write it with numpy.savez, which does not compress."
    return DataError(wanted=wanted, got=got, where=path.name, todo=todo)
