"""The study of known answers makes the data it says, scores by its rule, and saves what it ran."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from actselect.activations import get_activation
from actselect.cells import LSTMCell
from studies.power import problems
from studies.power.__main__ import main, planned
from studies.power.cells import CoupledCell
from studies.power.problems import Problem
from studies.power.table import share, write_table
from studies.power.tasks import GRU, LSTM, RNN, TASKS, judge

RELU, CIFG = "RNN relu", "CIFG tanh/sigmoid"


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_a_word_is_right_exactly_when_it_has_as_many_a_as_b() -> None:
    """All a come before all b, c anywhere; half of the words are miscounted."""
    words, labels = problems.counting(_rng(), n=60, longest=9, others=4)
    texts = ["".join("abc"[i] for i in word.argmax(1)) for word in words]

    assert ["a^n b^n" if t.count("a") == t.count("b") else "miscounted" for t in texts] == list(
        labels
    )
    assert all("ba" not in text.replace("c", "") for text in texts)
    assert 30 == (labels == "miscounted").sum()
    assert max(text.count("c") for text in texts) == 4


def test_the_sum_is_that_of_the_two_marked_numbers() -> None:
    """One mark lies in each half."""
    words, sums = problems.adding(_rng(), n=20, steps=10)
    marked = [word[word[:, 1] == 1.0, 0] for word in words]

    assert all(word[:5, 1].sum() == word[5:, 1].sum() == 1.0 for word in words)
    np.testing.assert_allclose([m[0] + m[1] for m in marked], sums)


def test_what_is_recalled_is_marked_in_the_first_third() -> None:
    """There is one mark, and after it only distraction."""
    words, numbers = problems.recall(_rng(), n=20, steps=9)

    assert all(word[:3, 1].sum() == word[:, 1].sum() == 1.0 for word in words)
    assert [word[word[:, 1] == 1.0, 0].item() for word in words] == list(numbers)


def test_the_class_is_the_order_of_the_two_symbols() -> None:
    """A word begins with E, ends with B, and has X or Y twice, in order of the class."""
    words, labels = problems.temporal_order(_rng(), n=30, steps=20)
    texts = ["".join(problems.SYMBOLS[int((s > 0) @ [1, 2, 4])] for s in word) for word in words]

    assert list(labels) == ["".join(c for c in text if c in "XY") for text in texts]
    assert {text[0] + text[-1] for text in texts} == {"EB"}
    assert {"XX", "XY", "YX", "YY"} == set(labels)


@pytest.mark.parametrize(
    ("problem", "arguments"),
    [(problems.distance, {"steps": 8}), (problems.linear, {"shortest": 30, "longest": 40})],
)
def test_the_target_of_a_tie_has_unit_variance(problem: Problem, arguments: dict[str, int]) -> None:
    """The target has mean 0 and variance 1, to what 20000 draws allow (5 standard errors)."""
    _, target = problem(_rng(), n=20_000, **arguments)

    assert abs(np.mean(target)) < 5 / np.sqrt(20_000)
    assert abs(np.var(target) - 1) < 0.06


def test_the_linear_target_is_linear_in_the_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without noise it is the last state of s' = 0.9 s + x, scaled."""
    monkeypatch.setattr(problems, "NOISE", 0.0)
    words, target = problems.linear(_rng(), n=5, shortest=3, longest=6)
    states = []
    for word in words:
        s = 0.0
        for x in word[:, 0]:
            s = 0.9 * s + x
        states.append(s * np.sqrt(0.19))

    np.testing.assert_allclose(states, target)


def test_the_coupled_cell_is_an_lstm_whose_input_gate_is_what_is_not_kept() -> None:
    """With the LSTM's input gate set to 1 - f by its pre-activation, both give the same states."""
    tanh, sigmoid = (get_activation(n).function for n in ("tanh", "sigmoid"))
    own = {"activation": tanh, "recurrent_activation": sigmoid, "output_activation": tanh}
    pre = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(1))
    states = (torch.zeros(5, 4), torch.linspace(-1, 1, 20).view(5, 4))
    f, g, o = pre.unbind(-2)
    whole = torch.stack([-(f + 1.0), f + 1.0, g, o], -2)  # sigmoid(-x) = 1 - sigmoid(x)

    got = CoupledCell(**own).pointwise((pre,), states)
    wanted = LSTMCell(**own).pointwise((whole,), states)

    torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize(
    ("tiers", "wanted"),
    [
        ({LSTM: 1, RELU: 1, GRU: 2, RNN: 3}, (True, True, True, True, False)),
        ({LSTM: 1, RELU: 2, GRU: 2, RNN: 3}, (True, True, True, False, False)),
        ({LSTM: 1, RELU: 1, GRU: 1, RNN: 2}, (True, False, False, False, False)),
        ({LSTM: 2, RELU: 2, GRU: 1, RNN: 2}, (False, False, False, False, True)),
        ({LSTM: 2, GRU: 3, "MGU": 1}, (True, True, False, True, False)),  # RNN was dropped
    ],
)
def test_solvers_are_declared_when_no_other_is_beside_them(
    tiers: dict[str, int], wanted: tuple[bool, ...]
) -> None:
    """Top tier, declared, all shown, all apart, false winner: worked out by hand from the rule."""
    found = judge(TASKS["counting"], "winner", LSTM, tiers)
    got = (found.in_top_tier, found.declared, found.shown, found.apart, found.false_winner)

    assert wanted == got


@pytest.mark.parametrize(
    ("task", "kind", "tiers", "wanted"),
    [
        ("cifg", "tie", {LSTM: 1, CIFG: 1, RNN: 2}, (True, False)),
        ("cifg", "tie", {LSTM: 2, CIFG: 2, GRU: 1}, (False, False)),
        ("cifg", "undecided", {LSTM: 1, CIFG: 1}, (False, False)),
        ("cifg", "undecided", {LSTM: 1, CIFG: 2}, (False, True)),
        ("cifg", "winner", {CIFG: 1, LSTM: 2}, (False, True)),
        ("cifg", "baseline", {CIFG: 1, LSTM: 1}, (False, False)),
        ("cifg", "tie", {LSTM: 1, RNN: 1}, (None, False)),  # CIFG was dropped: nothing is asked
        ("cifg", "winner", {LSTM: 1, RNN: 2}, (None, True)),
        ("linear", "baseline", {"RNN identity": 1, RNN: 1}, (True, False)),
        ("linear", "baseline", {"RNN identity": 1, RNN: 2}, (False, True)),
    ],
)
def test_equals_tie_or_are_left_undecided(
    task: str, kind: str, tiers: dict[str, int], wanted: tuple[bool | None, bool]
) -> None:
    """Tie, false winner: worked out by hand from the rule."""
    found = judge(TASKS[task], kind, min(tiers, key=lambda n: tiers[n]), tiers)

    assert wanted == (found.tie, found.false_winner)


def test_a_share_has_its_exact_interval() -> None:
    """Clopper and Pearson by hand: 0.025 ** (1 / 20) = 0.8316."""
    assert "20/20 = 100 % (83 to 100)" == share([True] * 20)
    assert "0/20 = 0 % (0 to 17)" == share([False] * 20)


def test_only_unfinished_studies_are_planned() -> None:
    """Seed by seed over all tasks."""
    rows = [{"task": "b", "seed": "0"}]

    assert [("a", 0), ("a", 1), ("b", 1)] == planned(["a", "b"], range(2), rows)


def test_the_table_has_a_line_for_each_task(tmp_path: Path) -> None:
    """A column that a task does not ask for stays empty."""
    row = {
        "task": "cifg", "seed": "0", "verdict": "tie", "in_top_tier": "", "declared": "",
        "shown": "", "apart": "", "tie": "1", "false_winner": "0", "repeats": "8", "seconds": "3.2",
    }  # fmt: skip
    lines = write_table([row], tmp_path / "table.md").splitlines()

    assert 3 == len(lines)
    assert (
        "| cifg |  |  |  |  | 1/1 = 100 % (3 to 100) | 0/1 = 0 % (0 to 98) | 1 tie | 8 | 3 |"
        == (lines[2])
    )


@pytest.mark.slow
def test_the_program_runs_saves_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One study of the cheapest task with the least budget; the second run finds it finished."""
    command = ["--quick", "--tasks", "hard_gates", "--seeds", "1", "--workers", "1"]
    command += ["--out", str(tmp_path)]
    printed = []
    for _ in range(2):
        main(command)
        printed.append(capsys.readouterr().out)
    with (tmp_path / "studies.csv").open(newline="", encoding="utf8") as file:
        (row,) = csv.DictReader(file)
    table = (tmp_path / "table.md").read_text(encoding="utf8")

    assert ("hard_gates", "0") == (row["task"], row["seed"])
    assert row["verdict"] in ("winner", "tie", "undecided", "baseline")
    assert LSTM in row["tiers"]
    assert row["tie"] in ("", "0", "1")
    assert row["false_winner"] in ("0", "1")
    assert "" == row["in_top_tier"]
    assert float(row["seconds"]) > 0
    assert "1/1  hard_gates 0" in printed[0]
    assert table == printed[1].removesuffix("\n")
    assert 3 == len(table.splitlines())
