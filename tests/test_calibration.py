"""The calibration study: what it counts, by hand, and a short run of its program."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from studies.calibration import __main__ as program
from studies.calibration import claims, jobs, processes, worlds

WORLD = worlds.World(name="w", networks=3, shared=0.5, rho=0.1, noise="normal", effects=1.0)


def test_usual_practice_claims_what_it_always_claims() -> None:
    """One seed: whoever is ahead.  Three and ten: when the t-test says so, and not else."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, (10, 2))
    apart = noise + np.array([0.0, 20.0])
    same = np.repeat(noise[:, :1], 2, axis=1)

    assert claims.usual(noise)["one_seed"]
    assert claims.usual(apart) == {"one_seed": True, "three_seeds": True, "ten_seeds": True}
    assert claims.usual(same) == {"one_seed": False, "three_seeds": False, "ten_seeds": False}


def test_a_world_has_the_means_and_the_spread_it_says() -> None:
    """Over 300 tables: differences have variance 2 (1 + rho) around the true ones."""
    rng = np.random.default_rng(1)
    gaps = []
    for _ in range(300):
        table, true = WORLD.draw(rng)
        gaps.append(table.scores[0, 1] - table.scores[0, 0] - (true[1] - true[0]))

    assert np.mean(gaps) == pytest.approx(0.0, abs=0.3)
    assert np.var(gaps) == pytest.approx(2 * 1.1, rel=0.25)


def test_a_planted_order_is_told_truly() -> None:
    """True means 0, 5 and 9 with little noise: two true statements, the best in the top tier."""
    table, _ = WORLD.draw(np.random.default_rng(2))
    true = np.array([0.0, 5.0, 9.0])
    scores = table.scores.copy()
    scores[:, :3] = 10 + true + np.random.default_rng(3).normal(0, 0.1, (len(scores), 3))
    planted = worlds.ScoreTable(
        scores=scores, names=table.names, overlap=table.overlap, direction="minimize"
    )

    found = claims.of_different(planted, true, worlds.LOSS)
    turned = claims.of_different(planted, true[::-1].copy(), worlds.LOSS)

    assert (found["statements"], found["true"], found["any_false"]) == (2, 2, 0)
    assert found["best_in_top_tier"] == 1
    assert (turned["true"], turned["any_false"], turned["best_in_top_tier"]) == (0, 1, 0)


@pytest.mark.parametrize("kind", ["twins", "shuffled"])
def test_recorded_studies_are_what_they_are_said_to_be(kind: str) -> None:
    """204 of each, 27 repeats of four networks, and none of them better than another."""
    tables = list(worlds.trained(jobs.TABLES / f"{kind}.csv.gz"))

    assert len(tables) == 204
    assert {table.scores.shape for _, table, _ in tables} == {(27, 5)}
    means = np.array([table.scores[:, :4].mean(axis=0) for _, table, _ in tables])
    spread = (means - means.mean(axis=1, keepdims=True)) / means.std(axis=1, keepdims=True)
    assert np.abs(spread.mean(axis=0)).max() < 4 / np.sqrt(204)


@pytest.mark.parametrize("kind", ["sums", "waves", "autoregression"])
def test_a_process_gives_fresh_data_of_one_kind(kind: str) -> None:
    """Of any size; two samples differ, and a task can be made of each."""
    process = processes.draw(kind, np.random.default_rng(4))
    one, two = process.sample(60)[0], process.sample(60)[0]

    assert one.shape == two.shape
    assert (one != two).any()
    assert process.task(200).n_examples > 100


@pytest.mark.slow
def test_the_program_runs_and_writes_its_rows_and_table(tmp_path: Path) -> None:
    """Two studies a case; every case has its rows, and the table its three parts."""
    program.main(
        ["--parts", "equal,different,coverage", "--studies", "2", "--whole", "1", "--out",
         str(tmp_path)]
    )  # fmt: skip
    with (tmp_path / "equal.csv").open(newline="", encoding="utf8") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 2 * (len(worlds.EQUAL) + 2)
    assert {row["false_claim"] for row in rows} <= {"0", "1"}
    table = (tmp_path / "table.md").read_text(encoding="utf8")
    assert "all trained" in table
    assert "Some are better" in table
    assert "Whole studies" in table
