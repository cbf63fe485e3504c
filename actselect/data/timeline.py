"""Time columns: dates or whole numbers, and whether their steps are even.

Even means one constant step, or a calendar that pandas knows (months, quarters, years, business
days).  Zoned times are compared in UTC, so a change to summer time is no gap.
"""

from __future__ import annotations

import re
import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.columns import numbers
from actselect.data.dates import dates, may_be_dates
from actselect.data.table import Table
from actselect.exceptions import DataError

TIME_NAMES = frozenset({"ds", "date", "datetime", "time", "timestamp", "month", "step", "t"})
"""Names, in lower case, under which a column of whole numbers is taken for the time."""

TimeArray = npt.NDArray[np.generic]

_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_COMPACT_DATE = re.compile(r"(1[5-9]|2\d)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")


def times(table: Table, column: str) -> TimeArray:
    """Return a column as (rows,) datetime64[ns], or int64 where it holds whole numbers.

    Raises:
        DataError: a value is missing, is neither, reads as two different dates (01/02/2020),
            mixes time zones, or lies outside 1678-2261.

    >>> from actselect.data.table import from_frame
    >>> times(from_frame(pd.DataFrame({"month": ["1949-01", "1949-02"]}), "frame"), "month")
    array(['1949-01-01T00:00:00.000000000', '1949-02-01T00:00:00.000000000'],
          dtype='datetime64[ns]')
    """
    values = table.frame[column]
    _refuse_missing(table, column)
    if _is_numeric(values):
        return _whole(table, column)
    whole = sum(_WHOLE.fullmatch(str(value)) is not None for value in values)
    return _whole(table, column) if whole * 2 > len(values) else dates(table, column)


def plainly_time(table: Table, column: str, series: str | None) -> bool:
    """True for a column of dates, or of whole numbers under a name such as ``ds`` or ``time``.

    Numbers must differ within each series: month 1 to 12, year after year, is no time.
    """
    values = table.frame[column]
    if values.dtype.kind == "M" or isinstance(values.dtype, pd.DatetimeTZDtype):
        return True
    if _is_numeric(values) or _WHOLE.fullmatch(str(values.iloc[0])):
        if column.lower() not in TIME_NAMES or not _all_whole(table, column):
            return False
        key = [column] if series is None else [series, column]
        return not table.frame.duplicated(key).any()
    return may_be_dates(values.iloc[:20])


def uneven(time: TimeArray) -> str | None:
    """Say what is uneven about increasing times (T,); None when the steps are even.

    >>> uneven(np.array([1, 2, 4]))
    'steps of 1 and of 2, first after 2'
    >>> uneven(pd.date_range("2020-01-31", periods=6, freq="ME").to_numpy()) is None
    True
    """
    steps = np.diff(time)
    if len(steps) < 2 or (steps == steps[0]).all():
        return None
    if time.dtype.kind == "M" and _on_calendar(time):
        return None
    usual, counts = np.unique(steps, return_counts=True)
    typical = usual[np.argmax(counts)]
    odd = int(np.argmax(steps != typical))
    first, other = _readable(typical), _readable(steps[odd])
    return f"steps of {first} and of {other}, first after {_readable(time[odd])}"


def uneven_hint(time: TimeArray) -> str:
    """Return how to make uneven times (T,) even, as a sentence."""
    if time.dtype.kind == "M":
        return (
            "Resample first, for instance df.resample('D', on='time').mean(), or leave the time "
            "column out of the file and the order of the rows counts." + local_hint(time)
        )
    return "Add the missing steps with empty values, or number the steps anew."


def local_hint(time: TimeArray) -> str:
    """Return a sentence on summer time for times (T,) that are not all at one time of day."""
    if time.dtype.kind != "M" or len(np.unique(time - time.astype("datetime64[D]"))) < 2:
        return ""
    hint = " If clocks were set to summer time, write times with their offset, as "
    return hint + "2020-03-29 01:00+01:00."


def _on_calendar(time: TimeArray) -> bool:
    """True for months, quarters, years (on any day of the month) or business days."""
    days = pd.DatetimeIndex(time)
    months = np.diff(days.year * 12 + days.month)
    in_month = days - days.to_period("M").to_timestamp()
    if (months == months[0]).all() and (in_month == in_month[0]).all():
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3.1 announces that an offset will come back
        return pd.infer_freq(days) is not None


def _readable(value: np.generic) -> str:
    if isinstance(value, np.timedelta64):
        return str(pd.Timedelta(value)).removesuffix(" 00:00:00").removeprefix("0 days ")
    if isinstance(value, np.datetime64):
        return str(pd.Timestamp(value)).removesuffix(" 00:00:00")
    return str(value)


def _is_numeric(values: pd.Series) -> bool:
    """True for a column of numbers, also one of Python objects."""
    if values.dtype != object:
        return pd.api.types.is_numeric_dtype(values)
    return all(isinstance(value, int | float | np.number) for value in values)


def _refuse_missing(table: Table, column: str) -> None:
    values = table.frame[column]
    missing = values.isna().to_numpy() | (values.astype(str).str.strip() == "").to_numpy()
    if missing.any():
        raise DataError(
            wanted="a time in every row",
            got="a missing one",
            where=table.where(int(np.argmax(missing)), column),
            todo="Fill it in or remove the row.",
        )


def _all_whole(table: Table, column: str) -> bool:
    try:
        parsed = numbers(table, column)
    except DataError:
        return False
    return bool((parsed == np.floor(parsed)).all())


def _whole(table: Table, column: str) -> TimeArray:
    values = table.frame[column]
    if all(_COMPACT_DATE.fullmatch(str(value).strip()) for value in values):
        return dates(table, column, form="%Y%m%d")
    parsed = numbers(table, column)
    whole = (parsed == np.floor(parsed)) & (np.abs(parsed) < 2.0**53)
    if not whole.all():
        row = int(np.argmin(whole))
        raise DataError(
            wanted="dates or whole numbers below 2^53",
            got=str(values.iloc[row]),
            where=table.where(row, column),
            todo="Number the steps, or write times as 2020-01-31 13:45.",
        )
    return parsed.astype(np.int64)
