"""Reports such as studies make them, built by hand: every verdict, and names that attack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from actselect.records import (
    AARecord,
    ArchitectureRecord,
    BaselineRecord,
    BudgetRecord,
    ConfirmationRecord,
    DatasetRecord,
    DivergenceRow,
    EnvironmentRecord,
    Estimate,
    Expected,
    GuideRecord,
    LayerRecord,
    LearningRatePoint,
    MetricRecord,
    Needed,
    RankedRecord,
    RateDivergence,
    ReportRecord,
    ScreeningRecord,
    SeedsRecord,
    TestRecord,
    TestScore,
    VerdictRecord,
)
from actselect.report import load

GOLDEN = Path(__file__).parents[1] / "golden"
HOSTILE = (
    "<script>alert(1)</script>",
    "a|b",
    r"$\foo$",
    "\x1b[31mred\x1b[0m\x07",
    "\u202egnp.exe\u2066",
    "🧪 tëst 東京",
    "`code` [x](javascript:alert(1)) ![i](http://example.org/i.png) *b* _i_",
    "{{ 7*7 }}{% raw %}",
    '"onmouseover="alert(1)',
    "x\nsecond line",
    "lone \ud800 surrogate",
)


def layer(name: str) -> LayerRecord:
    """Return the record of one layer, ``activation[/recurrent_activation]``."""
    activation, _, gate = name.partition("/")
    return LayerRecord(
        activation=activation,
        recurrent_activation=gate or None,
        output_activation=activation if gate else None,
    )


def ranked(
    rank: int,
    tier: int,
    label: str,
    mean: float,
    half: float,
    best: float,
    *,
    default: bool = False,
) -> RankedRecord:
    """Return one row of a ranking with plausible costs."""
    cell, _, rest = label.partition(" ")
    name, _, depth = rest.partition(", ")
    num_layers = int(depth.split()[0]) if depth else 1
    rates = (0.001, 0.003, 0.01)
    return RankedRecord(
        rank=rank,
        tier=tier,
        architecture=ArchitectureRecord(
            cell=cell.lower(),
            num_layers=num_layers,
            hidden_size=32,
            layers=(layer(name),) * num_layers,
            head_activation="identity",
            bidirectional=False,
        ),
        label=label,
        learning_rate=0.003,
        validation=Estimate(mean=mean, low=mean - half, high=mean + half, repeats=8),
        probability_best=best,
        parameters=4200 * num_layers + 33 * rank,
        train_ms_per_step=1.375 * num_layers,
        infer_ms_per_sequence=0.04,
        diverged=0,
        reason="first of its tier: fewest parameters" if rank == 1 else "behind by more parameters",
        default=default,
        learning_rates=tuple(
            LearningRatePoint(learning_rate=r, score=None if r == 0.01 else mean + r, epochs=9 + i)
            for i, r in enumerate(rates)
        ),
    )


def baseline(name: str, mean: float, half: float = 0.0) -> BaselineRecord:
    """Return a baseline and its interval."""
    estimate = Estimate(mean=mean, low=mean - half, high=mean + half, repeats=8)
    return BaselineRecord(name=name, validation=estimate, test=mean * 1.05)


def tested(label: str, mean: float, half: float) -> TestScore:
    """Return a score on the test part."""
    return TestScore(label=label, mean=mean, low=mean - half, high=mean + half)


def report(
    metric: MetricRecord,
    verdict: VerdictRecord,
    ranking: Sequence[RankedRecord],
    baselines: Sequence[BaselineRecord],
    test: TestRecord,
) -> ReportRecord:
    """Return a forecasting report around what differs between the examples."""
    return ReportRecord(
        schema_version=1,
        actselect_version="0.1.0",
        created="2025-06-01T12:00:00+00:00",
        task="forecasting",
        metric=metric,
        dataset=DatasetRecord(
            name="airpassengers",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            sequences=1,
            length=144,
            length_min=144,
            length_max=144,
            features=("passengers",),
            target="passengers",
            notes=("Rows were sorted by month.",),
        ),
        verdict=verdict,
        ranking=tuple(ranking),
        baselines=tuple(baselines),
        test=test,
        screening=ScreeningRecord(
            architectures=12, trials=36, pruned=21, diverged=3, epochs=512, seconds=93.4,
            rungs=(3, 9, 27),
            divergence=(
                DivergenceRow(cell="lstm", activation="tanh", trainings=14, diverged=0),
                DivergenceRow(cell="rnn", activation="relu", trainings=12, diverged=3),
            ),
        ),
        confirmation=ConfirmationRecord(
            architectures=len(ranking), repeats=8, trainings=38, epochs=1010, seconds=171.2
        ),
        guide=GuideRecord(
            suggested=("GRU tanh/sigmoid",),
            agreement="The guide would have picked GRU tanh/sigmoid; the data put it in tier 2.",
        ),
        budget=BudgetRecord(kind="time", amount=300.0, spent=281.4),
        seeds=SeedsRecord(root=0, repeats=tuple(range(8))),
        environment=EnvironmentRecord(
            python="3.12.3", platform="linux x86_64", torch="2.10.0", optuna="5.0.0", numpy="2.3.1",
            backend="bptt (PyTorch, hand-written backward over time)", workers=4,
            peak_memory_mb={"coordinator": 412.5, "worker": 388.0},
        ),
        options={
            "task": "forecasting", "target": "passengers", "horizon": 12, "metric": None,
            "space": "small", "cells": ["lstm", "gru", "rnn"], "depths": [1, 2], "workers": 4,
        },
        command="actselect recommend airpassengers --task forecasting --horizon 12 --seed 0",
        notes=("The best learning rate of RNN relu is the most extreme one tried (0.003).",),
    )  # fmt: skip


def make_winner() -> ReportRecord:
    """Return a forecasting study with a clear winner; one architecture failed badly."""
    return report(
        MetricRecord(name="MASE", direction="minimize"),
        VerdictRecord(
            kind="winner", margin=0.0083, confidence=0.95,
            sentence="LSTM softsign/hard_sigmoid is better than every other architecture tried by "
            "more than 1 % of MASE, with 97 % confidence.",
        ),
        [
            ranked(1, 1, "LSTM softsign/hard_sigmoid", 0.831, 0.021, 0.971),
            ranked(2, 2, "GRU tanh/sigmoid", 0.874, 0.026, 0.021, default=True),
            ranked(3, 2, "LSTM tanh/sigmoid, 2 layers", 0.881, 0.031, 0.006),
            ranked(4, 2, "LSTM tanh/sigmoid", 0.889, 0.024, 0.002, default=True),
            ranked(5, 3, "RNN tanh", 0.951, 0.042, 0.0, default=True),
            ranked(6, 4, "RNN relu", 4.21, 1.93, 0.0),
        ],
        [baseline("seasonal naive", 1.012, 0.02), baseline("ridge on lags", 0.913, 0.031)],
        TestRecord(
            recommended=tested("LSTM softsign/hard_sigmoid", 0.858, 0.09),
            default=tested("LSTM tanh/sigmoid", 0.902, 0.1),
            baseline=tested("ridge on lags", 0.941, 0.11),
            examples=28, openings=1,
        ),
    )  # fmt: skip


def make_tie() -> ReportRecord:
    """Return a classification study in which three architectures are equally good."""
    record = report(
        MetricRecord(name="balanced accuracy", direction="maximize", rate=True),
        VerdictRecord(
            kind="tie", margin=0.005, confidence=0.95,
            sentence="GRU tanh/sigmoid, LSTM tanh/sigmoid and RNN tanh cannot differ by more than "
            "0.5 percentage points; GRU tanh/sigmoid is the smallest.",
        ),
        [
            ranked(1, 1, "GRU tanh/sigmoid", 0.9412, 0.0031, 0.41, default=True),
            ranked(2, 1, "LSTM tanh/sigmoid", 0.9420, 0.0032, 0.48, default=True),
            ranked(3, 1, "RNN tanh", 0.9398, 0.0036, 0.11, default=True),
            ranked(4, 2, "RNN relu", 0.9213, 0.0071, 0.0),
        ],
        [baseline("most frequent class", 0.3333), baseline("logistic regression", 0.887, 0.004)],
        TestRecord(
            recommended=tested("GRU tanh/sigmoid", 0.938, 0.011),
            default=tested("LSTM tanh/sigmoid", 0.939, 0.011),
            baseline=tested("logistic regression", 0.884, 0.015),
            examples=1200, openings=2,
        ),
    )  # fmt: skip
    data = replace(record.dataset, name="vowels", length_min=7, length=15, length_max=29)
    return replace(record, task="classification", dataset=data)


def make_baseline() -> ReportRecord:
    """Return a study in which nothing beats the trivial model."""
    return report(
        MetricRecord(name="RMSE", direction="minimize"),
        VerdictRecord(
            kind="baseline", margin=1.2, confidence=0.95,
            sentence="Nothing tried beats naive (RMSE 118): use it, or gather more data.",
        ),
        [
            ranked(1, 1, "RNN tanh", 121.4, 8.1, 0.6),
            ranked(2, 1, "GRU tanh/sigmoid", 123.0, 8.4, 0.4),
        ],
        [baseline("naive", 118.3, 7.0)],
        TestRecord(recommended=None, default=None, baseline=None, examples=0, openings=0),
    )  # fmt: skip


def make_undecided() -> ReportRecord:
    """Return a study that ran out of its budget of epochs."""
    record = make_winner()
    verdict = VerdictRecord(
        kind="undecided", margin=0.0083, confidence=0.95,
        sentence="LSTM softsign/hard_sigmoid leads, but GRU tanh/sigmoid may be as good: about 6 "
        "more repeats (2 minutes) would settle it.",
        needed=Needed(repeats=6, seconds=121.0),
    )  # fmt: skip
    return replace(
        record, verdict=verdict, budget=BudgetRecord(kind="epochs", amount=2000, spent=1522)
    )


def diverging(
    cell: str, activation: str, epochs: Sequence[int], rates: dict[float, tuple[int, int]]
) -> DivergenceRow:
    """Return a row of divergence; ``rates`` has (diverged, trainings) for each learning rate."""
    return DivergenceRow(
        cell=cell,
        activation=activation,
        trainings=sum(trainings for _, trainings in rates.values()),
        diverged=sum(diverged for diverged, _ in rates.values()),
        epochs=tuple(epochs),
        learning_rates=tuple(
            RateDivergence(learning_rate=rate, trainings=trainings, diverged=diverged)
            for rate, (diverged, trainings) in rates.items()
        ),
    )


def curve(row: RankedRecord, scores: Sequence[float | None], chosen: int) -> RankedRecord:
    """Return a row tried at growing learning rates; the outermost scored ones stopped early."""
    rates = [0.001 * 4**i for i in range(len(scores))]
    points = tuple(
        LearningRatePoint(
            learning_rate=rate,
            score=score,
            epochs=0 if score is None else 27 if abs(i - chosen) < 2 else 3,
        )
        for i, (rate, score) in enumerate(zip(rates, scores, strict=True))
    )
    return replace(row, learning_rates=points, learning_rate=rates[chosen])


def make_diverged() -> ReportRecord:
    """Return a study of which all is known: divergence, learning rates, what to expect, A/A."""
    record = make_winner()
    curves = [
        ((0.95, 0.85, 0.83, None), 2),
        ((0.93, 0.87, 0.89, 1.02), 1),
        ((0.90, 0.88, 1.31, None), 1),
        ((1.02, 0.93, 0.89, 0.91), 2),
        ((0.96, 0.95, None, None), 1),
        ((4.21, 4.4, None, None), 0),
    ]
    return replace(
        record,
        ranking=tuple(
            curve(row, scores, chosen)
            for row, (scores, chosen) in zip(record.ranking, curves, strict=True)
        ),
        screening=replace(
            record.screening,
            rates_each=4,
            axes=("cell", "recurrent_activation"),
            divergence=(
                diverging("gru", "relu/sigmoid", [3], {0.001: (0, 4), 0.064: (1, 2)}),
                diverging("gru", "tanh/sigmoid", [], {0.001: (0, 9), 0.004: (0, 9)}),
                diverging("lstm", "relu/sigmoid", [1, 1, 2, 4, 4],
                          {0.001: (0, 4), 0.004: (1, 4), 0.016: (4, 4)}),
                diverging("lstm", "softsign/hard_sigmoid", [], {0.004: (0, 8)}),
                diverging("lstm", "tanh/sigmoid", [], {0.004: (0, 12)}),
                diverging("rnn", "relu", [2, 6], {0.004: (0, 4), 0.016: (2, 4)}),
                diverging("rnn", "tanh", [5, 5], {0.004: (0, 4), 0.064: (2, 3)}),
            ),
        ),
        expected=Expected(mean=0.842, low=0.819, high=0.865, optimism=0.011),
        aa=AARecord(label="LSTM tanh/sigmoid", repeats=12, claimed=False, studies=1000,
                    false_claims=21, upper=0.0314),
        outlook=(
            "With 8 repeats a difference of 0.03 MASE can be shown in four of five studies.",
            "A difference below 0.01 MASE cannot be shown within this budget.",
        ),
    )  # fmt: skip


def make_hostile() -> ReportRecord:
    """Return a report in which every text from outside attacks its rendering."""
    record = make_winner()
    rows = tuple(
        replace(row, label=name, reason=name)
        for row, name in zip(record.ranking * 2, HOSTILE, strict=False)
    )
    everything = " ".join(HOSTILE)
    return replace(
        record,
        task="classification",
        metric=replace(record.metric, name="<b>|metric"),
        dataset=replace(
            record.dataset, name=everything, target=everything, features=HOSTILE, notes=HOSTILE
        ),
        verdict=replace(record.verdict, sentence=f"{everything} is best."),
        ranking=rows,
        baselines=tuple(replace(record.baselines[0], name=name) for name in HOSTILE),
        test=replace(record.test, recommended=tested(everything, 1.0, 0.1)),
        guide=GuideRecord(suggested=HOSTILE, agreement=everything),
        options={"target": everything, **{name: list(HOSTILE) for name in HOSTILE}},
        command=f"actselect recommend {everything} ````",
        notes=HOSTILE,
        outlook=HOSTILE,
        expected=Expected(mean=0.84, low=None, high=None, optimism=0.01),
        aa=AARecord(
            label=everything, repeats=8, claimed=True, studies=9, false_claims=1, upper=0.4
        ),
        screening=replace(
            record.screening,
            divergence=tuple(
                diverging(text, text, [1] * (i % 2), {0.1: (i % 2, 3)})
                for i, text in enumerate(HOSTILE)
            ),
        ),
    )


def make_explained() -> ReportRecord:
    """Return a study of which everything is filled in: why, curves, effects, examples, claims."""
    return load(GOLDEN / "report-v1-explained.json")


MAKERS = {
    "winner": make_winner,
    "tie": make_tie,
    "baseline": make_baseline,
    "undecided": make_undecided,
    "diverged": make_diverged,
    "hostile": make_hostile,
    "explained": make_explained,
}


@pytest.fixture(params=list(MAKERS))
def record(request: pytest.FixtureRequest) -> ReportRecord:
    """Each example in turn."""
    return MAKERS[request.param]()


@pytest.fixture
def winner() -> ReportRecord:
    """A study with a clear winner."""
    return make_winner()


@pytest.fixture
def undecided() -> ReportRecord:
    """A study without a decision."""
    return make_undecided()


@pytest.fixture
def diverged() -> ReportRecord:
    """A study with divergence, and with all that a report can say."""
    return make_diverged()


@pytest.fixture
def enough(winner: ReportRecord) -> ReportRecord:
    """A study in which a baseline is enough, with its look at the test part."""
    return replace(make_baseline(), test=winner.test)


@pytest.fixture
def hostile() -> ReportRecord:
    """Texts that attack."""
    return make_hostile()


@pytest.fixture
def explained() -> ReportRecord:
    """A study of which everything is filled in: why, curves, effects, examples, claims."""
    return make_explained()


@pytest.fixture
def golden() -> Path:
    """The folder of files that every later version must still load."""
    return GOLDEN
