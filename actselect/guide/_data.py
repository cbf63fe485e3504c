"""Read the guide's data files, and say what both languages of an entry have in common."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from actselect.exceptions import UsageError

LANGUAGES = ("en", "zh")


@cache
def table(name: str) -> dict[str, Any]:
    """Return a file of :mod:`actselect.guide_data`; whoever takes an entry copies it."""
    text = files("actselect.guide_data").joinpath(f"{name}.toml").read_text(encoding="utf8")
    return tomllib.loads(text)


def frozen(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with its lists as tuples.

    >>> frozen({"id": "cost", "tasks": ["tagging"]})
    {'id': 'cost', 'tasks': ('tagging',)}
    """
    return {key: tuple(v) if isinstance(v, list) else v for key, v in entry.items()}


def chosen(language: str, english: str, chinese: str) -> str:
    """Return the text in a language.

    Raises:
        UsageError: the language is neither ``"en"`` nor ``"zh"``.

    >>> chosen("zh", "tanh for text", "文本用 tanh")
    '文本用 tanh'
    """
    if language not in LANGUAGES:
        raise UsageError(f"language must be one of {', '.join(LANGUAGES)}. Got {language!r}.")
    return english if language == "en" else chinese


def concerns(entry_tasks: tuple[str, ...], min_length: int, task: str, length: int | None) -> bool:
    """Return whether an entry speaks of a task at a length; no tasks: of all, no length: of any."""
    return task in (entry_tasks or (task,)) and (length is None or length >= min_length)
