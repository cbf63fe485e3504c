"""Files of sequences that are too wide to be kept."""

from __future__ import annotations

from pathlib import Path

DIMENSIONS = 100_000


def many_dimensions(folder: Path) -> Path:
    """Write 12 cases of 100 000 dimensions and three steps."""
    path = folder / "many.ts"
    header = ["@problemName many", "@timeStamps false", "@missing false", "@univariate false",
              f"@dimensions {DIMENSIONS}", "@equalLength true", "@classLabel true a b",
              "@data"]  # fmt: skip
    case = ":".join(["1,2,3"] * DIMENSIONS)
    path.write_text(
        "\n".join([*header, *(f"{case}:{'ab'[i % 2]}" for i in range(12)), ""]), encoding="utf-8"
    )
    return path
