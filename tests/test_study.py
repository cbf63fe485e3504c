"""Whole studies, as a user runs them: real files, real processes, a real Optuna database."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
import torch

import actselect as act
from actselect import activations
from actselect.exceptions import DataError, StudyError, UsageError
from actselect.planning import least_epochs
from actselect.records import ReportRecord
from actselect.report import without_times

pytestmark = pytest.mark.slow
EPOCHS = least_epochs() + 20
SMALL = ["--cells", "rnn,gru", "--activations", "tanh,relu", "--depths", "1", "--hidden-size", "6"]
COMMAND = ["airpassengers", "--task", "forecasting", "--horizon", "6", *SMALL, "--check-aa"]


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "actselect", *words]


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*words), cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One finished study, made on the command line with two workers."""
    folder = tmp_path_factory.mktemp("two")
    budget = ["--epochs-budget", str(EPOCHS), "--workers", "2"]
    done = _run(folder, "recommend", *COMMAND, *budget, "--out", "s")
    assert done.returncode == 0, done.stderr
    return folder / "s"


def _record(path: Path) -> ReportRecord:
    return act.load_report(path).record


def test_the_folder_holds_what_was_promised(study: Path) -> None:
    """Reports, scores, the Optuna study, the model; no checkpoints are left."""
    names = {p.name for p in study.iterdir()}
    promised = (
        "report.json report.md report.html scores.csv study.db model journal.jsonl study.json"
    )

    assert set(promised.split()) == names
    assert {"weights.safetensors", "architecture.json"} == {
        p.name for p in (study / "model").iterdir()
    }


def test_the_number_of_workers_changes_nothing(study: Path, tmp_path: Path) -> None:
    """One worker, and none beside this process, give the report of two."""
    for workers in (0, 1):
        out = tmp_path / str(workers) / "s"
        act.recommend(
            "airpassengers", task="forecasting", horizon=6, cells=["rnn", "gru"],
            activations=["tanh", "relu"], depths=[1], hidden_size=6, epochs_budget=EPOCHS,
            workers=workers, out=out, progress="quiet", check_aa=True,
        )  # fmt: skip

        assert without_times(_record(out)) == without_times(_record(study))


@pytest.mark.parametrize("moment", [0.15, 0.5, 0.85])
def test_a_killed_run_resumes_to_the_same_report(
    study: Path, tmp_path: Path, moment: float
) -> None:
    """``kill -9`` at different moments; nothing finished is done again; the report is the same."""
    lines = len((study / "journal.jsonl").read_text().splitlines())
    journal = tmp_path / "s" / "journal.jsonl"
    budget = ["--epochs-budget", str(EPOCHS), "--workers", "2", "--out", "s"]
    run = subprocess.Popen(
        _command("recommend", *COMMAND, *budget), cwd=tmp_path, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while run.poll() is None and (
        not journal.exists() or len(journal.read_bytes().splitlines()) < moment * lines
    ):
        time.sleep(0.01)
    run.kill()
    run.wait()
    before = journal.read_text().splitlines()
    assert len(before) < lines
    resumed = _run(tmp_path, "resume", "s")

    assert resumed.returncode == 0, resumed.stderr
    after = journal.read_text().splitlines()
    keys = [json.loads(line)["key"] for line in after]
    assert len(keys) == len(set(keys))
    assert without_times(_record(tmp_path / "s")) == without_times(_record(study))


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    """Exit code 130, one line with the command to type, no traceback, no orphaned workers."""
    budget = ["--epochs-budget", str(EPOCHS), "--workers", "2", "--out", "s"]
    run = subprocess.Popen(
        _command("recommend", *COMMAND, *budget), cwd=tmp_path, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    journal = tmp_path / "s" / "journal.jsonl"
    while run.poll() is None and (
        not journal.exists() or len(journal.read_bytes().splitlines()) < 8
    ):
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGINT)
    _, stderr = run.communicate(timeout=60)

    assert run.returncode == 130
    assert "actselect resume s" in stderr
    assert "Traceback" not in stderr


def test_the_report_keeps_its_promises(study: Path) -> None:
    """Defaults are confirmed, everybody had as many learning rates, repeats are paired."""
    record = _record(study)
    rates = {len(row.learning_rates) for row in record.ranking}

    assert {"RNN tanh", "GRU tanh/sigmoid", "LSTM tanh/sigmoid"} <= {
        row.label for row in record.ranking
    }
    assert len(rates) == 1
    assert min(rates) >= 3
    assert record.test.openings == 1
    assert record.screening.pruned > 0
    assert record.budget.spent <= EPOCHS
    assert {row.rank for row in record.ranking} == set(range(1, len(record.ranking) + 1))


def test_the_optuna_study_opens_in_optuna(study: Path) -> None:
    """Trials are COMPLETE or PRUNED with intermediate values, and parameters are the axes."""
    loaded = optuna.load_study(study_name="actselect", storage=f"sqlite:///{study / 'study.db'}")
    states = {t.state.name for t in loaded.trials}
    pruned = [t for t in loaded.trials if t.state.name == "PRUNED"]

    assert states == {"COMPLETE", "PRUNED"}
    assert all(t.intermediate_values for t in pruned if "diverged" not in t.user_attrs)
    assert len(loaded.trials) == _record(study).screening.trials
    inside = [t for t in loaded.trials if "cell" in t.params]
    assert {t.params["cell"] for t in inside} == {"rnn", "gru"}
    assert loaded.direction.name == "MINIMIZE"


def test_scores_are_tidy(study: Path) -> None:
    """One row per score, with the columns that were promised, and as many repeats as reported."""
    with (study / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    confirmed = {r["repeat"] for r in rows if r["stage"] == "confirmation"}

    assert list(rows[0]) == [
        "stage",
        "architecture",
        "repeat",
        "step",
        "metric",
        "score",
        "seconds",
    ]
    assert len(confirmed) >= _record(study).confirmation.repeats


def test_a_duplicate_competes_unseen(study: Path) -> None:
    """It is trained beside the default, on the same repeats, to other scores; no rank shows it."""
    record = _record(study)
    with (study / "scores.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == record.metric.name]
    assert record.aa is not None
    own = {
        stage: {r["repeat"]: r["score"] for r in rows
                if r["stage"] == stage and r["architecture"].startswith(record.aa.label)}
        for stage in ("confirmation", "duplicate")
    }  # fmt: skip

    assert len(own["duplicate"]) == record.aa.repeats >= 2
    assert all(own["confirmation"][r] != score for r, score in own["duplicate"].items())
    assert len({row.label for row in record.ranking}) == len(record.ranking)
    assert record.aa.false_claims <= 0.1 * record.aa.studies
    assert record.aa.upper >= record.aa.false_claims / record.aa.studies


def test_values_that_make_no_difference_leave_nothing_behind(tmp_path: Path) -> None:
    """An activation registered again under another name is refused before a folder is made."""
    activations.register_activation("tanh_again", torch.tanh, low=-1.0, high=1.0)
    X = np.random.default_rng(0).normal(size=(60, 6, 1))
    try:
        with pytest.raises(UsageError, match="'tanh' and 'tanh_again' give the same"):
            act.recommend(
                X, X.sum((1, 2)), task="regression", activations=["tanh", "tanh_again"],
                out=tmp_path / "s", workers=0, progress="quiet",
            )  # fmt: skip
    finally:
        activations._table.pop("tanh_again")

    assert list(tmp_path.iterdir()) == []


def test_what_can_be_concluded_is_said_before_and_after(tmp_path: Path) -> None:
    """On stderr when the study starts, and in the report; and which axes were shown alive."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"id": np.repeat(np.arange(40), 6), "x": rng.normal(size=240), "y": np.repeat([0, 1], 120)}
    )
    frame.to_csv(tmp_path / "few.csv", index=False)
    done = _run(
        tmp_path, "recommend", "few.csv", "--task", "classification", "--target", "y", "--series",
        "id", *SMALL, "--epochs-budget", str(EPOCHS), "--workers", "0", "--out", "s",
    )  # fmt: skip
    record = _record(tmp_path / "s")

    assert done.returncode == 0, done.stderr
    assert all(sentence in done.stderr for sentence in record.outlook)
    assert any("a tie within 0.005 cannot be shown" in sentence for sentence in record.outlook)
    assert set(record.screening.axes) >= {"cell", "activation"}


def test_a_second_look_at_the_test_part_must_be_asked_for(study: Path) -> None:
    """Another study of the same data beside it is refused, with exit code 2."""
    budget = ["--epochs-budget", str(EPOCHS), "--out", "t"]
    refused = _run(study.parent, "recommend", *COMMAND, *budget)

    assert refused.returncode == 2
    assert "--reopen-test" in refused.stderr
    assert not (study.parent / "t").exists()


def test_predictions_follow_the_data(study: Path, tmp_path: Path) -> None:
    """Six months ahead of a file that ends in 1955, in the unit of the target."""
    dates = pd.date_range("1949-01-01", periods=84, freq="MS").strftime("%Y-%m")
    values = 100 + np.arange(84.0)
    pd.DataFrame({"Month": dates, "Passengers": values}).to_csv(tmp_path / "a.csv", index=False)
    frame = act.predict(study, tmp_path / "a.csv")

    assert list(frame.columns) == ["series", "step", "Passengers"]
    assert len(frame) == 6
    assert frame["Passengers"].between(50, 400).all()


def test_the_saved_model_is_the_one_that_was_tested(study: Path) -> None:
    """Its parameters are as many as the report says, and it runs."""
    report = act.load_report(study)
    model = report.build_model()
    output = model(torch.zeros(2, 12, 1), torch.tensor([12, 12]))

    assert output.shape == (2, 6)
    assert sum(p.numel() for p in model.parameters()) == report.best.parameters


def test_changed_data_are_noticed_on_resume(tmp_path: Path) -> None:
    """A study is not continued on other data than it began with."""
    data = tmp_path / "x.csv"
    wave = np.sin(np.arange(120) / 6) + 0.01 * np.arange(120)
    data.write_text("y\n" + "\n".join(map(str, wave)))
    budget = ["--epochs-budget", str(EPOCHS), "--workers", "0", "--out", "s"]
    run = subprocess.Popen(
        _command("recommend", "x.csv", "--task", "forecasting", "--horizon", "6", *SMALL, *budget),
        cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while not (tmp_path / "s" / "journal.jsonl").exists():
        time.sleep(0.02)
    run.kill()
    run.wait()
    data.write_text(data.read_text().replace("0.0\n", "0.5\n", 1))

    with pytest.raises(StudyError, match="have changed"):
        act.resume(tmp_path / "s", progress="quiet")


def test_bad_data_leave_nothing_behind(tmp_path: Path) -> None:
    """Text where numbers belong: exit code 2, the place is named, no folder is made."""
    (tmp_path / "x.csv").write_text("y\n" + "1\n" * 20 + "oops\n" + "2\n" * 20)
    failed = _run(tmp_path, "recommend", "x.csv", "--task", "forecasting", "--target", "y")

    assert failed.returncode == 2
    assert "oops" in failed.stderr
    assert ["x.csv"] == [p.name for p in tmp_path.iterdir()]


def test_classification_of_arrays_in_python(tmp_path: Path) -> None:
    """Lists of different lengths, an easy rule: a network is recommended or ties, and predicts."""
    rng = np.random.default_rng(0)
    X = [rng.normal(0, 1, (rng.integers(5, 12), 2)) for _ in range(120)]
    y = ["up" if x[-1, 0] > 0 else "down" for x in X]
    report = act.recommend(
        X, y, task="classification", cells=["rnn"], activations=["tanh"], depths=[1],
        hidden_size=6, epochs_budget=EPOCHS, workers=0, out=tmp_path / "s", progress="quiet",
    )  # fmt: skip
    frame = act.predict(tmp_path / "s", X[:10])

    assert report.record.task == "classification"
    assert list(frame.columns) == ["series", "label", "p(down)", "p(up)"]
    assert np.allclose(frame[["p(down)", "p(up)"]].sum(axis=1), 1)
    assert report.to_frame().shape[0] == len(report.ranking)
    with pytest.raises(DataError, match="features"):
        act.predict(tmp_path / "s", [x[:, :1] for x in X[:3]])


def test_the_full_space_is_searched_with_the_sampler(tmp_path: Path) -> None:
    """Mixes, output and head activations, directions: all axes appear, and nobody enters twice."""
    rng = np.random.default_rng(1)
    X = rng.normal(0, 1, (90, 5, 1))
    act.recommend(
        X, X.sum((1, 2)), task="regression", space="full", depths=[1, 2], hidden_size=4,
        epochs_budget=500, workers=0, out=tmp_path / "s", progress="quiet",
    )  # fmt: skip
    path = tmp_path / "s" / "study.db"
    loaded = optuna.load_study(study_name="actselect", storage=f"sqlite:///{path}")
    names = {name for t in loaded.trials for name in t.params}
    real = [t for t in loaded.trials if t.state.name != "FAIL"]
    pairs = [(t.user_attrs.get("label"), t.params["learning_rate"]) for t in real]

    axes = "cell num_layers activation_1 activation_2 recurrent_activation output_activation"
    assert set(axes.split()) | {"head_activation", "bidirectional", "learning_rate"} == names
    assert len(pairs) == len(set(pairs))


def test_a_users_own_activation_reaches_the_workers(tmp_path: Path) -> None:
    """A script without a guard registers one; two spawned processes use it, and run it once."""
    (tmp_path / "script.py").write_text(
        "import torch\nimport actselect as act\n"
        "def bump(x):\n    return torch.tanh(x) * torch.sigmoid(x)\n"
        "act.register_activation('bump', bump, low=-1, high=1)\n"
        "act.register_activation('lambda', lambda x: torch.tanh(x) / 2, low=-1, high=1)\n"
        "act.recommend('airpassengers', task='forecasting', horizon=6,\n"
        "    cells=['rnn'], activations=['bump'], depths=[1], hidden_size=6,\n"
        f"    epochs_budget={EPOCHS}, workers=2, out='s', progress='quiet')\n"
        "print('top level')\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("top level") == 1
    assert "RNN bump @" in (tmp_path / "s" / "scores.csv").read_text()


def test_what_cannot_be_copied_to_a_worker_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An activation that holds a lock: one error before anything is trained, nothing written."""
    monkeypatch.setattr(activations, "_table", dict(activations.activations()))
    lock = threading.Lock()

    def guarded(x: torch.Tensor) -> torch.Tensor:
        with lock:
            return torch.tanh(x)

    act.register_activation("guarded", guarded, low=-1, high=1)
    with pytest.raises(UsageError, match=r"'guarded'.*'_thread\.lock'.*workers=0"):
        act.recommend(
            "airpassengers", task="forecasting", horizon=6, epochs_budget=EPOCHS,
            activations=["guarded"], workers=2, out=tmp_path / "s", progress="quiet",
        )  # fmt: skip

    assert not (tmp_path / "s").exists()


def test_quantiles_are_studied_reported_and_predicted(tmp_path: Path) -> None:
    """From the command line: the options come back as typed, forecasts have their quantiles."""
    words = [
        "airpassengers",
        "--task",
        "forecasting",
        "--horizon",
        "6",
        "--quantiles",
        "0.1,0.5,0.9",
    ]
    small = ["--cells", "rnn", "--activations", "tanh", "--depths", "1", "--hidden-size", "4"]
    budget = ["--epochs-budget", str(EPOCHS), "--workers", "0", "--quiet"]
    done = _run(tmp_path, "recommend", *words, *small, *budget, "--out", "s")
    assert done.returncode == 0, done.stderr
    record = _record(tmp_path / "s")
    series = pd.Series(np.arange(48.0) + 100.0, name="Passengers")
    series.to_csv(tmp_path / "new.csv", index=False)
    answered = _run(tmp_path, "predict", "s", "new.csv")
    assert answered.returncode == 0, answered.stderr
    (tmp_path / "out.csv").write_text(answered.stdout, encoding="utf8")
    forecasts = pd.read_csv(tmp_path / "out.csv")

    assert record.metric.name == "pinball"
    assert record.options["quantiles"] == [0.1, 0.5, 0.9]
    assert len(forecasts) == 6
    assert (forecasts["q0.1"] <= forecasts["q0.9"]).all()
