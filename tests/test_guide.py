"""The guide as data: complete, and without influence on the ranks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import actselect.verdict
from actselect import guide
from actselect.records import (
    ArchitectureRecord,
    Estimate,
    LayerRecord,
    RankedRecord,
    VerdictKind,
    VerdictRecord,
)

IDS = [
    "gradient-stability",
    "enough-nonlinearity",
    "cost",
    "verify",
    "time-series-tanh",
    "long-dependencies-gated",
    "deep-relu",
    "deep-mix",
    "nlp-lstm",
    "forecasting-relu",
    "captioning-gru",
    "matters",
]


def test_every_claim_is_there_in_order() -> None:
    """The twelve claims."""
    assert [claim.id for claim in guide.claims()] == IDS


def test_long_sequences_add_the_gated_picks() -> None:
    """Section 4.2 speaks of long dependencies only."""
    short = {p.cell for p in guide.picks("classification", 30)}
    long = {p.cell for p in guide.picks("classification", 300)}

    assert short == {"lstm", "rnn"}
    assert long == {"lstm", "rnn", "gru"}


def test_an_unknown_task_has_no_picks() -> None:
    """The guide says nothing about what it does not know."""
    assert guide.picks("chess", 10) == ()


def test_the_verdict_does_not_know_the_guide() -> None:
    """What decides ranks imports nothing of it."""
    files = Path(actselect.verdict.__file__).parent.glob("*.py")
    nodes = [n for file in files for n in ast.walk(ast.parse(file.read_text(encoding="utf8")))]
    imported = {
        name.name
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    } | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}

    assert not any("guide" in name for name in imported)


def _row(label: str, tier: int) -> RankedRecord:
    """Return a confirmed one-layer network called "cell activation"."""
    cell, activation = label.split()
    gates = None if cell == "rnn" else "sigmoid"
    output = activation if cell == "lstm" else None
    layer = LayerRecord(activation=activation, recurrent_activation=gates, output_activation=output)
    return RankedRecord(
        rank=1,
        tier=tier,
        architecture=ArchitectureRecord(
            cell=cell,
            num_layers=1,
            hidden_size=8,
            layers=(layer,),
            head_activation="identity",
            bidirectional=False,
        ),
        label=label,
        learning_rate=0.01,
        validation=Estimate(mean=1.0, low=0.9, high=1.1, repeats=5),
        probability_best=0.5,
        parameters=100,
        train_ms_per_step=1.0,
        infer_ms_per_sequence=0.1,
        diverged=0,
        reason="",
    )


@pytest.mark.parametrize(
    ("kind", "tiers", "expected"),
    [
        ("winner", (1, 2), "The data agree with the guide: lstm tanh stands in the first tier."),
        ("tie", (1, 1), "The data agree with the guide: lstm tanh and rnn relu stand in"),
        ("winner", (2, 3), "The data disagree with the guide: lstm tanh and rnn relu stand below"),
        ("undecided", (1, 2), "Cannot tell yet"),
        ("undecided", (2, 2), "The data disagree with the guide"),
        ("baseline", (1, 1), "The data support no recurrent network"),
    ],
)
def test_agreement_follows_the_tiers(
    kind: VerdictKind, tiers: tuple[int, int], expected: str
) -> None:
    """It says no more than the verdict does, and in good English."""
    rows = [_row("lstm tanh", tiers[0]), _row("rnn relu", tiers[1]), _row("gru softsign", 1)]
    verdict = VerdictRecord(kind=kind, sentence="", margin=0.1, confidence=0.95)
    picked = guide.picks("forecasting", 24)

    assert guide.agreement(picked, rows, verdict).startswith(expected)


def test_without_a_confirmed_pick_the_guide_is_not_judged() -> None:
    """Neither is it for a task of which it does not speak."""
    verdict = VerdictRecord(kind="winner", sentence="", margin=0.1, confidence=0.95)
    other = [_row("gru softsign", 1)]

    assert guide.agreement(guide.picks("forecasting", 24), other, verdict).startswith("Cannot tell")
    assert guide.agreement((), other, verdict) == "The guide picks nothing for this task."
