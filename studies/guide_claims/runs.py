"""The verdicts as the data that ``actselect guide`` quotes: ``actselect/guide_data/runs.toml``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from actselect.files import write_atomically
from studies.guide_claims.claims import QUESTIONS

RUNS: Final = Path(__file__).parents[2] / "actselect" / "guide_data" / "runs.toml"
KEYS: Final = {"for": "favour", "against": "against", "equal": "equal", "open": "open"}
ACROSS: Final = {question.claim for question in QUESTIONS if question.kind == "reversal"}
HEAD: Final = """\
# What our own runs came to, claim by claim.  Made by `python -m studies.guide_claims` from
# studies/guide_claims/results/verdicts.json; not written by hand.  The rules are in its README.md.
#
# favour, against, equal, open: the data sets that are for the claim, against it, equal within the
# practical margin, and those that cannot tell.  across: the verdict comes from comparing them.
"""


def write_runs(verdicts: Mapping[str, Any], path: Path = RUNS) -> None:
    """Write the verdicts, as ``verdicts.json`` has them, for the package."""
    write_atomically(path, text(verdicts))


def text(verdicts: Mapping[str, Any]) -> str:
    """Return the file: one entry for each claim, in the order of ``verdicts``."""
    return "\n".join([HEAD, *("\n".join(_entry(*item)) + "\n" for item in verdicts.items())])


def _entry(claim: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield "[[run]]"
    yield f'claim = "{claim}"'
    yield f'verdict = "{found["verdict"]}"'
    if claim in ACROSS:
        yield "across = true"
    for stand, key in KEYS.items():
        names = [name for name, own in found["sides"].items() if own == stand]
        if names:
            yield f"{key} = {json.dumps(names)}"  # a list of plain names reads the same in TOML
