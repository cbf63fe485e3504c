"""UEA/UCR .ts: a header of @tags, then one case a line, dimensions and target split by colons.

Source: https://www.aeon-toolkit.org/en/stable/api_reference/data_format.html.  Read are equal and
unequal lengths, one or several dimensions, ``@classLabel`` and ``@targetLabel``, and ``?`` for a
missing value; cases with time stamps are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.readers._text import text_lines
from actselect.data.readers._values import parsed_values
from actselect.exceptions import DataError
from actselect.records import FloatArray

MAX_DIMENSIONS = 10_000
"""A guard against files that are read the wrong way; the widest of the UEA archive has 1345."""

_IGNORED = frozenset({"problemname", "missing"})
_FLAGS = frozenset({"timestamps", "univariate", "equallength"})
_COUNTS = frozenset({"dimension", "dimensions", "serieslength"})


@dataclass(slots=True)
class _Header:
    """The tags of a file as they are read, in lower case."""

    flags: dict[str, bool] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    target: str | None = None
    classes: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)

    @property
    def dimensions(self) -> int | None:
        stated = self.counts.get("dimension", self.counts.get("dimensions"))
        return 1 if stated is None and self.flags.get("univariate") else stated


def read_ts(path: Path) -> SequenceDataset:
    """Return the cases of a .ts file; labels as str, ``@targetLabel`` as float64.

    Raises:
        DataError: a tag or a value cannot be read, a case contradicts the header, a class is not
            declared, or there are time stamps; the message names the line.
    """
    header = _Header()
    in_data = False
    cases: list[FloatArray] = []
    targets: list[str] = []
    lines: list[int] = []
    for line, raw in text_lines(path):
        text = raw.strip()
        where = f"{path.name}, line {line}"
        if not text or (not in_data and text.startswith("#")):
            continue
        if text.startswith("@"):
            in_data = _tag(header, text, where, in_data=in_data)
        elif not in_data:
            raise _bad(where, "a tag such as @univariate before @data", repr(text[:40]))
        else:
            case, target = _case(header, text, where)
            _check_against(cases, case, header, where)
            cases.append(case)
            targets.append(target)
            lines.append(line)
    if not cases:
        raise _bad(path.name, "a line @data and cases after it", "none")
    return _dataset(path, header, cases, targets, lines)


def _tag(header: _Header, text: str, where: str, *, in_data: bool) -> bool:
    """Read one tag line into the header; return True once the data begins."""
    tag, *words = text[1:].split() or [""]
    key = tag.lower()
    if in_data:
        raise _bad(where, "cases only after @data", repr(text[:40]))
    if key == "data":
        if header.flags.get("timestamps"):
            raise _timestamps(where)
        return True
    if key in _FLAGS:
        header.flags[key] = _flag(words, where)
    elif key in _COUNTS:
        header.counts[key] = _count(words, where)
    elif key in {"classlabel", "targetlabel"}:
        if _flag(words[:1], where):
            header.target = key
            header.classes = frozenset(words[1:])
    elif key not in _IGNORED:
        header.notes.append(f"The tag @{tag} was not understood and has no effect.")
    return False


def _flag(words: list[str], where: str) -> bool:
    if len(words) != 1 or words[0].lower() not in {"true", "false"}:
        raise _bad(where, "true or false", " ".join(words) or "nothing")
    return words[0].lower() == "true"


def _count(words: list[str], where: str) -> int:
    if len(words) != 1 or not words[0].isdecimal() or not 0 < int(words[0][:10]) < 10**9:
        raise _bad(where, "a whole number from 1 to a billion", " ".join(words) or "nothing")
    return int(words[0])


def _case(header: _Header, text: str, where: str) -> tuple[FloatArray, str]:
    """Return the values (T, F) of one line and its target ("" where there is none)."""
    if "(" in text:
        raise _timestamps(where)
    *parts, last = text.split(":")
    if header.target is None:
        parts, last = [*parts, last], ""
    elif not parts or not last.strip():
        raise _bad(where, "a target after the last colon", "none")
    if len(parts) > MAX_DIMENSIONS:
        raise _bad(where, f"at most {MAX_DIMENSIONS} dimensions", str(len(parts)))
    if any(not part.strip() for part in parts):
        raise _bad(where, "values in every dimension", "an empty one")
    if header.dimensions is not None and len(parts) != header.dimensions:
        raise _bad(where, f"{header.dimensions} dimensions, as the header says", str(len(parts)))
    values = [parsed_values(part.split(","), where) for part in parts]
    if len({len(dimension) for dimension in values}) > 1:
        raise _bad(where, "dimensions of one length", f"{[len(d) for d in values][:8]}")
    if header.classes and last.strip() not in header.classes:
        raise _bad(where, f"one of the classes {sorted(header.classes)}", repr(last.strip()))
    return np.stack(values, axis=1), last.strip()


def _check_against(cases: list[FloatArray], case: FloatArray, header: _Header, where: str) -> None:
    """Raise if the case contradicts the header or the first case."""
    if cases and case.shape[1] != cases[0].shape[1]:
        raise _bad(where, f"{cases[0].shape[1]} dimensions, as before", str(case.shape[1]))
    if header.flags.get("equallength"):
        length = header.counts.get("serieslength", len(cases[0]) if cases else len(case))
        if len(case) != length:
            raise _bad(where, f"{length} steps, as @equalLength true promises", str(len(case)))


def _dataset(
    path: Path,
    header: _Header,
    cases: list[FloatArray],
    targets: list[str],
    lines: list[int],
) -> SequenceDataset:
    width = cases[0].shape[1]
    named: npt.NDArray[np.generic] | None = None
    if header.target == "classlabel":
        named = np.array(targets, dtype=np.str_)
    elif header.target == "targetlabel":
        named = np.concatenate(
            [
                parsed_values([target], f"{path.name}, line {line}")
                for target, line in zip(targets, lines, strict=True)
            ]
        )
    return SequenceDataset(
        name=path.stem,
        values=np.concatenate(cases),
        lengths=np.array([len(case) for case in cases], dtype=np.int64),
        feature_names=("value",) if width == 1 else tuple(f"dim_{f}" for f in range(width)),
        targets=named,
        target_name="class" if header.target == "classlabel" else "target",
        series=tuple(map(str, lines)),
        notes=tuple(header.notes),
    )


def _timestamps(where: str) -> DataError:
    return DataError(
        wanted="values without time stamps",
        got="time stamps",
        where=where,
        todo="Convert to a CSV file with the columns series, time, value and the target.",
    )


def _bad(where: str, wanted: str, got: str) -> DataError:
    return DataError(wanted=wanted, got=got, where=where, todo="Correct the line or the header.")
