"""Dates as text, read in one format throughout, or refused.

Nobody guesses: where day and month could change places, or clocks of several zones are mixed, the
file has to say it better.
"""

from __future__ import annotations

import re
import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.table import Table, quoted, reason
from actselect.exceptions import DataError

DAYS_OF_ONE_OFFSET = 60
"""Clocks change twice a year; offsets that change more often come from several zones."""

_SLASHED = re.compile(r"\s*\d{1,2}[/.\- ]\d{1,2}[/.\- ]\d{4}(?!\d)")
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)\s*$", re.IGNORECASE)
UNFIT = "no date format fits"
_MOVING = ("now", "today")  # which pandas would read


def dates(table: Table, column: str, form: str | None = None) -> npt.NDArray[np.datetime64]:
    """Return a column of dates as (rows,) datetime64[ns], in UTC where they have a zone.

    Args:
        table: where it stands.
        column: its name.
        form: format of the dates, as for strptime; None lets the first one decide.

    Raises:
        DataError: a value is no date, reads as two different ones (01/02/2020), mixes time zones,
            or lies outside 1678-2261.
    """
    values = table.frame[column]
    try:
        parsed = _parsed(values.astype(str) if form else values, form)
        if parsed.dt.tz is not None:
            parsed = parsed.dt.tz_convert("UTC").dt.tz_localize(None)
        return np.asarray(parsed.dt.as_unit("ns"))
    except (ValueError, OverflowError) as error:
        raise _bad(table, column, reason(error)) from error


def may_be_dates(values: pd.Series) -> bool:
    """True for values that are dates, or would be if day and month could be told apart.

    >>> may_be_dates(pd.Series(["2020-01-31"])), may_be_dates(pd.Series(["soon"]))
    (True, False)
    """
    try:
        _parsed(values.astype(object))
    except ValueError:
        return bool(_SLASHED.match(str(values.iloc[0])))
    return True


def date_notes(table: Table, column: str) -> tuple[str, ...]:
    """Return notes on how dates that :func:`dates` accepted were read, where that was a choice."""
    values = table.frame[column]
    if not isinstance(values.iloc[0], str):
        return ()
    if _SLASHED.match(values.iloc[0]):
        ways = [_tried(values, day_first=first) is not None for first in (True, False)]
        if ways == [True, False]:
            note = f"Times in {column!r} were read as day/month/year, as only that fits every row."
            return (note,)
        if ways == [False, True]:
            note = f"Times in {column!r} were read as month/day/year, as only that fits every row."
            return (note,)
    elif len(_offsets(values).unique()) > 1:
        return (f"Times in {column!r} have several offsets and were compared in UTC.",)
    return ()


def _parsed(values: pd.Series, form: str | None = None) -> pd.Series:
    """Parse in one format throughout; raises ValueError where that cannot be done safely."""
    if values.astype(str).str.strip().str.lower().isin(_MOVING).any():
        raise ValueError("a word that means another time on every day")
    if isinstance(values.iloc[0], str) and _SLASHED.match(values.iloc[0]):
        return _ordered(values)
    try:
        parsed = _unremarked(values, form)
    except (TypeError, ValueError) as error:  # also of bytes, lists
        if not form and (in_utc := _of_one_zone(values)) is not None:
            return in_utc
        if isinstance(error, ValueError):
            raise
        raise ValueError(UNFIT) from error
    return parsed


def _unremarked(values: pd.Series, form: str | None = None, *, utc: bool = False) -> pd.Series:
    """Parse; raises ValueError where pandas warns, because it would guess row by row.

    Warnings are collected, since one that is made an error in pandas' compiled part is printed.
    """
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        parsed = pd.to_datetime(values, format=form, utc=utc)
    if remarks:
        raise ValueError(UNFIT)
    return parsed


def _of_one_zone(values: pd.Series) -> pd.Series | None:
    """Return times whose offsets change as often as clocks of one zone do, else None."""
    offsets = _offsets(values)
    if offsets.isna().any() or offsets.nunique() != 2:
        return None
    try:
        parsed = _unremarked(values, utc=True)
    except ValueError:
        return None
    known = pd.DataFrame({"time": parsed, "offset": offsets}).sort_values("time", kind="stable")
    changes = int((known["offset"] != known["offset"].shift()).sum()) - 1
    days = (known["time"].iloc[-1] - known["time"].iloc[0]).days
    return parsed if changes <= 1 + days / DAYS_OF_ONE_OFFSET else None


def _offsets(values: pd.Series) -> pd.Series:
    """Return the offset that each time ends on, NaN where there is none."""
    found = values.astype(str).str.extract(f"({_OFFSET.pattern})", flags=re.IGNORECASE)[0]
    return found.str.strip()


def _ordered(values: pd.Series) -> pd.Series:
    """Parse 31/01/2020 or 01/31/2020; the order of day and month must be beyond doubt."""
    ways = [_tried(values, day_first=day_first) for day_first in (True, False)]
    sure = [way for way in ways if way is not None]
    if not sure:
        raise ValueError("neither day/month/year nor month/day/year fits every row")
    if len(sure) == 2 and not sure[0].equals(sure[1]):
        raise ValueError("day/month/year and month/day/year both fit")
    return sure[0]


def _tried(values: pd.Series, *, day_first: bool) -> pd.Series | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas remarks on the order that is tried here
        try:
            return pd.to_datetime(_as_iso(values, day_first=day_first), format="ISO8601")
        except ValueError:
            return None


def _as_iso(values: pd.Series, *, day_first: bool) -> pd.Series:
    order = r"\3-\2-\1" if day_first else r"\3-\1-\2"
    padded = values.astype(str).str.strip().str.replace(r"\b(\d)\b(?=[/.\- ])", r"0\1", regex=True)
    return padded.str.replace(r"^(\d\d)[/.\- ](\d\d)[/.\- ](\d{4})", order, regex=True)


def _bad(table: Table, column: str, why: str) -> DataError:
    values = table.frame[column]
    row = 0 if "both fit" in why else _first_odd(values)
    return DataError(
        wanted="dates in one unambiguous format, between 1678 and 2261, in one time zone",
        got=f"{quoted(values.iloc[row])} ({why})",
        where=table.where(row, column),
        todo="Write every time as 2020-01-31 or 2020-01-31 13:45, in UTC if zones differ; or "
        "number the steps.",
    )


def _first_odd(values: pd.Series) -> int:
    """Return the row that is no date, or has an offset where the first has none, or none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # looking for the row that does not fit the first
        fits = pd.to_datetime(values.astype(str), errors="coerce", utc=True).notna()
    fits &= ~values.astype(str).str.strip().str.lower().isin(_MOVING)
    if fits.all():
        offsets = _offsets(values)
        fits = offsets.isna() == offsets.isna().iloc[0]
    return 0 if fits.all() else int(np.argmin(fits))
