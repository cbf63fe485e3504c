"""Parquet files, through pyarrow (the extra ``parquet``)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from actselect.data.table import Table, from_frame, reason
from actselect.exceptions import DataError, MissingExtraError


def read_parquet(path: Path) -> Table:
    """Return a Parquet file as a table; columns keep their types.

    Raises:
        MissingExtraError: pyarrow is not installed.
        DataError: the file is damaged, empty, or no Parquet file.
    """
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
        for i in range(frame.shape[1]):
            _check_text(frame.iloc[:, i])
    except ImportError as error:
        raise MissingExtraError("Reading Parquet", "parquet") from error
    except Exception as error:  # damaged metadata can raise anything
        raise DataError(
            wanted="a Parquet file",
            got=reason(error),
            where=path.name,
            todo="Write it anew, for instance with DataFrame.to_parquet.",
        ) from error
    for name in frame.columns:
        _refuse_distant(frame[name], f"{path.name}, column {str(name)!r}")
    return from_frame(frame, path.name)


def _check_text(column: pd.Series) -> None:
    """Raise an error of pyarrow for text that is no UTF-8, which is read but cannot be used."""
    if isinstance(column.dtype, pd.StringDtype | pd.ArrowDtype):
        stored = column.array.__arrow_array__()
        stored.validate(full=True)


def _refuse_distant(column: pd.Series | pd.DataFrame, where: str) -> None:
    """Raise DataError for a time with a zone that Python's calendar, which zones need, has not."""
    if not isinstance(column, pd.Series) or not isinstance(column.dtype, pd.DatetimeTZDtype):
        return
    years = column.dt.tz_convert(None).dt.year
    if not years.dropna().between(2, 9998).all():
        raise DataError(
            wanted="times between the years 2 and 9998",
            got="others",
            where=where,
            todo="Correct the column; its unit may be another one.",
        )
