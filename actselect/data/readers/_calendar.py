"""Times of series of which a file gives only the first time and the frequency.

Notation: N series, S steps of all series.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from actselect.records import IntArray

Stamps = npt.NDArray[np.datetime64]

_SECONDS = {"s": 1, "min": 60, "h": 3600, "D": 86_400, "W": 604_800}
_MONTHS = {"M": 1, "Q": 3, "Y": 12}
_OLD = {"S": "s", "T": "min", "H": "h", "A": "Y"}  # as pandas wrote them up to version 2.1
_ALIAS = re.compile(r"(\d{0,6})([A-Za-z]+?)(?:[ES](?=$|-))?(?:-[A-Z]{3})?")
_MONASH = {
    "secondly": "s",
    "minutely": "min",
    "half_hourly": "30min",
    "hourly": "h",
    "daily": "D",
    "weekly": "W",
    "monthly": "M",
    "quarterly": "Q",
    "yearly": "Y",
}
_COUNTED = re.compile(r"(\d{1,6})_(second|minute|hour|day|week|month|quarter|year)s?")
_UNITS = {"second": "s", "minute": "min", "hour": "h", "day": "D"}
_UNITS |= {"week": "W", "month": "M", "quarter": "Q", "year": "Y"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """One step of time: a number of months, of business days, or of seconds."""

    count: int
    unit: str


def pandas_frequency(name: str) -> Frequency | None:
    """Return a frequency under its name in pandas, old or new; None where there is none.

    >>> pandas_frequency("30T"), pandas_frequency("W-SUN"), pandas_frequency("fortnight")
    (Frequency(count=1800, unit='second'), Frequency(count=604800, unit='second'), None)
    """
    found = _ALIAS.fullmatch(name)
    if found is None:
        return None
    count = int(found[1] or 1)
    unit = _OLD.get(found[2], found[2])
    if unit in _SECONDS and count:
        return Frequency(count=count * _SECONDS[unit], unit="second")
    if unit in _MONTHS and count:
        return Frequency(count=count * _MONTHS[unit], unit="month")
    return Frequency(count=count, unit="business day") if unit == "B" and count else None


def monash_frequency(name: str) -> Frequency | None:
    """Return a frequency as .tsf files name it; None where they have no such name.

    >>> monash_frequency("4_seconds"), monash_frequency("quarterly")
    (Frequency(count=4, unit='second'), Frequency(count=3, unit='month'))
    """
    counted = _COUNTED.fullmatch(name)
    if counted is not None:
        return pandas_frequency(counted[1] + _UNITS[counted[2]])
    alias = _MONASH.get(name) or _UNITS.get(name.removesuffix("s"))
    return None if alias is None else pandas_frequency(alias)


def stamps(starts: Stamps, lengths: IntArray, frequency: Frequency) -> Stamps | None:
    """Return (S,) datetime64[ns]; None where one lies outside 1678-2261, which that cannot hold.

    Months keep the day of the start up to the 28th; later ones become the last day of each month.

    Args:
        starts: (N,) datetime64[s], the first time of each series.
        lengths: (N,) steps of each series.
        frequency: of all series.

    >>> start = np.array(["2024-01-31"], dtype="datetime64[s]")
    >>> month = Frequency(count=1, unit="month")
    >>> [str(time)[:10] for time in stamps(start, np.array([3]), month)]
    ['2024-01-31', '2024-02-29', '2024-03-31']
    """
    first = np.cumsum(lengths) - lengths
    steps = (np.arange(int(lengths.sum())) - np.repeat(first, lengths)) * frequency.count
    begin = np.repeat(starts, lengths)
    if frequency.unit == "second":
        times = begin + steps.astype("timedelta64[s]")
    else:
        days = begin.astype("datetime64[D]")
        moved = _months(days, steps) if frequency.unit == "month" else _business(days, steps)
        times = moved + (begin - days)
    years = times.astype("datetime64[Y]").astype(np.int64) + 1970
    if ((years < 1678) | (years > 2261)).any():
        return None
    return np.asarray(times, dtype="datetime64[ns]")


def _months(days: Stamps, steps: IntArray) -> Stamps:
    month = days.astype("datetime64[M]")
    day = days - month.astype("datetime64[D]")
    later = month + steps.astype("timedelta64[M]")
    last = (later + 1).astype("datetime64[D]") - 1
    wanted = later.astype("datetime64[D]") + day
    return np.asarray(np.where(day > np.timedelta64(27, "D"), last, wanted))


def _business(days: Stamps, steps: IntArray) -> Stamps:
    return np.asarray(np.busday_offset(days, steps, roll="forward"))
