"""``python -m studies.speed``: all figures of README.md, measured in one run."""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch

import actselect as act
from actselect import nn as ours
from actselect.activations import activations, gates
from actselect.doctor import facts
from actselect.recurrence import native
from studies.speed import candidates
from studies.speed.contestants import B, Peer, T, eager_step, layer_step, packed_step
from studies.speed.timing import Step, Times, interleave

SIZES = ((16, 32), (16, 64), (64, 64), (128, 128))
STUDIES: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("airpassengers", "forecasting", {"horizon": 12}),  # tiny: starting and reporting weigh most
    ("adding", "regression", {}),  # 1000 sequences of 50 steps
    ("sunspots", "forecasting", {"horizon": 12}),
)
EPOCHS = 1000
FREE = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}
IMPORTS = {
    "torch": "import torch",
    "torch and actselect": "import torch, actselect, actselect.nn, actselect.recurrence.native",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One line of the table: how many times less time ours takes."""

    row: str
    what: str
    by_middle: float
    by_least: float
    bar: str
    note: str = ""


@dataclass(slots=True)
class Run:
    """What a run is asked and what it has found."""

    rounds: int
    quick: bool
    peers: Path | None
    table: list[Ratio]
    times: list[tuple[str, str, int, float]]

    def compare(
        self,
        row: str,
        bar: str | dict[str, str],
        mine: str,
        times: dict[str, Times],
        *,
        against: str = "",
    ) -> None:
        """Record all times, and the ratio of each contestant, or of one, to mine.

        ``bar`` is that of all contestants, or of those that have one.
        """
        self.times += [
            (row, name, i, s) for name, t in times.items() for i, s in enumerate(t.seconds)
        ]
        for name, other in times.items():
            if name != mine and (not against or name == against):
                ms = f"{1e3 * times[mine].least:.2f} against {1e3 * other.least:.2f} ms"
                self.add(
                    row, f"{mine} / {name}", other.middle / times[mine].middle,
                    other.least / times[mine].least,
                    bar if isinstance(bar, str) else bar.get(name, ""), ms,
                )  # fmt: skip

    def add(
        self, row: str, what: str, middle: float, least: float, bar: str = "", note: str = ""
    ) -> None:
        """Record a line and print it."""
        line = Ratio(row=row, what=what, by_middle=middle, by_least=least, bar=bar, note=note)
        self.table.append(line)
        print(f"{row:23} {what:52} {middle:7.2f} {least:7.2f}  {bar:12} {note}", flush=True)


def lstm(run: Run) -> None:
    """Time tanh/sigmoid against oneDNN."""
    for i, h in SIZES:
        steps = {
            "ours": layer_step(ours.LSTM(i, h), i, h),
            "nn.LSTM": layer_step(torch.nn.LSTM(i, h), i, h),
        }
        run.compare(f"LSTM {i}-{h}", "1.25 / 1.6", "ours", interleave(steps, run.rounds))


def catalogue(run: Run) -> None:
    """Time every activation in every role against nn.LSTM with tanh."""
    for i, h in ((16, 64),) if run.quick else ((16, 32), (16, 64), (128, 128)):
        steps: dict[str, Step] = {"nn.LSTM": layer_step(torch.nn.LSTM(i, h), i, h)}
        for name in activations():
            steps[name] = layer_step(ours.LSTM(i, h, activation=name), i, h)
        for name in gates():
            layer = ours.LSTM(i, h, recurrent_activation=name)
            steps[f"gate {name}"] = layer_step(layer, i, h)
        times = interleave(steps, max(3, run.rounds // 3))
        own = {k: t for k, t in times.items() if k != "nn.LSTM"}
        slow, fast = max(own, key=lambda k: own[k].least), min(own, key=lambda k: own[k].least)
        row = f"worst {i}-{h}"
        run.compare(row, "1.1 / 1.5", slow, times, against="nn.LSTM")
        run.add(row, f"slowest ({slow}) / fastest ({fast})", own[slow].middle / own[fast].middle,
                own[slow].least / own[fast].least, "at most 1.6")  # fmt: skip


def others(run: Run) -> None:
    """Time GRU and RNN against torch's."""
    for i in (16, 64):
        for name, bar in (("GRU", "3 / 4"), ("RNN", "1.5 / 3")):
            steps = {"ours": layer_step(getattr(ours, name)(i, 64), i, 64),
                     f"nn.{name}": layer_step(getattr(torch.nn, name)(i, 64), i, 64)}  # fmt: skip
            run.compare(f"{name} {i}-64", bar, "ours", interleave(steps, run.rounds))


def lengths(run: Run) -> None:
    """Time sequences of different lengths: 75 % of the steps exist."""
    counts = torch.randint(T // 2, T + 1, (B,), generator=torch.Generator().manual_seed(0))
    theirs = torch.nn.LSTM(16, 64)
    steps = {
        "ours, lengths": layer_step(ours.LSTM(16, 64), 16, 64, counts),
        "nn.LSTM, packed": packed_step(theirs, 16, counts),
        "nn.LSTM, padded": layer_step(theirs, 16, 64),
    }
    run.compare(
        "lengths", {"nn.LSTM, packed": "5 / 8"}, "ours, lengths", interleave(steps, run.rounds)
    )


def loops(run: Run) -> None:
    """Time softsign/hard_sigmoid against Python loops and other frameworks."""
    steps: dict[str, Step] = {"ours": layer_step(ours.LSTM(16, 64, **FREE), 16, 64)}
    steps["eager loop"] = eager_step(16, 64, "eager")
    for backend in ("bptt", "reference"):
        steps[f"backend {backend}"] = layer_step(ours.LSTM(16, 64, **FREE, backend=backend), 16, 64)
    if not run.quick:
        for how in ("compile", "script"):
            started = time.perf_counter()
            steps[how] = eager_step(16, 64, how)
            for _ in range(3):  # the script's profiling executor compiles at its second call
                steps[how]()
            print(f"  {how}: {time.perf_counter() - started:.1f} s to compile", flush=True)
        for name in ("keras", "jax") if run.peers else ():
            peer = Peer(run.peers, name, 16, 64)
            print(f"  {name}: {peer.ready or 'not installed there'}", flush=True)
            if peer.ready:
                steps[name] = peer.step
    times = interleave(steps, max(5, run.rounds // 2))
    bars = {
        "eager loop": "8 / 12", "compile": "6 / 10", "script": "6 / 10", "keras": "6 / 9",
        "jax": "4 / 6",
    }  # fmt: skip
    run.compare("loops", bars, "ours", times)
    _bound(run, times)


def _bound(run: Run, times: dict[str, Times]) -> None:
    """Record how much faster a layer at the floor would be: no kernel can be better."""
    module = native.MODULE
    if module is None:
        return
    spent = min(_seconds(lambda: module.multiply_add(200_000)) for _ in range(5))
    least = _work(16, 64) * spent / module.multiply_add(200_000)
    for name in [n for n in ("eager loop", "compile") if n in times]:
        run.add(
            "loops", f"the floor / {name}", times[name].middle / least, times[name].least / least
        )


def batches(run: Run) -> None:
    """Time smaller batches against the Python loop."""
    for batch in (16, 32):
        steps = {
            "ours": layer_step(ours.LSTM(16, 64, **FREE), 16, 64, batch=batch),
            "eager loop": eager_step(16, 64, "eager", batch),
        }
        run.compare(f"loops, B={batch}", "", "ours", interleave(steps, max(5, run.rounds // 2)))


def _seconds(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def _work(inputs: int, hidden: int) -> int:
    """Return the FLOPs of a training step of an LSTM, those of the activations not counted."""
    return 2 * T * B * 4 * hidden * (2 * (inputs + hidden) + hidden)


def floor(run: Run) -> None:
    """Measure which share of the core's multiply-adds the layer uses; activations not counted."""
    module = native.MODULE
    if module is None:
        return
    for i, h in SIZES:
        flops: list[float] = []

        def peak(flops: list[float] = flops) -> None:
            flops.append(module.multiply_add(200_000))

        steps = {"ours": layer_step(ours.LSTM(i, h), i, h), "peak": peak}
        times = interleave(steps, run.rounds)
        rate = {"middle": flops[0] / times["peak"].middle, "least": flops[0] / times["peak"].least}
        middle = _work(i, h) / rate["middle"] / times["ours"].middle
        least = _work(i, h) / rate["least"] / times["ours"].least
        bar = "0.75 / 0.85" if h == 128 else ""
        note = f"peak {rate['least'] / 1e9:.0f} GFLOP/s"
        run.add(f"floor {i}-{h}", "share of the fp32 floor", middle, least, bar, note)


def mixed(run: Run) -> None:
    """Time sixteen candidates, full training steps."""
    found = candidates.measure(2 if run.quick else 7, 2)
    times = {name: Times(seconds=tuple(values)) for name, values in found.items()}
    run.compare("candidates", "20 / 40", "two workers, kernels", times)


def study(run: Run) -> None:
    """Time a whole recommend with a fixed number of epochs, by each backend."""
    for data, task, options in STUDIES[: 1 if run.quick else None]:
        seconds: dict[str, list[float]] = {"native": [], "bptt": [], "reference": []}
        for _ in range(1 if run.quick else 2):
            for backend, spent in seconds.items():
                with tempfile.TemporaryDirectory() as folder:
                    started = time.perf_counter()
                    act.recommend(
                        data, task=task, **options, epochs_budget=300 if run.quick else EPOCHS,
                        workers=2, out=Path(folder) / "study", backend=backend, progress="quiet",
                    )  # fmt: skip
                    spent.append(time.perf_counter() - started)
        times = {name: Times(seconds=tuple(spent)) for name, spent in seconds.items()}
        run.compare(f"recommend {data}", {"reference": "5 / 10"}, "native", times)


def imports(run: Run) -> None:
    """Time what the package adds to importing torch."""
    steps: dict[str, Step] = {}
    for name, code in IMPORTS.items():
        steps[name] = lambda code=code: subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603
    times = interleave(steps, 3 if run.quick else 9, clock=time.perf_counter)
    run.times += [("import", n, i, s) for n, t in times.items() for i, s in enumerate(t.seconds)]
    more = times["torch and actselect"].middle - times["torch"].middle
    least = times["torch and actselect"].least - times["torch"].least
    run.add("import", "seconds on top of torch", more, least, "< 0.3")


ROWS: dict[str, Callable[[Run], None]] = {
    "lstm": lstm, "catalogue": catalogue, "others": others, "lengths": lengths, "loops": loops,
    "batches": batches, "floor": floor, "candidates": mixed, "recommend": study, "import": imports,
}  # fmt: skip


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="ROW,ROW", default=",".join(ROWS), help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="few rounds: does it run?")
    parser.add_argument("--peers-python", type=Path, help="a Python that has keras, torch and jax")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    run = Run(3 if options.quick else 25, options.quick, options.peers_python, [], [])
    before = os.getloadavg()
    print(f"{'row':23} {'ours / theirs':52} {'median':>7} {'least':>7}  bar", flush=True)
    for name in options.only.split(","):
        ROWS[name](run)
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "times.csv").open("w", newline="", encoding="utf8") as file:
        csv.writer(file).writerows([("row", "contestant", "round", "seconds"), *run.times])
    header = "| row | ours / theirs | by median | by minimum | at least / aim | |\n"
    header += "|---|---|---|---|---|---|\n"
    lines = [
        f"| {r.row} | {r.what} | {r.by_middle:.2f} | {r.by_least:.2f} | {r.bar} | {r.note} |\n"
        for r in run.table
    ]
    (options.out / "table.md").write_text(header + "".join(lines), encoding="utf8")
    place = {
        **facts(),
        "processor": _processor(),
        "load before": before,
        "load after": os.getloadavg(),
    }
    (options.out / "environment.json").write_text(
        json.dumps(place, indent=2) + "\n", encoding="utf8"
    )
    spread = median(abs(r.by_middle / r.by_least - 1) for r in run.table if r.by_least)
    print(f"Median and minimum ratios differ by {spread:.0%} (median over the rows).")


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = info.read_text(encoding="utf8").splitlines() if info.exists() else []
    return next((n.split(":")[1].strip() for n in names if "model name" in n), platform.processor())


if __name__ == "__main__":
    main()
