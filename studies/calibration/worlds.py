"""Tables of scores whose truth is known: simulated, and trained on what cannot differ.

Lower is better in the simulated ones; the spread of a repeat, without what all share, is 1.

Notation: R repeats, A networks; a last column is a baseline far behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from actselect.records import FloatArray, MetricRecord, ScoreTable
from actselect.statistics import LAST
from studies.recording import read

Noise = Literal["normal", "heavy", "skewed", "failures", "rate"]
LOSS = MetricRecord(name="loss", direction="minimize")
RATE = MetricRecord(name="accuracy", direction="maximize", rate=True)
FAR = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How scores come about.

    Args:
        name: of the row in the tables.
        networks: A.
        shared: share of a score's variance that all networks have in common on a repeat.
        rho: n_score / n_train; each network also has an error of variance rho that no repeat
            takes away, as Nadeau and Bengio suppose.
        noise: normal; heavy: t with 3 degrees of freedom; skewed: exponential; failures: normal,
            and one training in twenty ends 10 worse; rate: the share right of 40 examples.
        effects: standard deviation of the true means; 0 for an A/A study.
    """

    name: str
    networks: int
    shared: float
    rho: float
    noise: Noise
    effects: float = 0.0

    @property
    def metric(self) -> MetricRecord:
        """Of the scores."""
        return RATE if self.noise == "rate" else LOSS

    def draw(self, rng: np.random.Generator) -> tuple[ScoreTable, FloatArray]:
        """Return the table of a study, and the true means (A,), lower is better."""
        true = self.effects * rng.standard_normal(self.networks)
        shape = (LAST, self.networks)
        stuck = np.sqrt(self.rho) * rng.standard_normal(self.networks)
        common = np.sqrt(self.shared / (1.0 - self.shared)) * rng.standard_normal((LAST, 1))
        if self.noise == "rate":
            right = 0.9 + 0.03 * np.tanh(common / 2)
            scores = rng.binomial(40, np.broadcast_to(right, shape)) / 40
        else:
            scores = 10.0 + true + stuck + common + _noise(self.noise, shape, rng)
        far = -FAR if self.noise == "rate" else FAR
        table = ScoreTable(
            scores=np.column_stack([scores, np.full(LAST, far)]),
            names=(*(f"network {i}" for i in range(self.networks)), "far behind"),
            overlap=np.full(LAST, self.rho),
            direction=self.metric.direction,
            examples=np.full(LAST, 40) if self.noise == "rate" else None,
        )
        return table, true


def _noise(kind: Noise, shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    if kind == "heavy":
        return rng.standard_t(3, shape) / np.sqrt(3.0)
    if kind == "skewed":
        return rng.exponential(1.0, shape) - 1.0
    normal = rng.standard_normal(shape)
    return normal + 10.0 * (rng.random(shape) < 0.05) if kind == "failures" else normal


EQUAL = tuple(
    World(name=f"{noise}, {networks} networks, shared {shared}, rho {rho}",
          networks=networks, shared=shared, rho=rho, noise=noise)
    for noise, networks, shared, rho in (
        ("normal", 2, 0.0, 0.0), ("normal", 2, 0.0, 0.25), ("normal", 2, 0.8, 0.1),
        ("normal", 4, 0.0, 0.0), ("normal", 4, 0.5, 0.25), ("normal", 6, 0.0, 0.1),
        ("normal", 8, 0.5, 0.25), ("heavy", 2, 0.5, 0.0), ("heavy", 5, 0.5, 0.25),
        ("skewed", 2, 0.5, 0.0), ("skewed", 5, 0.5, 0.25), ("failures", 5, 0.5, 0.1),
        ("rate", 2, 0.0, 0.0), ("rate", 5, 0.5, 0.0),
    )
)  # fmt: skip
DIFFERENT = tuple(
    World(name=f"effects {effects}, rho {rho}", networks=5, shared=0.5, rho=rho, noise="normal",
          effects=effects)
    for effects in (0.3, 1.0, 3.0) for rho in (0.0, 0.25)
)  # fmt: skip


def trained(path: Path) -> Iterator[tuple[str, ScoreTable, MetricRecord]]:
    """Yield (data, table, metric) of recorded A/A studies, with a baseline far behind.

    Where labels were shuffled, the baseline is what a coin gets: nothing beats it.
    """
    for recorded in read(path, "study").values():
        networks = ~recorded.is_baseline
        scores = recorded.scores[:, networks]
        lower = recorded.metric.direction == "minimize"
        coin = 0.5 if "shuffled" in path.name else (FAR if lower else -FAR)
        table = ScoreTable(
            scores=np.column_stack([scores, np.full(len(scores), coin)]),
            names=(*(n for n, own in zip(recorded.names, networks, strict=True) if own), "base"),
            overlap=recorded.overlap,
            direction=recorded.metric.direction,
            examples=recorded.examples if recorded.metric.rate else None,
        )
        yield path.name.split(".")[0], table, recorded.metric
