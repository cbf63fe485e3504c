"""Studies side by side: paired only where repeats are the same splits, and no claim too many."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

import actselect as act
from actselect.cli import cli
from actselect.comparison import Study, read_studies, side_by_side
from actselect.exceptions import StudyError, UsageError
from actselect.planning import least_epochs
from actselect.records import (
    ArchitectureRecord,
    BaselineRecord,
    ConfirmationRecord,
    Estimate,
    LayerRecord,
    MetricRecord,
    RankedRecord,
    ReportRecord,
    SeedsRecord,
)
from actselect.report import from_json, to_json
from actselect.report.scores import ScoreRow
from actselect.statistics import over_looks

GOLDEN = Path(__file__).parent / "golden" / "report-v1-full.json"
RHO, MARGIN = 0.25, 0.01
ERROR = MetricRecord(name="mae", direction="minimize")
RATE = MetricRecord(name="accuracy", direction="maximize", rate=True)
GAPS = (0.30, 0.34, 0.28, 0.31, 0.33, 0.27, 0.30, 0.32)


def ranked(label: str, scores: Sequence[float], **changes: Any) -> RankedRecord:
    """Return the row of a network with these scores."""
    finite = [score for score in scores if not math.isnan(score)]
    cell, _, activation = label.partition(" ")
    row = RankedRecord(
        rank=1, tier=1, label=label, learning_rate=0.01, probability_best=0.5, parameters=100,
        architecture=ArchitectureRecord(
            cell=cell.lower(), num_layers=1, hidden_size=8, bidirectional=False,
            layers=(
                LayerRecord(
                    activation=activation, recurrent_activation=None, output_activation=None
                ),
            ),
            head_activation="identity",
        ),
        validation=Estimate(mean=float(np.mean(finite)), low=None, high=None, repeats=len(scores)),
        train_ms_per_step=1.0, infer_ms_per_sequence=1.0, diverged=0, reason="",
    )  # fmt: skip
    return replace(row, **changes)


def study(
    name: str,
    networks: Mapping[str, Sequence[float]],
    *,
    baseline: Sequence[float] = (),
    metric: MetricRecord = ERROR,
    examples: int = 0,
    **changes: Any,
) -> Study:
    """Return a study whose networks, the recommended one first, have these confirmation scores."""
    repeats = max(map(len, networks.values()))
    rows = [ranked(label, scores) for label, scores in networks.items()]
    trivial = tuple(baseline) or tuple(2.0 + 0.1 * r for r in range(repeats))
    old = from_json(GOLDEN.read_text(encoding="utf-8"))
    record: ReportRecord = replace(
        old,
        metric=metric,
        verdict=replace(old.verdict, margin=MARGIN, confidence=0.95),
        ranking=tuple(rows),
        baselines=(
            BaselineRecord(
                name="mean",
                validation=Estimate(mean=2.0, low=1.9, high=2.1, repeats=repeats),
                test=None,
            ),
        ),
        test=replace(old.test, recommended=None),
        confirmation=ConfirmationRecord(
            architectures=len(rows), repeats=repeats, trainings=1, epochs=1, seconds=1.0,
            overlap=(RHO,) * repeats, examples=(examples,) * repeats if examples else (),
        ),
        seeds=SeedsRecord(root=0, repeats=tuple(range(repeats))),
    )  # fmt: skip
    scores = {
        (f"{label} @ 0.01", repeat): score
        for label, own in networks.items()
        for repeat, score in enumerate(own)
    }
    scores |= {("mean", repeat): score for repeat, score in enumerate(trivial)}
    return Study(name=name, record=replace(record, **changes), scores=scores)


def ahead(gaps: Sequence[float], **changes: Any) -> tuple[Study, Study]:
    """Return two studies; on repeat r the first is better by ``gaps[r]``."""
    base = [1.0 + 0.05 * (r % 3) for r in range(len(gaps))]
    worse = [b + gap for b, gap in zip(base, gaps, strict=True)]
    return study("a", {"RNN tanh": base}, **changes), study("b", {"RNN relu": worse}, **changes)


def corrected(gaps: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard error, (1/k + rho) s^2 written out (Nadeau and Bengio 2003)."""
    values = np.array(gaps)
    return float(values.mean()), math.sqrt((1 / len(values) + RHO) * float(values.var(ddof=1)))


def test_the_interval_is_that_of_the_corrected_t_test() -> None:
    """That of scipy, with k - 1 degrees of freedom, and the corrected standard error."""
    (pair,) = side_by_side(ahead(GAPS)).pairs
    mean, error = corrected(GAPS)
    low, high = stats.t.interval(0.9, len(GAPS) - 1, loc=mean, scale=error)

    assert pair.ahead.repeats == len(GAPS)
    assert pair.ahead.mean == pytest.approx(mean)
    assert (pair.ahead.low, pair.ahead.high) == pytest.approx((low, high))


def test_p_is_two_sided_and_corrected_for_looks() -> None:
    """One network in each study: twice the one-sided p of "not ahead by more than the margin"."""
    gaps = [0.02, 0.09, 0.05, -0.01, 0.07, 0.04]
    (pair,) = side_by_side(ahead(gaps)).pairs
    mean, error = corrected(gaps)
    once = float(stats.t.sf((mean - MARGIN) / error, len(gaps) - 1))

    assert pair.p == pytest.approx(2 * over_looks(once, RHO))


@pytest.mark.parametrize("metric", [ERROR, replace(ERROR, name="r2", direction="maximize")])
def test_a_clear_difference_is_told_whichever_way_is_better(metric: MetricRecord) -> None:
    """The better study is named, wherever it stands in the row."""
    low, high = ahead(GAPS, metric=metric)
    better, worse = (low, high) if metric.direction == "minimize" else (high, low)

    (pair,) = side_by_side([better, worse]).pairs
    (turned,) = side_by_side([worse, better]).pairs

    assert (pair.outcome, turned.outcome) == ("first", "second")
    assert pair.ahead.mean == pytest.approx(-turned.ahead.mean)
    assert pair.sentence.split(" is better")[0] == turned.sentence.split(" is better")[0]


def test_small_differences_are_equal_within_the_margin() -> None:
    """Differences of a hundredth of the margin are shown to be within it."""
    (pair,) = side_by_side(ahead([1e-4, -1e-4, 2e-4, 0.0, -1e-4, 1e-4])).pairs

    assert pair.outcome == "equal"
    assert "equal within 0.01 mae" in pair.sentence


def test_fewer_than_four_common_repeats_tell_nothing() -> None:
    """However large the difference is."""
    one, two = ahead([5.0] * 9)
    few = study("b", {"RNN relu": [6.0, 6.0, 6.1]})

    assert side_by_side([one, two]).pairs[0].outcome == "first"
    (pair,) = side_by_side([one, few]).pairs
    assert (pair.outcome, pair.p, pair.ahead.repeats) == ("undecided", None, 3)
    assert "fewer than 4 decide nothing" in pair.sentence


def test_the_same_network_trained_alike_is_called_the_same() -> None:
    """Equal architecture, equal scores: no test is needed."""
    scores = [1.0, 1.1, 0.9, 1.2, 1.0]
    record = side_by_side([study("a", {"RNN tanh": scores}), study("b", {"RNN tanh": scores})])

    assert [pair.outcome for pair in record.pairs] == ["identical"]
    assert record.sentence == (
        "a and b come to the same: RNN tanh, with the same score on each of 5 common repeats."
    )


def test_rates_that_agree_by_chance_are_not_equal() -> None:
    """Two networks with the same accuracy on 4 repeats of 20 examples are not shown equal."""
    scores = [0.9, 0.85, 0.9, 0.95]
    one = study("a", {"RNN tanh": scores}, metric=RATE, examples=20)
    two = study("b", {"RNN relu": scores}, metric=RATE, examples=20)

    (pair,) = side_by_side([one, two]).pairs

    assert pair.outcome == "undecided"
    assert pair.ahead.low is not None
    assert pair.ahead.low < 0.0


def test_a_choice_of_many_needs_more_evidence() -> None:
    """Who picked the better network out of three pays with three times the p-value."""
    gaps = [0.06, 0.09, 0.05, 0.08, 0.07, 0.08]
    one, two = ahead(gaps)
    base = [(one.scores or {})["RNN tanh @ 0.01", r] for r in range(len(gaps))]
    rest = {f"RNN {name}": [9.0] * len(gaps) for name in ("relu", "elu")}
    chosen = study("a", {"RNN tanh": base} | rest)

    single, triple = (side_by_side([first, two]).pairs[0].p for first in (one, chosen))

    assert single is not None
    assert triple == pytest.approx(3 * single)


def test_several_comparisons_are_holms() -> None:
    """Of three comparisons the smallest p counts three times, the next twice."""
    gaps = np.array([0.02, 0.09, 0.05, -0.01, 0.07, 0.08])
    base = np.array([1.0, 1.2, 1.1, 1.0, 1.3, 1.1])
    drift = np.array([0.0, 0.06, 0.1, 0.01, 0.03, 0.12])
    three = [
        study(name, {f"RNN {name}": values.tolist()})
        for name, values in {"a": base, "b": base + gaps, "c": base + gaps + drift}.items()
    ]
    alone = [
        side_by_side([three[i], three[j]]).pairs[0].p or 0.0 for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    first, second, third = np.argsort(alone)
    expected = np.empty(3)
    expected[first] = 3 * alone[first]
    expected[second] = max(expected[first], 2 * alone[second])
    expected[third] = max(expected[second], alone[third])

    record = side_by_side(three)

    assert [pair.p for pair in record.pairs] == pytest.approx(np.minimum(expected, 1.0).tolist())
    assert "Of 3 comparisons of recommended architectures" in record.sentence


def test_a_divergence_counts_as_the_worst_score_of_its_repeat() -> None:
    """Of both studies, baselines included: here the baseline's 2.0."""
    one = study("a", {"RNN tanh": [math.nan, 1.0, 1.0, 1.0]}, baseline=[2.0] * 4)
    two = study("b", {"RNN relu": [1.0, 1.0, 1.0, 1.0]}, baseline=[2.0] * 4)

    (pair,) = side_by_side([one, two]).pairs

    assert pair.ahead.mean == pytest.approx(-0.25)


def test_a_cheaper_recommendation_is_not_the_only_one_compared() -> None:
    """Where a tie recommends another network than the best one, the best are compared as well."""
    ties = study("a", {"RNN tanh": [1.01] * 5, "LSTM tanh": [1.0] * 5})
    other = study("b", {"RNN relu": [1.2, 1.3, 1.2, 1.3, 1.2]})

    pairs = side_by_side([ties, other]).pairs

    assert [(pair.of, pair.labels) for pair in pairs] == [
        ("recommended", ("RNN tanh", "RNN relu")),
        ("best", ("LSTM tanh", "RNN relu")),
    ]


def test_equal_networks_are_seldom_called_different() -> None:
    """Two studies with four equal networks each: at most 5 % false claims (here of 400)."""
    random, false, names = np.random.default_rng(7), 0, ("tanh", "relu", "elu", "selu")
    for _ in range(400):
        shared = random.normal(size=(8, 1))
        sides = []
        for cell in ("RNN", "GRU"):
            scores = 10 + shared + random.normal(size=(8, 4))
            order = np.argsort(scores.mean(axis=0))
            networks = {f"{cell} {names[i]}": scores[:, i].tolist() for i in order}
            sides.append(study(cell, networks))
        (pair,) = side_by_side(sides).pairs
        false += pair.outcome in ("first", "second")

    assert false <= 20


Change = Callable[[ReportRecord], ReportRecord]
CHANGES: dict[str, Change] = {
    "their data differ": lambda r: replace(r, dataset=replace(r.dataset, sha256="0" * 64)),
    "their tasks differ": lambda r: replace(r, task="regression"),
    "their metrics differ (mae and rmse)": lambda r: replace(r, metric=replace(ERROR, name="rmse")),
    "their horizon differs (12 and 6)": lambda r: replace(r, options={**r.options, "horizon": 6}),
    "their seeds differ (0 and 1)": lambda r: replace(r, seeds=replace(r.seeds, root=1)),
    "does not say how far its repeats": lambda r: replace(
        r, confirmation=replace(r.confirmation, overlap=())
    ),
}


@pytest.mark.parametrize("why", CHANGES)
def test_what_changes_the_splits_prevents_pairing(why: str) -> None:
    """No claim is made, and the reason is given."""
    one, two = (replace(s, record=replace(s.record, options={"horizon": 12})) for s in ahead(GAPS))
    other = replace(two, record=CHANGES[why](two.record))

    record = side_by_side([one, other])

    assert record.pairs == ()
    assert record.margin is None
    assert why in record.unpaired[0]
    assert record.sentence.startswith("No claim is made")
    assert [row.name for row in record.studies] == ["a", "b"]


def test_other_scores_of_the_baselines_prevent_pairing() -> None:
    """A baseline depends on the split alone: another score is another split."""
    one, two = ahead(GAPS)
    moved = replace(two, scores={**(two.scores or {}), ("mean", 2): 2.7})

    assert "repeat 3 is another split" in side_by_side([one, moved]).unpaired[0]


def test_without_scores_there_is_a_table() -> None:
    """A report alone does not hold the scores of each repeat."""
    one, two = ahead(GAPS)

    record = side_by_side([one, replace(two, scores=None)])

    assert record.unpaired == (
        "These studies are not paired: scores.csv of b is not at hand.",
    )  # fmt: skip


def test_scores_that_are_not_of_the_report_are_an_error() -> None:
    """A missing score is not taken for a divergence."""
    one, two = ahead(GAPS)
    kept = {key: value for key, value in (two.scores or {}).items() if key[1] != 4}
    kept["mean", 4] = (two.scores or {})["mean", 4]

    with pytest.raises(StudyError, match=r"scores.csv of b lacks 'RNN relu @ 0.01' on repeat 4"):
        side_by_side([one, replace(two, scores=kept)])


def test_lengths_of_training_that_differ_are_a_caution() -> None:
    """What differs may then be the budget."""
    one, two = ahead(GAPS)
    longer = replace(two.record, screening=replace(two.record.screening, rungs=(5, 15, 45)))

    cautions = side_by_side([one, replace(two, record=longer)]).cautions

    assert any("b 45 epochs" in text for text in cautions)
    assert not any("different lengths" in text for text in side_by_side([one, two]).cautions)


# -- reading ------------------------------------------------------------------------------------


def saved(folder: Path, made: Study) -> Path:
    """Write a study as a run leaves it."""
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(to_json(made.record), encoding="utf-8")
    with (folder / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(ScoreRow)])
        for (name, repeat), score in (made.scores or {}).items():
            kind = "diverged" if math.isnan(score) else made.record.metric.name
            text = "" if math.isnan(score) else repr(score)
            writer.writerow(["confirmation", name, repeat, 6, kind, text, 0.1])
            writer.writerow(["screening", name, repeat, 6, kind, "77.0", 0.1])
    return folder


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """Scores of the confirmation alone, divergences included."""
    one, two = ahead(GAPS)
    hurt = replace(one, scores={**(one.scores or {}), ("RNN tanh @ 0.01", 0): math.nan})
    paths = [saved(tmp_path / s.name, s) for s in (hurt, two)]

    assert act.compare(*paths) == side_by_side([hurt, two])
    assert act.compare(paths[0] / "report.json", str(paths[1])) == act.compare(*paths)


def test_studies_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    """Two folders may be called the same."""
    one, two = ahead(GAPS)
    paths = [saved(tmp_path / side / "s", s) for side, s in (("x", one), ("y", two))]

    assert [s.name for s in read_studies(paths)] == [str(path) for path in paths]


def test_wrong_arguments_are_told(tmp_path: Path) -> None:
    """One study, the same twice, none there, unfinished, and scores that are none."""
    path = saved(tmp_path / "a", ahead(GAPS)[0])
    (tmp_path / "unfinished").mkdir()
    broken = saved(tmp_path / "broken", ahead(GAPS)[1])
    (broken / "scores.csv").write_text("stage,metric\nconfirmation,mae\n")

    with pytest.raises(UsageError, match="at least two studies"):
        act.compare(path)
    with pytest.raises(UsageError, match="given twice"):
        act.compare(path, path / "report.json")
    with pytest.raises(StudyError, match="no such study"):
        act.compare(path, tmp_path / "nowhere")
    with pytest.raises(StudyError, match="actselect resume"):
        act.compare(path, tmp_path / "unfinished")
    with pytest.raises(StudyError, match="wanted the scores that a study writes"):
        act.compare(path, broken)


@pytest.mark.slow
def test_two_real_studies_of_one_question_are_paired(tmp_path: Path) -> None:
    """Other cells and another budget leave the splits as they are; another seed does not."""
    made = {}
    for name, cells, extra, seed in (
        ("short", ["rnn"], 0, 0), ("long", ["gru"], 60, 0), ("other", ["rnn"], 0, 1),
    ):  # fmt: skip
        act.recommend(
            "airpassengers", task="forecasting", horizon=6, cells=cells, activations=["tanh"],
            depths=[1], hidden_size=6, epochs_budget=least_epochs() + 20 + extra, workers=0,
            random_state=seed, out=tmp_path / name / name, progress="quiet",
        )  # fmt: skip
        made[name] = tmp_path / name / name

    record = act.compare(made["short"], made["long"])
    other = act.compare(made["short"], made["other"])

    assert record.unpaired == ()
    assert record.pairs[0].ahead.repeats >= 1
    assert "their seeds differ (0 and 1)" in other.unpaired[0]


@pytest.mark.parametrize(
    ("how", "start"),
    [("table", "RNN"), ("markdown", "## Studies"), ("html", "<!DOCTYPE"), ("json", "{")],
)
def test_the_command_prints_each_format(tmp_path: Path, how: str, start: str) -> None:
    """Results on stdout, exit code 0; a mistake is one line on stderr, exit code 2."""
    paths = [str(saved(tmp_path / s.name, s)) for s in ahead(GAPS)]

    done = CliRunner().invoke(cli, ["compare", *paths, "--format", how])
    wrong = CliRunner().invoke(cli, ["compare", paths[0], "--format", how])

    assert (done.exit_code, wrong.exit_code) == (0, 2)
    assert done.stdout.startswith(start)
    assert wrong.stderr.startswith("Error: compare needs at least two studies")
