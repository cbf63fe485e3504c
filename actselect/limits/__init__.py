"""Limits told before they are hit: whether a study fits into the memory and onto the disk.

A study is refused only where what it needs at the least does not fit.  Estimates decide how many
workers there are, never what a report says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from actselect.capacity import free_disk, size_text
from actselect.exceptions import RunError
from actselect.limits._disk import DiskNeed as DiskNeed
from actselect.limits._disk import checkpoints as checkpoints
from actselect.limits._disk import disk_need as disk_need
from actselect.limits._disk import held
from actselect.limits._memory import MemoryNeed as MemoryNeed
from actselect.limits._memory import memory_need as memory_need

NAMED: Final = 2  # largest parts that a refusal names
SMALLER: Final = (
    "Make the study smaller: shorter sequences (--lookback), a smaller --hidden-size, fewer "
    "--features, or fewer --cells"
)


def workers_that_fit(
    need: MemoryNeed, wanted: int, free: int, address_space: int | None = None
) -> tuple[int, str]:
    """Return how many workers fit into the memory, and a sentence if they are fewer than wanted.

    Args:
        need: of one worker.
        wanted: workers; 0 for this process alone.
        free: bytes of memory.
        address_space: bytes that each process may still map; None for any number.

    Raises:
        RunError: not even one fits.

    >>> need = MemoryNeed(idle=10**8, data=10**8, work=29 * 10**8, least=(1, 2, 3), parts=())
    >>> workers_that_fit(need, 4, 7 * 10**9)
    (2, '2 of 4 workers: each may need 3.1 GB of memory, and 7.0 GB are free.')
    """
    training = need.least[-1]
    if address_space is not None and training > address_space:
        rest = f"its address space has room for {size_text(address_space)} (ulimit -v)"
        raise _refused("a process", training, rest, need)
    least = need.least_total if wanted else training  # this process has its data already
    if least > free:
        advice = ", or train in this process alone: --workers 0" if training <= free else ""
        rest = f"{size_text(free)} are free"
        raise _refused("a worker" if wanted else "the study", least, rest, need, advice)
    packed = need.data  # what this process keeps, to send it to workers
    fitting = min(wanted, max(1, (free - packed) // max(1, need.total)))
    if fitting == wanted:
        return wanted, ""
    return fitting, (
        f"{fitting} of {wanted} workers: each may need {size_text(need.total)} of memory, and "
        f"{size_text(free)} are free."
    )


def _refused(who: str, least: int, rest: str, need: MemoryNeed, advice: str = "") -> RunError:
    parts = ", ".join(f"{name} ({size_text(size)})" for name, size in need.parts[:NAMED])
    return RunError(
        f"Not enough memory: {who} needs at least {size_text(least)}, and {rest}. Most of it is "
        f"for {parts}. {SMALLER}{advice}."
    )


def check_disk(need: DiskNeed, folder: Path) -> str:
    """Return a sentence where the disk may become too full for a study, else nothing.

    Args:
        need: of the study.
        folder: that it is or will be in.

    Raises:
        RunError: the disk is too full.
    """
    free, place = free_disk(folder)
    used = held(folder)
    if need.least - used > free:
        raise RunError(
            f"Not enough room on the disk: the study needs at least "
            f"{size_text(need.least - used)}, and {size_text(free)} are free in {place}. Most of "
            "it is for checkpoints, so that trainings can go on. Make room, choose another --out, "
            "or a smaller budget or --hidden-size."
        )
    if need.total - used > free:
        return (
            f"The study may need {size_text(need.total - used)} on the disk, and "
            f"{size_text(free)} are free in {place}."
        )
    return ""
