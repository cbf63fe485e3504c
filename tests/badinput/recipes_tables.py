"""Tables that are too large to be kept."""

from __future__ import annotations

from pathlib import Path

MIB = 2**20


def a_long_name(folder: Path) -> Path:
    """Write two series, the second with a name of 10 000 characters."""
    path = folder / "long.csv"
    rows = [f"{name},{t},{t % 7}" for name in ("a", "b" * 10_000) for t in range(20)]
    path.write_text("\n".join(["id,t,y", *rows, ""]), encoding="utf-8")
    return path


def a_long_column_name(folder: Path) -> Path:
    """Write two columns, the second with a name of 10 000 characters."""
    path = folder / "long.csv"
    rows = [f"{t},{t % 7}" for t in range(20)]
    path.write_text("\n".join(["t," + "y" * 10_000, *rows, ""]), encoding="utf-8")
    return path


def many_columns(folder: Path) -> Path:
    """Write 20 rows of 100 000 columns."""
    path = folder / "wide.csv"
    row = ",".join("1" * 100_000)
    header = ",".join(f"c{i}" for i in range(100_000))
    path.write_text("\n".join([header, *[row] * 20, ""]), encoding="utf-8")
    return path


def a_long_line(folder: Path) -> Path:
    """Write 200 MB of a header that never ends."""
    path = folder / "line.csv"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(b"abcdefg," * (MIB // 8))
    return path
