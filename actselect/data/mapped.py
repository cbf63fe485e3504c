"""Arrays that stay in their file: pages are read when they are looked at.

A process that receives one opens the file again, so it travels as a path and not as its content.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, final

import numpy as np
import numpy.typing as npt

from actselect.data.table import reason
from actselect.exceptions import DataError


@final
class MappedArray(np.memmap[Any, Any]):
    """A read-only array of a file, made by :func:`map_file`.

    What is taken or computed from it is an ordinary array.
    """

    place: tuple[str, str, tuple[int, ...], int] | None = None

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - of every kind that numpy takes
        return np.asarray(self)[index]

    def __array_wrap__(
        self,
        array: npt.NDArray[Any],
        context: Any = None,  # noqa: ANN401
        return_scalar: bool = False,  # numpy's own signature
    ) -> Any:  # noqa: ANN401
        return np.asarray(array)[()] if return_scalar else np.asarray(array)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        if self.place is None:  # a view, such as a reshaped one
            return np.array, (np.asarray(self),)
        return map_file, self.place


def map_file(
    path: str | Path, dtype: npt.DTypeLike, shape: tuple[int, ...], offset: int = 0
) -> npt.NDArray[Any]:
    """Return part of a file as a read-only array.

    Args:
        path: the file.
        dtype: type of an entry, no objects.
        shape: any; at least one entry.
        offset: bytes before the first entry.

    Raises:
        DataError: the file is gone, or shorter than that.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder) / "letters"
    ...     _ = written.write_bytes(b"# abc")
    ...     map_file(written, "uint8", (3,), offset=2).tolist()
    [97, 98, 99]
    """
    full = str(Path(path).absolute())
    kind = np.dtype(dtype)
    try:
        array = MappedArray(full, dtype=kind, mode="r", offset=offset, shape=shape)
    except (OSError, ValueError) as error:
        raise DataError(
            wanted=f"a file that holds {shape} values of {kind} after {offset} bytes",
            got=reason(error),
            where=Path(path).name,
            todo="Put the file back as it was.",
        ) from error
    array.place = (full, kind.str, tuple(shape), offset)
    return array
