"""Arrays and lists of arrays as a data set: the adapter that estimators and ``load`` share.

Notation: N sequences, T steps (T_i of sequence i), S steps over all sequences, F features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from actselect.data.columns import too_large
from actselect.data.dataset import SequenceDataset
from actselect.data.targets import class_labels, target_numbers
from actselect.exceptions import DataError
from actselect.records import FloatArray


def sequence_dataset_from_X(  # noqa: N802 - X is scikit-learn's word
    X: Any,  # noqa: ANN401 - arrays of every library
    y: Any = None,  # noqa: ANN401
    *,
    task: str | None = None,
    lengths: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    feature_names: Sequence[str] | None = None,
    name: str = "data",
) -> SequenceDataset:
    """Return arrays as a data set; NaN stays NaN, and no minimum of sequences is asked for.

    Args:
        X: (N, T) one feature, (N, T, F), or N arrays (T_i, F) or (T_i,).
        y: (N,) labels or numbers; None for forecasting, and to predict.
        task: ``"forecasting"`` (feature 0 is the target), ``"classification"`` (y becomes text),
            ``"regression"`` (y becomes float64); None keeps y as it is.
        lengths: (N,) valid steps on the left of each padded sequence.
        groups: (N,) group of each sequence.
        feature_names: F names; ``x0``, ``x1``, ... where none are given.
        name: short name of the data set.

    Raises:
        DataError: a wrong number of axes, sizes that do not fit each other, infinite values, or
            values, labels or numbers that are none.

    >>> data = sequence_dataset_from_X(np.zeros((4, 7)), ["a", "b", "a", "b"],
    ...     task="classification")
    >>> len(data), data.sequence(0).shape, data.targets.tolist()
    (4, (7, 1), ['a', 'b', 'a', 'b'])
    """
    parts = _trimmed(_parts(X), lengths)
    widths = {part.shape[1] for part in parts}
    if len(widths) > 1:
        raise _bad("X", "sequences with the same features", f"{sorted(widths)} features")
    names = _names(feature_names, widths.pop())
    for i, part in enumerate(parts):
        _check_part(part, i)
    return SequenceDataset(
        name=name,
        values=np.concatenate(parts),
        lengths=np.array([len(part) for part in parts], dtype=np.int64),
        feature_names=names,
        targets=_targets(y, len(parts), task),
        target_name=names[0] if task == "forecasting" else "y",
        series=tuple(str(i) for i in range(len(parts))),
        groups=_groups(groups, len(parts)),
    )


def _parts(X: Any) -> list[FloatArray]:  # noqa: ANN401
    """Return N arrays (T_i, F); rejects every other number of axes."""
    if isinstance(X, Sequence) and not isinstance(X, str) and _is_ragged(X):
        return [_part(part, i) for i, part in enumerate(X)]
    array = _floats(X, "X")
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3:
        raise DataError(
            wanted="X of shape (N, T), (N, T, F), or a list of arrays (T_i, F)",
            got=f"shape {array.shape}",
            where="X",
            todo="Reshape your data: one long sequence is X[None, :, None]; a row of values per "
            "sequence is (N, T).",
        )
    if 0 in array.shape:
        raise _bad("X", "at least one sequence, step and feature", f"shape {array.shape}")
    return list(array)


def _is_ragged(X: Sequence[Any]) -> bool:
    """True for a list of arrays (also of equal length): its entries have a length each."""
    return len(X) > 0 and all(np.ndim(part) in {1, 2} for part in X)


def _part(part: Any, i: int) -> FloatArray:  # noqa: ANN401
    array = _floats(part, f"X[{i}]")
    return array[:, None] if array.ndim == 1 else array


def _floats(values: Any, where: str) -> FloatArray:  # noqa: ANN401
    try:
        array = np.asarray(values)
        if np.iscomplexobj(array):
            raise _bad(where, "real numbers", "complex numbers. Complex data not supported")
        with np.errstate(invalid="ignore", over="ignore"):  # signalling NaN; infinity is refused
            return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise _bad(where, "numbers", str(error)) from error


def _trimmed(parts: list[FloatArray], lengths: npt.ArrayLike | None) -> list[FloatArray]:
    """Cut each sequence to its length."""
    if lengths is None:
        return parts
    steps = np.asarray(lengths)
    if steps.shape != (len(parts),) or steps.dtype.kind not in "iu":
        raise _bad("lengths", f"{len(parts)} whole numbers", f"{steps.dtype} of {steps.shape}")
    for i, (part, length) in enumerate(zip(parts, steps.tolist(), strict=True)):
        if not 1 <= length <= len(part):
            raise _bad(f"lengths[{i}]", f"a length from 1 to {len(part)}", str(length))
    return [part[:length] for part, length in zip(parts, steps.tolist(), strict=True)]


def _check_part(part: FloatArray, i: int) -> None:
    if part.ndim != 2 or part.size == 0:
        raise _bad(f"X[{i}]", "at least one step and one feature", f"shape {part.shape}")
    beyond = np.abs(part) > np.finfo(np.float32).max
    if beyond.any():
        step, feature = (int(k) for k in np.argwhere(beyond)[0])
        place = f"X[{i}], step {step}, feature {feature}"
        raise too_large(part[step, feature], place)


def _names(given: Sequence[str] | None, width: int) -> tuple[str, ...]:
    if given is None:
        return tuple(f"x{f}" for f in range(width))
    if len(given) != width:
        raise _bad("feature_names", f"{width} names", f"{len(given)}")
    return tuple(given)


def _targets(y: Any, n: int, task: str | None) -> npt.NDArray[np.generic] | None:  # noqa: ANN401
    if y is None:
        return None
    if task == "forecasting":
        raise _bad("y", "None for forecasting", "targets", "Make the target feature 0 of X.")
    _check_count(y, n, "y")
    if task is None:
        return np.asarray(y)
    return class_labels(y) if task == "classification" else target_numbers(y)


def _groups(groups: npt.ArrayLike | None, n: int) -> npt.NDArray[np.str_] | None:
    if groups is None:
        return None
    _check_count(groups, n, "groups")
    try:
        return np.asarray(groups).astype(np.str_)
    except ValueError as error:  # times without a unit
        todo = "Give the names of the groups as text."
        raise _bad("groups", "names", str(error), todo) from error


def _check_count(values: Any, n: int, name: str) -> None:  # noqa: ANN401
    shape = np.shape(values)
    if shape != (n,):
        raise _bad(name, f"one entry for each of the {n} sequences of X", f"shape {shape}")


def _bad(where: str, wanted: str, got: str, todo: str = "Check the shape of X.") -> DataError:
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
