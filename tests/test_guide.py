"""The guide as data: complete, and without influence on the ranks."""

from __future__ import annotations

import ast
from pathlib import Path

import actselect.verdict
from actselect import guide

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
    tree = ast.parse(Path(actselect.verdict.__file__).read_text(encoding="utf8"))
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    } | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert not any("guide" in name for name in imported)
