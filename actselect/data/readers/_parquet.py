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
    except ImportError as error:
        raise MissingExtraError("Reading Parquet", "parquet") from error
    except Exception as error:  # damaged metadata can raise anything
        raise DataError(
            wanted="a Parquet file",
            got=reason(error),
            where=path.name,
            todo="Write it anew, for instance with DataFrame.to_parquet.",
        ) from error
    return from_frame(frame, path.name)
