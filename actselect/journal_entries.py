"""What entries of a journal may hold: a study that is resumed may come from somebody else.

A checksum shows that a line is whole, not that we wrote it.  Here types and signs are looked at, so
that a replay fails with the line's key and not somewhere in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from actselect.exceptions import StudyError

Check = Callable[[Any], bool]
LARGEST: Final = 1e150  # as in a report


def _number(value: Any) -> bool:  # noqa: ANN401 - JSON
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and abs(value) <= LARGEST


def _amount(value: Any) -> bool:  # noqa: ANN401
    return _number(value) and value >= 0


def _count(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int) and _amount(value)


def _positive(value: Any) -> bool:  # noqa: ANN401
    return _count(value) and value > 0


def _numbers(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, list) and all(map(_number, value))


def _rungs(value: Any) -> bool:  # noqa: ANN401
    plain = isinstance(value, list) and len(value) > 0 and all(map(_positive, value))
    return plain and value == sorted(set(value))


def _truth(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, bool)


def _text(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str)


def _nothing(value: Any) -> bool:  # noqa: ANN401
    return value is None


def _or_nothing(check: Check) -> Check:
    return lambda value: value is None or check(value)


TRAINING: Final[Mapping[str, Check]] = {
    "epochs": _count, "best_epoch": _count, "finished": _truth, "cut": _truth,
    "diverged": _or_nothing(_text), "score": _or_nothing(_number), "stop_losses": _numbers,
    "steps": _count, "train_ms_per_step": _amount, "infer_ms_per_sequence": _amount,
    "seconds": _amount, "checkpoint": _nothing,
}  # fmt: skip
BASELINE: Final[Mapping[str, Check]] = {"score": _number, "seconds": _amount}
TESTED: Final[Mapping[str, Check]] = {
    "label": _text, "mean": _number, "low": _number, "high": _number,
}  # fmt: skip
ONCE: Final[Mapping[str, Mapping[str, Check]]] = {
    "probe": {"seconds": _amount},
    "plan": {
        "architectures": _positive, "brackets": _positive, "rungs": _rungs, "finalists": _positive,
    },
    "room": {"epochs": _number},
    "refit": {"epochs": _positive},
    "test opened": {"opening": _positive},
}  # fmt: skip
MEASUREMENT: Final[Mapping[str, Check]] = {"found": lambda value: isinstance(value, dict)}
BESIDE: Final[Mapping[str, Check]] = {"elapsed": _amount, "sha256": _text}
"""What any entry may have besides."""


def check_entries(entries: Iterable[tuple[str, Any]], path: Path) -> None:
    """Raise unless every entry of a journal is of a kind that a study writes.

    Raises:
        StudyError: one is not; the message has its key.
    """
    for key, value in entries:
        if problem := _problem(key, value):
            raise StudyError(
                f"{path}: the entry {key[:80]!r} is none that this actselect writes: {problem}. "
                "Remove its line to have that job done again, or start a new study."
            )


def _problem(key: str, value: Any) -> str:  # noqa: ANN401
    """Return what is wrong with an entry, "" where nothing is."""
    if not isinstance(value, dict):
        return "it holds no record"
    if "found" in value:  # a measurement, which decides nothing
        return _of_record(value, MEASUREMENT)
    if key == "test scores":
        return next(filter(None, (_of_record(v, TESTED) for v in value.values())), "")
    if key in ONCE:
        return _of_record(value, ONCE[key])
    return _of_record(value, BASELINE if "|baseline|" in key else TRAINING)


def _of_record(value: Any, wanted: Mapping[str, Check]) -> str:  # noqa: ANN401
    if not isinstance(value, dict):
        return "it holds no record"
    for name, check in {**BESIDE, **wanted}.items():
        if name not in value:
            if name in wanted:
                return f"{name!r} is missing"
        elif not check(value[name]):
            return f"{name!r} is {value[name]!r}"[:80]
    unknown = sorted(set(value) - set(wanted) - set(BESIDE))
    return f"{unknown[0]!r} is unknown" if unknown else ""
