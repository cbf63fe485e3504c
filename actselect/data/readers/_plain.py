"""Plain text, as language models learn from it: the whole file is one row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from actselect.data.readers._text import read_text
from actselect.data.table import Table, no_rows


def read_plain(path: Path) -> Table:
    r"""Return a file as one text; line ends of any system become ``\n``.

    Raises:
        DataError: it is no UTF-8 text, or holds nothing but white space.
    """
    text = read_text(path, lines=False).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise no_rows(path.name)
    frame = pd.DataFrame({"text": [text]}, dtype=object)
    return Table(frame=frame, source=path.name, rows=np.array([1], dtype=np.int64), unit="text")
