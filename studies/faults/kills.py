"""``kill -9``, and signals that may be answered, at random moments."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from studies.faults.study import Study, ended, faults_of, until_working, wait, workers

Row = dict[str, object]
LONGEST = 6.0  # seconds from one kill to the next at most
SOONER = 4.0  # seconds until a signal at most: an undisturbed study takes little more
WORKERS = 0.7  # of the kills hit a worker where there is one
EARLY = 0.2  # of the coordinators may be killed before they have finished anything
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def kills(folder: Path, reference: Study, number: int, seed: int) -> Row:
    """Kill coordinator or worker at random moments until the study is done.

    Args:
        folder: for this study.
        reference: an undisturbed one.
        number: of the round.
        seed: of moments and victims.
    """
    rng, study = random.Random(f"{seed} {number}"), Study(path=folder / "s")
    killed = {"coordinator": 0, "worker": 0}
    before: set[str] = set()
    lost: set[str] = set()
    started = time.monotonic()
    while not study.done:
        run = study.start()
        if rng.random() > EARLY:
            until_working(run, study)
        while not wait(run, rng.uniform(0.1, LONGEST)):
            victims = workers(run)
            if victims and rng.random() < WORKERS:
                rng.choice(victims).kill()
                killed["worker"] += 1
                continue
            run.kill()
            killed["coordinator"] += 1
            break
        run.communicate()
        lost |= before - set(study.keys())
        before |= set(study.keys())
        if run.returncode not in (0, -signal.SIGKILL):
            return {"round": number, **killed, "faults": f"exit {run.returncode}"}
    found = faults_of(study, reference, lost)
    seconds = round(time.monotonic() - started, 1)
    return {"round": number, **killed, "seconds": seconds, "faults": "; ".join(found)}


def signals(folder: Path, reference: Study, number: int, seed: int) -> Row:
    """Send one signal at a random moment, and resume."""
    rng, study = random.Random(f"{seed} {number}"), Study(path=folder / "s")
    sent = SIGNALS[number % len(SIGNALS)]
    twice = sent is signal.SIGINT and number % 2 == 0
    run = study.start()
    while not (study.path / "study.json").exists() and run.poll() is None:
        time.sleep(0.05)
    wait(run, rng.uniform(0.0, SOONER))
    at = time.monotonic()
    run.send_signal(sent)
    if twice and not wait(run, 0.3):
        run.send_signal(sent)
    code, stderr = ended(run)
    took = round(time.monotonic() - at, 2)
    before, found = set(study.keys()), []
    if code not in (0, 128 + sent):
        found.append(f"exit {code}")
    if "Traceback" in stderr or (code and not study.done and "actselect resume" not in stderr):
        found.append("no advice")
    if not study.done:
        again, _ = ended(study.start())
        found += [f"resumed with exit {again}"] if again else []
    found += (
        faults_of(study, reference, before - set(study.keys())) if study.done else ["no report"]
    )
    name = sent.name + (" twice" if twice else "")
    return {"round": number, "signal": name, "struck": code != 0, "exit": code, "took": took,
            "faults": "; ".join(found)}  # fmt: skip
