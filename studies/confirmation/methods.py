"""Ways to spend repeats, replayed on a recorded table, and whether what they say is true.

Notation: R repeats recorded, A networks of a study; lower is better in true means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from actselect import statistics
from actselect.records import FloatArray, MetricRecord, ScoreTable
from actselect.statistics import LAST
from actselect.verdict import default_margin
from studies.recording import Recorded, read
from studies.replay import Replay, replay

Row = Mapping[str, object]
NETWORKS: Final = 5  # of a study: three finalists and two more defaults
FAR: Final = 1e6
EACH: Final = (4, 5, 6, 7, 8, 10, 13, 17)  # repeats of each, fixed before
ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Networks and repeats drawn from a recorded table, and what all recorded repeats say.

    Args:
        table: (LAST, A + 1) scores, the last column a baseline far behind.
        metric: of the scores.
        true: (A,) mean of all recorded repeats, lower is better.
        margin: the practical margin.
    """

    table: ScoreTable
    metric: MetricRecord
    true: FloatArray
    margin: float

    def race(self, table: ScoreTable) -> Replay:
        """Return how a race goes; every look is decided."""
        is_baseline = [False] * NETWORKS + [True]
        return replay(
            table, is_baseline=is_baseline, margin=self.margin, metric=self.metric, watch=True
        )

    def judged(self, kind: str, picked: int, tiers: Sequence[int]) -> Row:
        """Return what was said, and whether it is true."""
        top = [c for c in range(NETWORKS) if tiers[c] == 1]
        best_of_top = min(self.true[c] for c in top)
        false = any(self.true[c] < best_of_top for c in range(NETWORKS) if tiers[c] > 1)
        if kind == "tie":
            false |= any(self.true[c] > best_of_top + self.margin for c in top)
        right = self.true[picked] <= self.true.min() + self.margin
        return {
            "verdict": kind,
            "settled": int(kind in ("winner", "tie")),
            "shown_worse": NETWORKS - len(top),
            "false": int(false),
            "right_pick": int(right),
            "correct": int(right and not false),
        }


def replays(path: Path, number: int) -> list[Row]:
    """Return the rows of so many studies, each of ``NETWORKS`` of a table's networks."""
    rows: list[Row] = []
    for data, recorded in read(path).items():
        rng = np.random.default_rng([3, *data.encode()])
        for index in range(number):
            found = _methods(_study(recorded, rng), rng)
            rows += [{"data": data, "study": index, **row} for row in found]
    return rows


def _study(recorded: Recorded, rng: np.random.Generator) -> Study:
    sign = 1.0 if recorded.metric.direction == "minimize" else -1.0
    networks = rng.permutation(np.flatnonzero(~recorded.is_baseline))[:NETWORKS]
    order = rng.permutation(len(recorded.scores))[:LAST]
    every = statistics.penalised(sign * recorded.scores)
    best = float(every[:, recorded.is_baseline].mean(axis=0).min())
    scores = recorded.scores[np.ix_(order, networks)]
    table = ScoreTable(
        scores=np.column_stack([scores, np.full(LAST, sign * FAR)]),
        names=(*(recorded.names[c] for c in networks), "far behind"),
        overlap=recorded.overlap[order],
        direction=recorded.metric.direction,
        examples=recorded.examples[order] if recorded.metric.rate else None,
    )
    true = every[:, networks].mean(axis=0)
    margin = default_margin(recorded.metric, best)
    return Study(table=table, metric=recorded.metric, true=true, margin=margin)


def _methods(study: Study, rng: np.random.Generator) -> list[Row]:
    rows = [_raced("race", study, study.table)]
    alone = study.table.scores.copy()
    alone[:, :NETWORKS] = rng.permuted(alone[:, :NETWORKS], axis=0)  # each on repeats of its own
    rows.append(_raced("unpaired race", study, replace(study.table, scores=alone)))
    for each in EACH:
        said = _fixed(study, each)
        rows.append({"method": f"{each} of each", "spent": each * NETWORKS, **said, "foreseen": ""})
    return rows


def _raced(name: str, study: Study, table: ScoreTable) -> Row:
    run = study.race(table)
    decision, repeats = run.decision, len(run.table.scores)
    foreseen = [
        f"{k}/{repeats - at}"  # of the leader's repeats; where it waits for others there are none
        for at, k in run.foreseen
        if k is not None and decision.clear and repeats > at
    ]
    said = study.judged(decision.verdict.kind, decision.recommended, decision.tiers)
    return {"method": name, "spent": run.spent, **said, "foreseen": " ".join(foreseen)}


def _fixed(study: Study, repeats: int) -> Row:
    """Say what the same tests say of a number of repeats that was fixed before: one look."""
    sign = 1.0 if study.metric.direction == "minimize" else -1.0
    scores = statistics.penalised(sign * study.table.scores[:repeats])[:, :NETWORKS]
    counted = study.table.examples
    examples = None if counted is None else float(counted.mean())
    rho = float(study.table.overlap.mean())
    leader = int(scores.mean(axis=0).argmin())
    rivals = [c for c in range(NETWORKS) if c != leader]
    gaps = {c: scores[:, c] - scores[:, leader] for c in rivals}
    p = [statistics.p_above(gaps[c], study.margin, rho, examples) for c in rivals]
    shown = dict(zip(rivals, statistics.shown_above(p, ALPHA), strict=True))
    rest = [c for c in rivals if not shown[c]]
    same = [statistics.p_beyond(gaps[c], study.margin, rho, examples) <= ALPHA for c in rest]
    kind = "winner" if not rest else "tie" if all(same) else "undecided"
    return study.judged(kind, leader, [2 if shown.get(c) else 1 for c in range(NETWORKS)])
