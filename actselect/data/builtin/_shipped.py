"""Real data that is shipped here, or by scikit-learn; origin and licence are in SOURCES.md."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np

from actselect.data.arrays import sequence_dataset_from_X
from actselect.data.dataset import SequenceDataset
from actselect.data.layout import long_format
from actselect.data.question import Question
from actselect.data.readers import read
from actselect.data.roles import Columns, assign_roles


def airpassengers() -> SequenceDataset:
    """Return the 144 monthly numbers of airline passengers, in thousands."""
    return _series("airpassengers", target="Passengers", time="Date")


def sunspots() -> SequenceDataset:
    """Return the 2820 monthly mean relative sunspot numbers."""
    return _series("sunspots", target="Sunspots", time="Month")


def digits() -> SequenceDataset:
    """Return 1797 handwritten digits as sequences of 8 rows with 8 pixels, 0 to 16."""
    from sklearn.datasets import load_digits  # a second to import, and needed only here

    images, labels = load_digits(return_X_y=True)
    return sequence_dataset_from_X(
        np.asarray(images).reshape(-1, 8, 8),
        labels,
        task="classification",
        feature_names=[f"pixel{i}" for i in range(8)],
        name="digits",
    )


def _series(name: str, *, target: str, time: str) -> SequenceDataset:
    with as_file(files("actselect.data.builtin") / f"{name}.csv") as path:
        table = read(path)
    if isinstance(table, SequenceDataset):  # for the type checker: a CSV file is a table
        raise TypeError(name)
    roles = assign_roles(table, Columns(target=target, time=time), task="forecasting")
    return long_format(table, roles, question=Question(task="forecasting"), name=name)
