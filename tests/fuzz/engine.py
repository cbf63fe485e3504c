"""One fuzzing run with atheris: new findings are kept beside the log, and the run goes on."""

from __future__ import annotations

import hashlib
import random
import re
import resource
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported late, so that atheris sees it
    from tests.fuzz.targets import Question

MEMORY = Path("/dev/shm")  # noqa: S108 - files of a run never reach a disk
ROOM = 4 * 2**30  # bytes of addresses a run may ask for beyond what it starts with
MOST_OF_A_KIND = 2


def fuzz(name: str, *, seconds: int, out: Path) -> None:
    """Fuzz one target; never returns, as libFuzzer ends the process.

    The first byte of what the fuzzer makes chooses the question, the rest is the file.

    Args:
        name: of the target.
        seconds: how long, by the clock.
        out: where findings are kept, one file each and a line in ``faults.txt``.
    """
    import atheris  # type: ignore[import-untyped, unused-ignore]

    _import_from_files()
    with atheris.instrument_imports(include=["actselect", "PIL"]):
        from tests.fuzz.property import fault, prepared
        from tests.fuzz.targets import questions_of

        questions = questions_of(name)
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-", dir=MEMORY if MEMORY.is_dir() else None))
    paths = [prepared(folder / str(i), question) for i, question in enumerate(questions)]
    _write_corpus(folder / "corpus", questions)
    warnings.simplefilter("error")
    _limit_addresses()
    seen: dict[str, int] = {}
    ends = time.monotonic() + seconds

    def once(data: bytes) -> None:
        if time.monotonic() > ends:
            _clear(folder)
        elif data:
            i = data[0] % len(questions)
            found = fault(questions[i], paths[i], data[1:])
            if found is not None:
                _keep(found, data[1:], f"{i}-{questions[i].file}", out, seen)

    options = ("-timeout=60", "-rss_limit_mb=6000", "-max_len=40000", "-print_final_stats=1",
               f"-max_total_time={seconds}", f"-artifact_prefix={out}/")  # fmt: skip
    arguments = [sys.argv[0], *options, str(folder / "corpus")]
    atheris.Setup(arguments, once, custom_mutator=_mutator(questions))
    atheris.Fuzz()


def _mutator(questions: tuple[Question, ...]) -> Callable[[bytes, int, int], bytes]:
    """Return what changes an input: seldom the question, else its file as the question says."""
    import atheris  # type: ignore[import-untyped, unused-ignore]

    def flip(part: bytes) -> bytes:
        return bytes(atheris.Mutate(part, max(len(part) + 16, 32)))

    def changed(data: bytes, size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if not data or rng.random() < 0.02:
            return bytes(atheris.Mutate(data, size))
        made = data[1:]
        mutate = questions[data[0] % len(questions)].mutate
        try:
            for _ in range(rng.choice((1, 1, 2, 3))):
                made = mutate(made, rng, flip)
        except (RecursionError, ValueError, OverflowError):  # of the mutator: JSON too deep
            made = flip(made)
        return data[:1] + made[: size - 1]

    return changed


def _write_corpus(corpus: Path, questions: tuple[Question, ...]) -> None:
    corpus.mkdir()
    for i, question in enumerate(questions):
        for content in (*question.seeds, *question.others):
            start = bytes([i]) + content
            (corpus / hashlib.sha256(start).hexdigest()).write_bytes(start)


def _import_from_files() -> None:
    """Take out the finder of an editable install: what it loads, atheris does not instrument."""
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if "Redirecting" not in type(finder).__name__
    ]
    sys.path.insert(0, str(Path(__file__).parents[2]))


def _clear(folder: Path) -> None:
    """Remove the files of a run; libFuzzer ends the process without a chance to do so later."""
    for place in folder.iterdir():
        if place.name != "corpus":
            shutil.rmtree(place, ignore_errors=True)


def _keep(found: str, content: bytes, name: str, out: Path, seen: dict[str, int]) -> None:
    kind = re.sub(r":\d+$", "", found.partition(": ")[0])
    seen[kind] = seen.get(kind, 0) + 1
    if seen[kind] > MOST_OF_A_KIND:
        return
    mark = hashlib.sha256(content).hexdigest()[:8]
    (out / f"{mark}-{name.replace('/', '-')}").write_bytes(content)
    line = f"{mark}\t{found}".replace("\n", "\\n")
    with (out / "faults.txt").open("a", encoding="utf8", errors="replace") as file:
        file.write(line + "\n")
    sys.stderr.write(f"FAULT {line[:300]!r}\n")


def _limit_addresses() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, resource.RLIM_INFINITY))
