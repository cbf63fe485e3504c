"""The guide as data: complete, judged by stated rules, and without influence on the ranks."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import actselect as act
import actselect.verdict
from actselect import guide
from actselect.cells import cells
from actselect.exceptions import UnknownNameError, UsageError
from actselect.planning import least_epochs
from actselect.records import (
    ArchitectureRecord,
    CostRecord,
    DiagnosticsRecord,
    Estimate,
    GradientRecord,
    GuideClaimRecord,
    LayerRecord,
    MetricRecord,
    RankedRecord,
    ScoreTable,
    UnitsRecord,
    VerdictKind,
    VerdictRecord,
)
from actselect.tasks import tasks

CHINESE = re.compile("[\u4e00-\u9fff]")
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


def test_every_claim_is_there_in_english_and_chinese() -> None:
    """So is what it suggests, and each contradiction."""
    english = [c.text() for c in guide.claims()] + [c.suggestion("en") for c in guide.claims()]
    chinese = [c.text("zh") for c in guide.claims()] + [c.suggestion("zh") for c in guide.claims()]
    told = {language: [t.told(language) for t in guide.tensions()] for language in ("en", "zh")}

    assert all(english + told["en"])
    assert not any(CHINESE.search(text) for text in english + told["en"])
    assert all(CHINESE.search(text) for text in chinese + told["zh"])


def test_every_finding_has_a_source_that_can_be_looked_up() -> None:
    """A DOI, an arXiv number or a volume of proceedings; a strength, and what it rests on."""
    found = guide.findings()
    known = re.compile(
        r"doi:10\.\d{4,}/\S+|arXiv:\d{4}\.\d{5}|arXiv:1[0-4]\d\d\.\d{4}|PMLR \d+:\S+"
    )

    assert len(found) >= 12
    assert len({f.id for f in found}) == len(found)
    for one in found:
        assert known.fullmatch(one.identifier), one.id
        assert one.strength in {"strong", "moderate", "weak"}
        assert 1980 < one.year < 2030
        assert all((one.authors, one.title, one.venue, one.text(), one.grounds()))
        assert CHINESE.search(one.text("zh"))
        assert CHINESE.search(one.grounds("zh"))


def test_claims_tasks_and_cells_that_are_named_exist() -> None:
    """A finding supports or contradicts claims that there are, and at least one."""
    named = {*tasks()}

    for finding in guide.findings():
        assert {*finding.supports, *finding.contradicts} <= {*IDS}
        assert finding.supports or finding.contradicts
        assert {*finding.tasks} <= named
        assert {*finding.cells} <= {*cells()}
    for claim in guide.claims():
        assert {*claim.tasks} <= named
        assert all({*pick.tasks} <= named for pick in claim.picks)
        assert guide.claim(claim.id) is claim
    assert all({*t.claims} <= {*IDS} and {*t.tasks} <= named for t in guide.tensions())


def test_the_tasks_are_those_of_the_catalogue() -> None:
    """The guide knows their names without torch, and no others."""
    assert list(tasks()) == [task.name for task in guide.tasks()]


def test_what_is_not_known_is_refused() -> None:
    """An unknown claim, task, language or an impossible number is a wrong use."""
    with pytest.raises(UnknownNameError, match="Did you mean 'cost'"):
        guide.claim("costs")
    with pytest.raises(UnknownNameError, match="Did you mean 'tagging'"):
        guide.advice("taging")
    with pytest.raises(UsageError, match=r"must be one of en, zh\. Got 'fr'"):
        guide.claim("cost").text("fr")
    with pytest.raises(UsageError, match=r"length must be at least 1\. Got 0"):
        guide.advice("tagging", length=0)


@pytest.mark.parametrize(
    ("task", "length", "depth", "labels"),
    [
        ("regression", 24, None, {"LSTM tanh/sigmoid", "RNN relu, 2 layers"}),
        ("regression", 24, 1, {"LSTM tanh/sigmoid"}),
        ("tagging", 200, 1, {"LSTM tanh/sigmoid", "GRU tanh/sigmoid"}),
        ("captioning", None, 3, {"GRU tanh/sigmoid, 3 layers"}),
    ],
)
def test_advice_is_that_of_the_claims_that_speak_of_the_case(
    task: str, length: int | None, depth: int | None, labels: set[str]
) -> None:
    """Section 4.3 speaks of two layers or more, 4.2 of long sequences."""
    assert labels == {s.label for s in guide.advice(task, length, depth).suggestions}


def test_without_a_length_advice_says_from_which_on_a_claim_speaks() -> None:
    """Section 4.2 alone has a condition; LSTM tanh is suggested by 4.1 too."""
    starts = {s.label: s.min_length for s in guide.advice("forecasting").suggestions}

    assert (starts["GRU tanh/sigmoid"], starts["LSTM tanh/sigmoid"]) == (100, 1)


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


VERDICT = VerdictRecord(kind="winner", sentence="", margin=0.1, confidence=0.95)


def _judged(
    task: str, rows: list[RankedRecord], kind: VerdictKind = "winner", length: int = 24
) -> dict[str, GuideClaimRecord]:
    verdict = replace(VERDICT, kind=kind)
    return {c.id: c for c in guide.judged(task, length, rows, verdict)}


def _changed(row: RankedRecord, **architecture: object) -> RankedRecord:
    return replace(row, architecture=replace(row.architecture, **architecture))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "tiers", "stand", "because"),
    [
        ("winner", (1, 2), "agree", "In the first tier: rnn tanh; below it: rnn relu."),
        ("winner", (2, 1), "disagree", "In the first tier: rnn relu; below it: rnn tanh."),
        ("tie", (1, 1), "cannot tell", "In the first tier are both rnn tanh and, against the"),
        ("winner", (2, 2), "cannot tell", "Below the first tier are both rnn tanh and, against"),
        ("undecided", (1, 2), "cannot tell", "The verdict is undecided; so far in the first tier"),
        ("undecided", (2, 1), "cannot tell", "The verdict is undecided; so far in the first tier"),
        ("baseline", (1, 2), "cannot tell", "No recurrent network is shown to beat the baseline"),
    ],
)
def test_a_claim_is_judged_by_the_tiers(
    kind: VerdictKind, tiers: tuple[int, int], stand: str, because: str
) -> None:
    """Only a winner or a tie decides, and only where one side alone is in the first tier."""
    rows = [_row("rnn tanh", tiers[0]), _row("rnn relu", tiers[1])]
    claim = _judged("forecasting", rows, kind)["time-series-tanh"]

    assert (stand, because) == (claim.stand, claim.because[: len(because)])


def test_activations_are_compared_within_one_kind_of_network() -> None:
    """Tanh in an LSTM against ReLU in a plain network says nothing about either activation."""
    rows = [_row("lstm tanh", 1), _row("rnn relu", 2)]
    claims = _judged("forecasting", rows)

    for name, alone in (("time-series-tanh", "lstm tanh"), ("forecasting-relu", "rnn relu")):
        assert claims[name].stand == "cannot tell"
        assert claims[name].because == f"Confirmed without a rival to compare with: {alone}."


def test_cells_are_compared_over_all_networks() -> None:
    """Of long sequences 4.2 says that gates help; without gates stands a plain network."""
    rows = [_row("gru tanh", 1), _row("rnn relu", 2), _row("rnn tanh", 2)]
    claims = _judged("language-modeling", rows, length=300)

    assert claims["long-dependencies-gated"].stand == "agree"
    assert claims["nlp-lstm"].because == "Nothing that the claim wants was confirmed."
    assert "long-dependencies-gated" not in _judged("language-modeling", rows, length=30)


def test_depth_claims_are_judged_among_deep_networks() -> None:
    """A one-layer network is no rival of two layers with ReLU; a mixture is one of neither."""
    relu, tanh = (_changed(_row(f"rnn {a}", 1), num_layers=2) for a in ("relu", "tanh"))
    layers = (relu.architecture.layers[0], tanh.architecture.layers[0])
    mix = replace(_changed(relu, layers=layers), label="rnn mixed", tier=2)
    worse = [replace(tanh, label="rnn tanh 2", tier=2), mix]
    claims = _judged("captioning", [relu, *worse])

    assert claims["deep-relu"].stand == "agree"
    assert claims["deep-relu"].because == "In the first tier: rnn relu; below it: rnn tanh 2."
    assert claims["deep-mix"].stand == "disagree"
    assert _judged("captioning", [_row("rnn tanh", 1)])["deep-relu"].stand == "cannot tell"


@pytest.mark.parametrize(
    ("kind", "mean", "tier", "stand"),
    [
        ("winner", 2.5, 2, "agree"),  # fifteen margins
        ("winner", 1.5, 2, "cannot tell"),  # five: shown, but not huge
        ("tie", 1.0, 1, "disagree"),
        ("undecided", 2.5, 2, "cannot tell"),
    ],
)
def test_a_huge_effect_is_ten_margins_that_are_shown(
    kind: VerdictKind, mean: float, tier: int, stand: str
) -> None:
    """Between networks that differ in activations alone."""
    estimate = Estimate(mean=mean, low=None, high=None, repeats=5)
    rows = [_row("rnn tanh", 1), replace(_row("rnn relu", tier), validation=estimate)]

    assert _judged("tagging", rows, kind)["matters"].stand == stand
    assert _judged("tagging", [rows[0], _row("gru relu", 2)])["matters"].stand == "cannot tell"


def _measured(row: RankedRecord, *, lost: float, bend: float, ms: float) -> RankedRecord:
    activation = row.architecture.layers[0].activation
    unit = UnitsRecord(
        layer=1, role="activation", function=activation, curvature=bend, saturated=0.0, dead=0.0
    )
    gradient = GradientRecord(
        lags=(0, 1), norms=(1.0, 0.5), decay=0.5, half_life=1.0, lyapunov=-0.7, singular=0.9,
        vanishing=lost, exploding=0.0,
    )  # fmt: skip
    cost = CostRecord(
        train_ms_per_step=ms, train_ms_least=ms, infer_ms_per_sequence=ms, infer_ms_least=ms,
        memory_mb=1.0, turns=9,
    )  # fmt: skip
    found = DiagnosticsRecord(
        repeat=0, sequences=9, steps=2, gradient=gradient, units=(unit,), cost=cost
    )
    return replace(row, diagnostics=found)


def test_principles_are_judged_where_they_were_measured_and_left_out_elsewhere() -> None:
    """Gradients, curvature and time of networks that are alike; ``verify`` is never judged."""
    principles = ("gradient-stability", "enough-nonlinearity", "cost")
    plain = [_row("rnn relu", 1), _row("rnn tanh", 2)]
    rows = [
        _measured(plain[0], lost=0.0, bend=0.3, ms=1.0),
        _measured(plain[1], lost=0.9, bend=0.004, ms=1.5),
    ]
    claims = _judged("regression", rows)

    assert [claims[name].stand for name in principles] == ["agree"] * 3
    assert claims["gradient-stability"].because == (
        "Sequences whose gradient vanishes or explodes: 0% in rnn relu, 90% in rnn tanh."
    )
    assert (
        claims["cost"].because == "A training step of rnn tanh takes 1.50 times that of rnn relu."
    )
    assert not {*principles, "verify"} & {*_judged("regression", plain)}
    assert _judged("regression", rows[::-1])["cost"].stand == "agree"


def test_a_verdict_is_the_same_whatever_the_guide_picks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores decide; the labels alone would tell the verdict what was picked."""
    rng = np.random.default_rng(0)
    scores = rng.normal([1.0, 1.3, 1.0, 2.0], 0.05, (12, 4))
    table = ScoreTable(
        names=("a", "b", "c", "naive"), scores=scores, overlap=np.full(12, 0.2),
        direction="minimize",
    )  # fmt: skip

    def decided() -> tuple[tuple[int, ...], tuple[int, ...]]:
        decision = actselect.verdict.decide(
            table, is_baseline=[False, False, False, True], cost=[2.0, 1.0, 3.0, 0.0], margin=0.01,
            labels=["LSTM tanh/sigmoid", "RNN relu", "GRU tanh/sigmoid", "naive"],
            metric=MetricRecord(name="rmse", direction="minimize"), confidence=0.95,
            seconds_per_training=1.0, rng=np.random.default_rng(1),
        )  # fmt: skip
        return decision.order, decision.tiers

    before = decided()
    monkeypatch.setattr(guide, "picks", lambda *_: ())

    assert before == decided()


@pytest.mark.slow
def test_a_study_without_the_guide_has_the_same_ranking(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where all architectures are confirmed, only the order of the trials is the guide's."""

    def ranking(name: str) -> tuple[list[tuple[object, ...]], tuple[str, ...]]:
        record = act.recommend(
            "airpassengers", task="forecasting", horizon=6, cells=["rnn"],
            activations=["tanh", "relu"], depths=[1], hidden_size=4, workers=0,
            epochs_budget=least_epochs(), out=tmp_path / name / "study", progress="quiet",
        ).record  # fmt: skip
        rows = [(r.rank, r.tier, r.label, r.learning_rate, r.validation) for r in record.ranking]
        assert record.screening.architectures == len(rows)
        return rows, record.guide.suggested

    monkeypatch.chdir(tmp_path)
    told, suggested = ranking("guided")
    monkeypatch.setattr(guide, "picks", lambda *_: ())
    untold, nothing = ranking("unguided")

    assert (suggested, nothing) == (("RNN relu",), ())
    assert told == untold
