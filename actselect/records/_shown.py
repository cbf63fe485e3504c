"""Examples of what a network answers, and what the guide would have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastExample:
    """A forecast beside what came, in the series' own unit.

    ``known`` are the last steps before the forecast; ``bands`` are (level, values) of quantiles.
    """

    series: str
    known: tuple[float, ...]
    truth: tuple[float, ...]
    forecast: tuple[float, ...]
    bands: tuple[tuple[float, tuple[float, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionRecord:
    """Counts: ``counts[i][j]`` examples of class i were called class j."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerExample:
    """What a network was shown, what was wanted, and what it answered, as text.

    ``picture`` is a small PNG as base64, where the network looked at one.
    """

    shown: str
    wanted: tuple[str, ...]
    answer: str
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesRecord:
    """What the first network answers on validation data of one repeat, chosen without a look at how
    right it is; ``pairs`` are (true value, predicted value) of a regression.
    """

    label: str
    repeat: int
    forecasts: tuple[ForecastExample, ...] = ()
    confusion: ConfusionRecord | None = None
    pairs: tuple[tuple[float, float], ...] = ()
    answers: tuple[AnswerExample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideClaimRecord:
    """What these data say of one claim that speaks of them; ``because`` is one sentence."""

    id: str
    section: str
    claim: str
    stand: Literal["agree", "disagree", "cannot tell"]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideRecord:
    """What the guide would have picked, and whether the data agree: as a whole, and by claim."""

    suggested: tuple[str, ...]
    agreement: str
    claims: tuple[GuideClaimRecord, ...] = ()
