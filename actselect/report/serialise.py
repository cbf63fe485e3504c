"""``report.json`` as text: written stably, read strictly."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from actselect.exceptions import StudyError
from actselect.records import SCHEMA_VERSION, ReportRecord
from actselect.report import plain_json
from actselect.why import without_clock

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

_Lost = dict[tuple[str, ...], float]  # path of a field -> the NaN or infinity that stood there

FILE = "report.json"
MISSING = object()
SURROGATE = re.compile("[\ud800-\udfff]")
TIMED = frozenset({"created", "command", "seconds", "elapsed", "peak_memory_mb", "workers"})
DURATION = re.compile(
    r"\s*\([^()]*\b\d[^()]*\b(?:ms|s|sec|min|h|second|minute|hour|day)s?\b[^()]*\)"
)


def to_json(record: ReportRecord) -> str:
    """Return the text of ``report.json``, which :func:`from_json` reads; equal records, equal text.

    NaN and infinity become null in a place that may be empty, and are an error elsewhere.

    Raises:
        StudyError: a field is of the wrong type, NaN or infinite; the message names it.
    """
    lost: _Lost = {}
    typed = _record(_plain(asdict(record), (), lost), lost)  # as it will be read: 5 as 5.0
    return plain_json.dumps(asdict(typed)) + "\n"


def from_json(text: str) -> ReportRecord:
    """Return the report that ``text`` holds.

    Raises:
        StudyError: it is no report, or of another schema version, or a field is missing,
            unknown, or of the wrong type; the message names the field.
    """
    return _record(_parse(text))


@cache
def _json_schema() -> str:
    described = _adapter().json_schema(mode="validation")
    for part in (described, *described["$defs"].values()):
        if "properties" in part:
            part["additionalProperties"] = False
    described["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    described["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    return json.dumps(described)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``report.json``."""
    described: dict[str, Any] = json.loads(_json_schema())
    return described


def without_times(record: ReportRecord) -> dict[str, Any]:
    """Return the report as plain data, less all that differs between two equal runs.

    Left out: dates, the command, durations and speeds, memory, the number of workers, the time
    spent of a budget of time, and durations in parentheses in the sentences of verdict and outlook;
    sentences on why that rest on a clock, and what is said of the guide's claim on cost.
    """
    data: dict[str, Any] = _untimed(json.loads(to_json(record)))
    data["verdict"]["sentence"] = DURATION.sub("", data["verdict"]["sentence"])
    data["outlook"] = [DURATION.sub("", sentence) for sentence in record.outlook]
    for row in data["ranking"]:
        if row["diagnostics"] is not None:
            row["diagnostics"]["why"] = without_clock(row["diagnostics"]["why"])
    claims = data["guide"]["claims"]
    data["guide"]["claims"] = [claim for claim in claims if claim["id"] != "cost"]
    if record.budget.kind == "time":
        del data["budget"]["spent"]
    return data


def _untimed(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in TIMED and "_ms_" not in k}
        return {key: _untimed(item) for key, item in kept.items()}
    if isinstance(value, list):
        return [_untimed(item) for item in value]
    return value


def _plain(value: Any, where: tuple[str, ...], lost: _Lost) -> Any:  # noqa: ANN401 - JSON
    """Return ``value`` as JSON has it.

    Lone surrogates become U+FFFD, NumPy's numbers plain ones, and NaN and infinity None: those
    are noted in ``lost``.
    """
    if isinstance(value, dict):
        return {_text(str(k)): _plain(v, (*where, _text(str(k))), lost) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, (*where, str(i)), lost) for i, item in enumerate(value)]
    if isinstance(value, str):
        return _text(value)
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, float) and not math.isfinite(number):
        lost[where] = number
        return None
    return number


def _not_finite(where: tuple[str, ...], number: float) -> StudyError:
    return StudyError(f"{FILE}: {'.'.join(where)} must be a finite number; got {number}.")


def _text(text: str) -> str:
    return SURROGATE.sub("\ufffd", text)


def _parse(text: str) -> dict[str, Any]:
    lost: dict[tuple[str, ...], float] = {}
    try:
        data = json.loads(text, parse_constant=_refuse)
        _plain(data, (), lost)
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{FILE}: not valid JSON ({error}). Was it cut off?") from error
    if not isinstance(data, dict):
        raise StudyError(f"{FILE}: wanted an object; got {type(data).__name__}.")
    for where, number in lost.items():  # 1e999 reads as infinity
        raise _not_finite(where, number)
    _check_version(data.get("schema_version"))
    return data


def _check_version(version: object) -> None:
    if version == SCHEMA_VERSION and type(version) is int:
        return
    newer = type(version) is int and version > SCHEMA_VERSION
    todo = "Upgrade actselect to read it." if newer else "Was it written by actselect?"
    raise StudyError(
        f"{FILE}: schema_version is {version!r}; this actselect reads schema_version "
        f"{SCHEMA_VERSION}. {todo}"
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _record(data: dict[str, Any], lost: _Lost | None = None) -> ReportRecord:
    """Check ``data``; of a wrong field that is in ``lost``, the message has the number there."""
    from pydantic import ValidationError

    try:
        record = _adapter().validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        where = tuple(str(part) for part in error.errors()[0]["loc"])
        if lost and where in lost:
            raise _not_finite(where, lost[where]) from error
        raise StudyError(_explain(error)) from error
    if unknown := _unknown(data, asdict(record), ()):
        raise StudyError(
            f"{FILE}: unknown field {unknown}. It was changed by hand or by another program."
        )
    return record


@cache
def _adapter() -> TypeAdapter[ReportRecord]:
    from pydantic import TypeAdapter

    return TypeAdapter(ReportRecord)


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    got = "" if first["type"] == "missing" else f"; got {first['input']!r:.60}"
    return f"{FILE}: {where}: {first['msg']}{got}."


def _unknown(given: Any, known: Any, where: tuple[str, ...]) -> str | None:  # noqa: ANN401 - JSON
    """Return the path of the first key that the record did not take over, or None."""
    if isinstance(given, dict):
        pairs = [(key, item, known.get(key, MISSING)) for key, item in given.items()]
    elif isinstance(given, list):
        pairs = [(str(i), *both) for i, both in enumerate(zip(given, known, strict=True))]
    else:
        return None
    for key, item, taken in pairs:
        path = (*where, key)
        found = ".".join(path) if taken is MISSING else _unknown(item, taken, path)
        if found:
            return found
    return None
