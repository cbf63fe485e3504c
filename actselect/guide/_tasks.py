"""The tasks that the guide can be asked about, for whoever cannot wait for torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import final

from actselect.exceptions import UnknownNameError
from actselect.guide._data import chosen, table


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GuideTask:
    """A task of :mod:`actselect.tasks`, and how to ask ``actselect recommend`` about it.

    Args:
        name: of the task.
        zh: its name in Chinese.
        needs: options without which ``recommend`` asks back.
        opens: options that let the guide's picks into the search.
    """

    name: str
    zh: str
    needs: str = ""
    opens: str = ""

    def title(self, language: str = "en") -> str:
        """Return what the task is called in a language, ``"en"`` or ``"zh"``."""
        return chosen(language, self.name, self.zh)

    def command(self, depth: int | None = None) -> str:
        """Return what to type to put the guide's picks to the test; ``depth``: of networks.

        >>> task("tagging").command(depth=2)
        'actselect recommend DATA --task tagging --depths 1,2'
        """
        depths = "" if depth is None else f"--depths {'1' if depth == 1 else f'1,{depth}'}"
        parts = ("actselect recommend DATA --task", self.name, self.needs, self.opens, depths)
        return " ".join(part for part in parts if part)


@cache
def tasks() -> tuple[GuideTask, ...]:
    """Return all tasks in the order of their catalogue.

    >>> [t.name for t in tasks()][:2]
    ['forecasting', 'classification']
    """
    return tuple(GuideTask(**entry) for entry in table("tasks")["task"])


def task(name: str) -> GuideTask:
    """Return one task by its name.

    Raises:
        UnknownNameError: there is no such task.

    >>> task("tagging").title("zh")
    '序列标注'
    """
    known = {t.name: t for t in tasks()}
    if name not in known:
        raise UnknownNameError("task", name, known)
    return known[name]
