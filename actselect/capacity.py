"""What this process may still use: memory, address space, room on a disk."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import psutil

ROOT: Final = Path("/")
UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")


def size_text(size: float) -> str:
    """Return a size as a person reads it.

    >>> size_text(3_140_000_000), size_text(79_900_000), size_text(512)
    ('3.1 GB', '80 MB', '512 bytes')
    """
    number, unit = max(0.0, float(size)), 0
    while round(number) >= 1000 and unit < len(UNITS) - 1:
        number, unit = number / 1000, unit + 1
    digits = 1 if unit > 0 and number < 9.95 else 0
    return f"{number:.{digits}f} {UNITS[unit]}"


def free_memory(root: Path = ROOT) -> int:
    """Return the bytes of memory that can be used without swapping, or being ended for it.

    The least of what the system has and what its control groups (containers, batch systems) leave
    to this process.  Files that the system only keeps at hand count as free.

    Args:
        root: where /proc and /sys are.
    """
    return int(max(0, min([psutil.virtual_memory().available, *_left_to_groups(root)])))


def free_address_space() -> int | None:
    """Return the bytes that this process may still map (``ulimit -v``); None for any number."""
    if sys.platform == "win32":
        return None
    import resource  # not on Windows

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return None
    return max(0, int(most) - int(psutil.Process().memory_info().vms))


def free_disk(path: Path) -> tuple[int, Path]:
    """Return the bytes free where a file or folder is or will be, and the folder that is there."""
    place = path.absolute()
    while not place.is_dir() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free, place


def _left_to_groups(root: Path) -> Iterator[int]:
    """Yield what each control group of this process leaves, of version 2 and of version 1.

    Sources: the Linux kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        kinds, _, group = rest.partition(":")
        if kinds == "":
            names = ("memory.max", "memory.current", "")
            base = root / "sys/fs/cgroup"
        elif "memory" in kinds.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
            base = root / "sys/fs/cgroup/memory"
        else:
            continue
        parts = Path(group.lstrip("/")).parts
        for count in range(len(parts), -1, -1):  # a limit of any group above holds as well
            yield from _left_to(base.joinpath(*parts[:count]), *names)


def _left_to(group: Path, limit: str, usage: str, prefix: str) -> Iterator[int]:
    most, used = _text(group / limit).strip(), _text(group / usage).strip()
    if most.isdigit() and used.isdigit():
        facts = _facts(group / "memory.stat")
        files = sum(facts.get(f"{prefix}{kind}_file", 0) for kind in ("inactive", "active"))
        yield int(most) - max(0, int(used) - files)


def _facts(path: Path) -> Mapping[str, int]:
    pairs = (line.split() for line in _text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf8")
    except OSError:
        return ""
