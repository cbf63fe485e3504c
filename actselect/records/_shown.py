"""Examples of what a network answers, and what the guide would have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastExample:
    """A forecast beside what came, in the series' own unit.

    ``known`` are the last steps before the forecast, gaps filled with the value before; ``bands``
    are (level, values) of quantiles, and ``forecast`` is then their median.
    """

    series: str
    known: tuple[float, ...]
    truth: tuple[float, ...]
    forecast: tuple[float, ...]
    bands: tuple[tuple[float, tuple[float, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionRecord:
    """Counts: ``counts[i][j]`` examples of class i were called class j.

    Of more than 20 classes the most frequent 19 are told apart; the last is ``"other"``.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerExample:
    """What a network was shown, what was wanted, and what it answered, as text.

    ``wanted`` are all right answers, such as the captions of a picture; a set of labels is one
    answer.  Tags are ``word/TAG``.  Of events ``shown`` are the last steps, ``wanted`` the next,
    and ``answer`` the likeliest events with their probabilities.  A language model goes on from
    what is shown; what is wanted is how the text goes on, one of many ways.  ``picture`` is a small
    PNG as base64, where the network looked at one.
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
