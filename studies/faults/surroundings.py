"""Disks that are full or read-only, workers without memory or that hang, clocks that jump.

Needs root for the file systems, and a C compiler for the clock.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from studies.faults.study import (
    PATIENCE,
    Study,
    ended,
    faults_of,
    until_working,
    wait,
    workers,
)

Row = dict[str, object]
LONGEST = 3.5  # seconds until something happens, at most: an undisturbed study takes little more
FULL = ("No space left on device", "Not enough room", "database or disk is full")
ROOM = 20 * 2**20  # bytes of a disk that is large enough

CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long jump(void) {
  FILE *f = fopen(getenv("JUMP"), "r"); long s = 0;
  if (f) { if (fscanf(f, "%ld", &s) != 1) s = 0; fclose(f); }
  return s;
}
int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int r = real(id, t);
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) t->tv_sec += jump();
  return r;
}
int gettimeofday(struct timeval *t, void *z) {
  struct timespec now; clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec; t->tv_usec = now.tv_nsec / 1000; return 0;
}
time_t time(time_t *t) {
  struct timespec now; clock_gettime(CLOCK_REALTIME, &now);
  if (t) *t = now.tv_sec; return now.tv_sec;
}
"""

GREEDY = """
import multiprocessing, resource, sys, torch
import actselect
from actselect import activations
def function(x):
    if multiprocessing.parent_process() is not None:
        memory = resource.RLIMIT_AS
        resource.setrlimit(memory, (8 * 2**30, resource.getrlimit(memory)[1]))
        torch.empty({floats})
    return torch.tanh(0.7 * x)
activations.register_activation("greedy", function)
report = actselect.recommend(
    "airpassengers", task="forecasting", horizon=6, cells=["rnn"],
    activations=["tanh", "relu", "greedy"], depths=[1], hidden_size=6, epochs_budget=380, workers=2,
    out=sys.argv[1], progress="quiet", random_state={seed},
)
lost = [row.reason for row in report.ranking if "greedy" in row.label]
print("ranked", len(report.ranking), "greedy", lost)
"""


@contextlib.contextmanager
def disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount a disk of so many bytes."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size}", "none", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S603, S607


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)  # noqa: S603, S607


def full_disk(folder: Path, reference: Study, number: int, seed: int) -> Row:
    """Let somebody else fill the disk at a random moment, make room, resume."""
    rng = random.Random(f"{seed} {number}")
    with disk(folder / "disk", ROOM) as place:
        study = Study(path=place / "s")
        run = study.start()
        while not (study.path / "study.json").exists() and run.poll() is None:
            time.sleep(0.05)
        wait(run, rng.uniform(0.0, LONGEST))
        left = 4096 * rng.randrange(20)
        _fill(place, left)
        code, stderr = ended(run)
        found = _said(code, stderr, FULL, study)
        (place / "other").unlink()
        found += _resumed(study, reference)
    return {"round": number, "left": left, "struck": code != 0, "exit": code,
            "faults": "; ".join(found)}  # fmt: skip


def _fill(place: Path, left: int) -> None:
    """Write a file that leaves so many bytes of a disk."""
    free = shutil.disk_usage(place).free
    with (place / "other").open("wb") as file:
        file.write(b"\0" * max(0, free - left))


def read_only(folder: Path, reference: Study, number: int, seed: int) -> Row:
    """Begin, or go on after a kill, where nothing can be written; get the right to, resume."""
    rng = random.Random(f"{seed} {number}")
    with disk(folder / "disk", ROOM) as place:
        study = Study(path=place / "s")
        if number % 2 == 0:
            first = study.start()
            until_working(first, study)
            wait(first, rng.uniform(0.0, LONGEST))
            first.kill()
            first.communicate()
        _mount("-o", "remount,ro", str(place))
        code, stderr = ended(study.start())
        found = _said(code, stderr, ("Read-only file system",), study)
        _mount("-o", "remount,rw", str(place))
        found += _resumed(study, reference)
    return {"round": number, "struck": code != 0, "exit": code, "faults": "; ".join(found)}


def _said(code: int, stderr: str, reasons: tuple[str, ...], study: Study) -> list[str]:
    if code == 0 and study.done:
        return []
    wrong = [] if code in (1, 2) else [f"exit {code}"]
    lines = [line for line in stderr.splitlines() if line.startswith("Error: ")]
    known = len(lines) == 1 and any(reason in lines[0] for reason in reasons)
    if "Traceback" in stderr or not known:
        wrong.append(f"said {stderr[-300:]!r}")
    return wrong


def _resumed(study: Study, reference: Study) -> list[str]:
    before = set(study.keys())
    if not study.done:
        code, stderr = ended(study.start())
        if code:
            return [f"resumed with exit {code}: {stderr[-300:]!r}"]
    return faults_of(study, reference, before - set(study.keys()))


def no_memory(folder: Path, _reference: Study, number: int, seed: int) -> Row:
    """Let one activation want more memory than its worker may have."""
    floats = (4 << 30) * (1 + number)
    program = GREEDY.format(floats=floats, seed=seed + number)
    run = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", program, str(folder / "s")],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, stderr = run.communicate(timeout=600)
    fine = run.returncode == 0 and "ranked" in out
    return {"round": number, "exit": run.returncode, "said": out.strip(),
            "faults": "" if fine else stderr[-300:]}  # fmt: skip


def hung_worker(folder: Path, reference: Study, number: int, seed: int) -> Row:
    """Stop a worker, and never let it go on."""
    rng, study = random.Random(f"{seed} {number}"), Study(path=folder / "s")
    run = study.start()
    while not (study.path / "journal.jsonl").exists() and run.poll() is None:
        time.sleep(0.05)
    while not workers(run) and run.poll() is None:
        time.sleep(0.05)
    wait(run, rng.uniform(0.0, LONGEST))
    found = workers(run)
    if found:
        rng.choice(found).suspend()
    code, stderr = ended(run)
    faults = [f"exit {code}: {stderr[-300:]!r}"] if code else faults_of(study, reference, set())
    return {"round": number, "struck": len(found) > 0, "patience": PATIENCE,
            "faults": "; ".join(faults)}  # fmt: skip


def clock_jumps(folder: Path, _reference: Study, number: int, seed: int) -> Row:
    """Set the wall clock an hour or a day back or forth, again and again, in a study of 30 s."""
    rng = random.Random(f"{seed} {number}")
    source, library, jump = folder / "clock.c", folder / "clock.so", folder / "jump"
    source.write_text(CLOCK)
    compiler = shutil.which("cc") or "cc"
    subprocess.run(  # noqa: S603
        [compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True
    )
    jump.write_text("0")
    preload = {"LD_PRELOAD": str(library), "JUMP": str(jump)}
    study = Study(path=folder / "s", budget=("--budget", "30s"), environment=preload)
    over = threading.Event()

    def set_clock() -> None:
        while not over.wait(rng.uniform(0.5, 4.0)):
            jump.write_text(str(rng.choice([-86400, -3600, 0, 3600, 86400])))

    started = time.monotonic()
    run = study.start()
    threading.Thread(target=set_clock, daemon=True).start()
    code, stderr = ended(run, limit=120.0)
    over.set()
    seconds = round(time.monotonic() - started, 1)
    faults = [] if code == 0 else [f"exit {code}: {stderr[-300:]!r}"]
    faults += [] if 5.0 < seconds < 60.0 else [f"took {seconds} s"]
    return {"round": number, "seconds": seconds, "faults": "; ".join(faults)}
