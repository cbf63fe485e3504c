"""The pictures of what the first network answers: the door to three modules.

``forecasts``, ``confusion`` and ``pairs`` take (record, shape, say=...), and return an SVG element,
empty where the record has no such examples; each has its ``..._alternative`` in words.
"""

from __future__ import annotations

from actselect.report.canvas import NARROW, WIDE
from actselect.report.confusion import alternative as confusion_alternative
from actselect.report.confusion import picture as confusion
from actselect.report.forecasts import alternative as forecasts_alternative
from actselect.report.forecasts import picture as forecasts
from actselect.report.pairs import alternative as pairs_alternative
from actselect.report.pairs import picture as pairs

__all__ = [
    "NARROW", "WIDE", "confusion", "confusion_alternative", "forecasts", "forecasts_alternative",
    "pairs", "pairs_alternative",
]  # fmt: skip
