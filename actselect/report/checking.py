"""Whether the numbers of a loaded report can be those of a study: somebody may have changed them.

Types are checked where the file is read; here it is ranges, and lists that belong together.  What
passes can be drawn and compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from actselect.records import CostRecord, DiagnosticsRecord, ReportRecord

LARGEST: Final = 1e150  # far beyond scores of float32 networks; its square is still a number
LARGEST_WHOLE: Final = 2**63

ABOVE_0: Final = frozenset({"learning_rate"})
AT_LEAST_0: Final = frozenset({
    "sequences", "length", "length_min", "length_max", "margin", "repeats", "seconds", "rank",
    "tier", "num_layers", "hidden_size", "parameters", "train_ms_per_step", "diverged",
    "infer_ms_per_sequence", "inference_ms_per_sequence", "examples", "openings", "studies",
    "false_claims", "amount", "spent", "workers", "trainings", "epochs", "architectures", "trials",
    "pruned", "rates_each", "counts", "rungs", "lags", "norms", "decay", "half_life", "singular",
    "peak_memory_mb",
})  # fmt: skip
SHARES: Final = frozenset({
    "confidence", "probability_best", "importance", "vanishing", "exploding", "saturated", "dead",
})  # fmt: skip
TOGETHER: Final = (
    ("lags", "norms"),
    ("values", "scores", "counts"),
    ("rows", "scores"),
    ("classes", "counts"),
    ("truth", "forecast"),
)
"""Lists of one record that have an entry for the same things."""

Found = tuple[str, str]  # where, and what is wrong there


def problem_of(record: ReportRecord | DiagnosticsRecord | CostRecord) -> str:
    """Return the first thing of a record that cannot be so, with its place; "" where all can."""
    for where, what in _problems(asdict(record), (), ""):
        return f"{where}: {what}"
    return ""


def _problems(value: Any, where: tuple[str, ...], name: str) -> Iterator[Found]:  # noqa: ANN401
    """Yield what is wrong; ``name`` is that of the field, also of the entries of a list."""
    if isinstance(value, dict):
        yield from _apart(value, where)
        for key, item in value.items():
            yield from _problems(item, (*where, key), name if name == "peak_memory_mb" else key)
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _problems(item, (*where, str(place)), name)
    elif isinstance(value, int | float) and (wrong := _wrong(value, name)):
        yield ".".join(where), f"{wrong}; got {str(value)[:20]}"


def _wrong(number: float, name: str) -> str:
    most = LARGEST_WHOLE if isinstance(number, int) else LARGEST
    if abs(number) > most:
        return f"must be within {most:.1g} of 0"
    if name in ABOVE_0 and number <= 0:
        return "must be above 0"
    if name in AT_LEAST_0 and number < 0:
        return "must not be negative"
    if name in SHARES and not 0 <= number <= 1:
        return "must be from 0 to 1"
    return ""


def _apart(fields: dict[str, Any], where: tuple[str, ...]) -> Iterator[Found]:
    """Yield lists of a record that should be equally long and are not."""
    for names in TOGETHER:
        lists = [fields[name] for name in names if isinstance(fields.get(name), tuple | list)]
        if len(lists) == len(names) and len({len(entries) for entries in lists}) > 1:
            yield ".".join(where) or "report", f"{' and '.join(names)} must be equally long"
    for name, width in (("scores", "columns"), ("counts", "classes")):
        if isinstance(fields.get(width), tuple | list):
            wanted = len(fields[width])
            if any(len(row) != wanted for row in fields.get(name, ()) if isinstance(row, tuple)):
                yield ".".join((*where, name)), f"rows must have {wanted} entries, as {width} has"
    for level, values in fields.get("bands", ()):
        if len(values) != len(fields["forecast"]):
            yield ".".join((*where, "bands")), f"{level} must be as long as forecast"
