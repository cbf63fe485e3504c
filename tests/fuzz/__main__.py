"""Fuzz a reader, or read again what was found: ``python -m tests.fuzz NAME --seconds 600``.

Without a name every kept finding is put to every question of its target, and what does not hold
is printed as JSON, by target.  That needs no atheris.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from pathlib import Path

FINDINGS = Path(__file__).with_name("findings")


def replayed(names: list[str]) -> dict[str, list[str]]:
    """Return the faults of seeds and kept findings, by target; a seed must be read as valid."""
    from actselect.exceptions import ActselectError
    from tests.fuzz.property import fault, prepared
    from tests.fuzz.targets import TARGETS, questions_of

    faults: dict[str, list[str]] = {}
    for name in names or list(TARGETS):
        questions = questions_of(name)
        kept = sorted(path for path in (FINDINGS / name).glob("*") if path.is_file())
        faults[name] = []
        for question in questions:
            with tempfile.TemporaryDirectory() as folder:
                path = prepared(Path(folder), question)
                for seed in question.seeds:
                    path.write_bytes(seed)
                    try:
                        question.ask(path)
                    except Exception as error:  # noqa: BLE001 - told below in its place
                        if isinstance(error, ActselectError):
                            faults[name].append(f"seed of {question.file}: {error}")
                contents = [(file.name, file.read_bytes()) for file in kept]
                contents += [("seed", one) for one in (*question.seeds, *question.others)]
                for file, content in contents:
                    if found := fault(question, path, content):
                        faults[name].append(f"{file}: {found}")
    return faults


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("name", nargs="?", help="target to fuzz; see targets.py")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--out", type=Path, help="where findings go (build/fuzz/NAME)")
    parser.add_argument("--replay", nargs="*", help="read kept findings again: of these, or all")
    asked = parser.parse_args()
    if asked.name is None or asked.replay is not None:
        warnings.simplefilter("error")
        print(json.dumps(replayed(asked.replay or [])))  # noqa: T201 - the result
        return
    from tests.fuzz.engine import fuzz

    fuzz(asked.name, seconds=asked.seconds, out=asked.out or Path("build/fuzz") / asked.name)


if __name__ == "__main__":
    main()
