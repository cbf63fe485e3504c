"""What a study would have concluded from scores that are known already, and at what price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actselect import verdict
from actselect.records import MetricRecord, ScoreTable
from actselect.verdict import Decision, decide

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a confirmation went.

    Args:
        decision: what it concluded.
        table: the scores it saw.
        spent: trainings of networks.
        foreseen: (repeats so far, further repeats stated as needed) at each look that was not the
            last; None where none were foreseen to help.
    """

    decision: Decision
    table: ScoreTable
    spent: int
    foreseen: tuple[tuple[int, int | None], ...]


def concluded(
    table: ScoreTable, *, is_baseline: Sequence[bool], margin: float, metric: MetricRecord
) -> Decision:
    """Return the decision that these scores allow."""
    return decide(
        table, is_baseline=is_baseline, cost=[1.0] * len(is_baseline), margin=margin,
        labels=table.names, metric=metric, confidence=CONFIDENCE, seconds_per_training=1.0,
        rng=np.random.default_rng(0),
    )  # fmt: skip


def replay(
    full: ScoreTable,
    *,
    is_baseline: Sequence[bool],
    margin: float,
    metric: MetricRecord,
    watch: bool = False,
) -> Replay:
    """Race on known scores; ``watch`` also decides at each look, which fills ``foreseen``."""
    foreseen: list[tuple[int, int | None]] = []

    def look(table: ScoreTable) -> None:
        found = concluded(table, is_baseline=is_baseline, margin=margin, metric=metric)
        foreseen.append((len(table.scores), found.verdict.needed.repeats))

    seen = verdict.replay(
        full, is_baseline=is_baseline, margin=margin, confidence=CONFIDENCE,
        look=look if watch else None,
    )  # fmt: skip
    networks = ~np.asarray(is_baseline)
    return Replay(
        decision=concluded(seen, is_baseline=is_baseline, margin=margin, metric=metric),
        table=seen,
        spent=int((~np.isnan(seen.scores[:, networks])).sum()),
        foreseen=tuple(foreseen),
    )
