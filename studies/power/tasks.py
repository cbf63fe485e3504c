"""The tasks: what is asked, what is known, and how a study is scored against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actselect import Report
from studies.power import problems
from studies.power.problems import Problem

LSTM, GRU, RNN = "LSTM tanh/sigmoid", "GRU tanh/sigmoid", "RNN tanh"
MARGIN = 0.05  # of the target's standard deviation, that is of the error of guessing the mean
COMMON: Mapping[str, Any] = {
    "recurrent_activations": ["sigmoid"],
    "depths": [1],
    "workers": 0,
    "progress": "quiet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A question with a known answer: either some solve it and some do not, or some are equal.

    Args:
        problem: makes the data of one study.
        source: where the answer is known from.
        options: of ``recommend``, beside ``COMMON``; the default LSTM, GRU and tanh RNN enter in
            any case.
        solvers: labels of architectures that are known to solve it.
        others: labels of architectures that are known not to, or to be worse.
        equal: labels that are known to be equal, the simplest first.
        trivial: whether a linear model is known to be as good as any network.
    """

    problem: Problem
    source: str
    options: Mapping[str, Any]
    solvers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    equal: tuple[str, ...] = ()
    trivial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a study said about the known answer; None where the task does not ask it."""

    in_top_tier: bool | None = None
    declared: bool | None = None
    shown: bool | None = None
    apart: bool | None = None
    tie: bool | None = None
    false_winner: bool | None = None


def score(task: Task, report: Report) -> Score:
    """Score a report by the rule of README.md."""
    tiers = {row.label: row.tier for row in report.ranking}
    return judge(task, report.verdict.kind, report.best.label, tiers)


def judge(task: Task, kind: str, recommended: str, tiers: Mapping[str, int]) -> Score:
    """Score a verdict and the tiers, by label; an architecture that was not confirmed has none.

    >>> judge(TASKS["adding"], "tie", GRU, {GRU: 1, LSTM: 1, "RNN relu": 2, RNN: 3}).declared
    True
    """
    if task.equal:
        found = [tiers[label] for label in task.equal if label in tiers]
        apart, won = len(set(found)) > 1, kind == "winner" and recommended in task.equal
        if len(found) < len(task.equal):
            return Score(false_winner=won)
        tied = set(found) == {1} if kind == "tie" else task.trivial and kind == "baseline"
        return Score(tie=tied and not apart, false_winner=won or apart)
    asked = {n: t for n, t in tiers.items() if n in (*task.solvers, *task.others)}
    top = min(asked.values(), default=0)
    good = [asked[label] for label in task.solvers if label in asked]
    bad = [asked[label] for label in task.others if label in asked]
    declared = top in good and top not in bad
    return Score(
        in_top_tier=top in good,
        declared=declared,
        shown=declared and len(bad) == len(task.others),
        apart=declared and all(max(good) < tier for tier in bad),
        false_winner=top in bad and top not in good,
    )


TASKS: Mapping[str, Task] = {
    "counting": Task(
        problem=problems.COUNTING,
        source="Weiss et al. 2018, arXiv:1805.04908: LSTM and ReLU RNN count, GRU and RNN do not",
        options={"task": "classification", "cells": ["rnn"], "activations": ["relu"],
                 "hidden_size": 16, "epochs_budget": 3000},
        solvers=(LSTM, "RNN relu"),
        others=(GRU, RNN),
    ),
    "adding": Task(
        problem=problems.ADDING,
        source="Hochreiter, Schmidhuber 1997; Le et al. 2015, arXiv:1504.00941, section 4.1",
        options={"task": "regression", "cells": ["rnn"], "activations": ["relu"],
                 "hidden_size": 16, "epochs_budget": 2400, "margin": MARGIN * 6**-0.5},
        solvers=(LSTM, GRU, "RNN relu"),
        others=(RNN,),
    ),
    "temporal_order": Task(
        problem=problems.ORDER,
        source="Hochreiter, Schmidhuber 1997, section 5.6, task 6a",
        options={"task": "classification", "cells": ["lstm", "gru"], "activations": ["tanh"],
                 "hidden_size": 16, "epochs_budget": 3600},
        solvers=(LSTM, GRU),
        others=(RNN,),
    ),
    "forget_bias": Task(
        problem=problems.RECALL,
        source="Jozefowicz et al. 2015, PMLR 37:2342: bias 1 against 0",
        options={"task": "regression", "cells": ["lstm_bias0"], "activations": ["tanh"],
                 "hidden_size": 8, "epochs_budget": 1500, "margin": MARGIN * 12**-0.5},
        solvers=(LSTM,),
        others=("LSTM_BIAS0 tanh/sigmoid",),
    ),
    "cifg": Task(
        problem=problems.COUPLED,
        source="Greff et al. 2017, arXiv:1503.04069: no significant difference",
        options={"task": "regression", "cells": ["lstm", "cifg"], "activations": ["tanh"],
                 "hidden_size": 8, "epochs_budget": 1200, "margin": MARGIN},
        equal=("CIFG tanh/sigmoid", LSTM),
    ),
    "hard_gates": Task(
        problem=problems.GATES,
        source="the two gates are within 0.07 of each other; no difference is known to us",
        options={"task": "regression", "cells": ["lstm"], "activations": ["tanh"],
                 "recurrent_activations": ["sigmoid", "hard_sigmoid"], "hidden_size": 8,
                 "epochs_budget": 1800, "margin": MARGIN},
        equal=("LSTM tanh/hard_sigmoid", LSTM),
    ),
    "linear": Task(
        problem=problems.LINEAR,
        source="the target is a linear function of the sequence, plus noise",
        options={"task": "regression", "cells": ["rnn"], "activations": ["identity"],
                 "hidden_size": 8, "epochs_budget": 1500, "margin": MARGIN},
        equal=("RNN identity", RNN),
        trivial=True,
    ),
}  # fmt: skip
