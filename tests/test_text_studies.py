"""Whole studies of texts, tags, captions and events, as a user runs them: from files to answers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import actselect as act
from actselect.cli import cli
from actselect.planning import least_epochs
from actselect.report import without_times
from actselect.training import Trainer, TrainingJob, TrainingResult

EPOCHS = least_epochs() + 20
SMALL = ["--cells", "rnn", "--activations", "tanh", "--depths", "1", "--hidden-size", "4",
         "--epochs-budget", str(EPOCHS), "--workers", "0", "--quiet"]  # fmt: skip
QUICK = {
    "cells": ["rnn"], "activations": ["tanh"], "depths": [1], "hidden_size": 4,
    "epochs_budget": EPOCHS, "progress": "quiet",
}  # fmt: skip
LETTERS = list("abcd")
Study = Callable[[str], Path]


def run(*arguments: str | Path) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def texts(n: int, seed: int = 0) -> list[str]:
    """Return N texts of two to four letters with spaces between."""
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(LETTERS, random.integers(2, 5))) for _ in range(n)]


def reviews(folder: Path) -> list[str]:
    """Write a folder for each class, a file for each text; and texts to label, as a table."""
    for name in ("good", "bad"):
        (folder / "reviews" / name).mkdir(parents=True)
    for i, text in enumerate(texts(50)):
        name = "good" if "a" in text else "bad"
        (folder / "reviews" / name / f"{i}.txt").write_text(text, encoding="utf-8")
    pd.DataFrame({"text": ["a b", "c d", "b"]}).to_csv(folder / "new.csv", index=False)
    return [str(folder / "reviews"), "--task", "text-classification"]


def sentences(folder: Path) -> list[str]:
    """Write sentences in CoNLL columns, with a name in each; and one to tag."""
    lines = ["".join(f"{w} {'B-PER' if w == 'a' else 'O'}\n" for w in t.split()) for t in texts(60)]
    (folder / "names.conll").write_text("\n".join(lines), encoding="utf-8")
    (folder / "new.conll").write_text("c O\na O\n\nb O\n", encoding="utf-8")
    return [str(folder / "names.conll"), "--task", "tagging"]


def corpus(folder: Path) -> list[str]:
    """Write a folder with train, valid and test; and a text to judge."""
    (folder / "corpus").mkdir()
    for seed, (name, n) in enumerate({"train": 150, "valid": 30, "test": 30}.items()):
        text = "\n".join(texts(n, seed))
        (folder / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "new.txt").write_text("a b c\nd a\n", encoding="utf-8")
    return [str(folder / "corpus"), "--task", "language-modeling"]


def photos(folder: Path) -> list[str]:
    """Write pictures and a COCO file of two captions each; and names of pictures to describe."""
    random = np.random.default_rng(0)
    images, said = [], []
    (folder / "png").mkdir()
    for i in range(20):
        grey = int(random.integers(0, 256))
        Image.new("RGB", (8, 8), (grey,) * 3).save(folder / "png" / f"{i}.png")
        images.append({"id": i, "file_name": f"{i}.png"})
        word = "light" if grey > 127 else "dark"
        for text in (f"This is very {word}.", f"It is so {word}"):
            said.append({"id": len(said), "image_id": i, "caption": text})
    coco = {"images": images, "annotations": said}
    (folder / "captions.json").write_text(json.dumps(coco), encoding="utf-8")
    pd.DataFrame({"image": ["3.png", "7.png"]}).to_csv(folder / "new.csv", index=False)
    return [str(folder / "captions.json"), "--task", "captioning", "--images", str(folder / "png")]


def pairs(folder: Path) -> list[str]:
    """Write texts with their last letter, as JSON lines; and texts to answer."""
    lines = [json.dumps({"source": text, "target": text[-1]}) for text in texts(60)]
    (folder / "last.jsonl").write_text("\n".join(lines), encoding="utf-8")
    pd.DataFrame({"source": ["a b", "c c d", "never seen"]}).to_csv(folder / "new.csv", index=False)
    return [str(folder / "last.jsonl"), "--task", "sequence-to-sequence"]


def drums(folder: Path) -> list[str]:
    """Write which of three drums are beaten, a row a step; and two beginnings to go on from."""
    random = np.random.default_rng(0)
    beats = (random.random((20 * 12, 3)) < [0.5, 0.3, 0.1]).astype(int)
    frame = pd.DataFrame(beats, columns=["kick", "snare", "crash"])
    frame.insert(0, "piece", np.repeat(np.arange(20), 12))
    frame.to_csv(folder / "drums.csv", index=False)
    frame[:24].to_csv(folder / "new.csv", index=False)
    return [str(folder / "drums.csv"), "--task", "event-forecasting", "--series", "piece"]


MAKERS = {
    "text-classification": (reviews, "new.csv", "series label p(bad) p(good)"),
    "tagging": (sentences, "new.conll", "series step token tag"),
    "language-modeling": (corpus, "new.txt", "series tokens bits_per_character perplexity"),
    "captioning": (photos, "new.csv", "image caption"),
    "sequence-to-sequence": (pairs, "new.csv", "series target"),
    "event-forecasting": (drums, "new.csv", "series kick snare crash"),
}
TASKS = pytest.mark.parametrize("task", list(MAKERS))


def interrupted(monkeypatch: pytest.MonkeyPatch, after: int, start: Callable[[], object]) -> None:
    """Start a study and press Ctrl-C after so many trainings."""
    whole, count = TrainingJob.run, itertools.count()

    def one(job: TrainingJob, trainer: Trainer) -> TrainingResult:
        if next(count) == after:
            raise KeyboardInterrupt
        return whole(job, trainer)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingJob, "run", one)
        with pytest.raises(KeyboardInterrupt):
            start()


def stopped(*arguments: str | Path) -> None:
    """Run the command line, and raise what ended it if that was Ctrl-C."""
    done = run(*arguments)
    assert done.exit_code == 130, done.output
    assert "Continue with: actselect resume" in done.stderr
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return where the finished study of a task is; it is made the first time it is asked for."""
    made: dict[str, Path] = {}

    def find(task: str) -> Path:
        if task not in made:
            folder = tmp_path_factory.mktemp(task)
            words = ["recommend", *MAKERS[task][0](folder), *SMALL, "--out", folder / "s"]
            if task == "captioning":  # cut off and continued, which reads the pictures again
                with pytest.MonkeyPatch.context() as patch:
                    interrupted(patch, 20, lambda: stopped(*words))
                words = ["resume", folder / "s", "--quiet"]
            done = run(*words)
            assert done.exit_code == 0, done.output
            assert f"Report with pictures: {folder / 's' / 'report.html'}" in done.stdout
            made[task] = folder / "s"
        return made[task]

    return find


def predicted(path: Path, *options: str) -> pd.DataFrame:
    """Return what ``predict`` prints for the new data of a study."""
    task = act.load_report(path).record.task
    done = run("predict", path, path.parent / MAKERS[task][1], *options)
    assert done.exit_code == 0, done.output
    (path.parent / "out.csv").write_text(done.stdout, encoding="utf-8")
    return pd.read_csv(path.parent / "out.csv", dtype=str, keep_default_na=False)


@pytest.mark.slow
@TASKS
def test_a_study_of_each_task_ends_with_a_report(study: Study, task: str) -> None:
    """Files, a verdict, defaults and baselines in the ranking, and the test scored once."""
    path = study(task)
    record = act.load_report(path).record
    promised = "report.json report.md report.html scores.csv study.db model journal.jsonl"

    assert set(promised.split()) <= {p.name for p in path.iterdir()}
    assert {"RNN tanh", "GRU tanh/sigmoid", "LSTM tanh/sigmoid"} <= {
        row.label for row in record.ranking
    }
    assert record.task == task
    assert record.baselines
    assert record.test.openings == 1
    assert record.verdict.sentence in run("show", path).stdout.replace("\n", " ")


@pytest.mark.slow
@TASKS
def test_predict_prints_what_the_task_promises(study: Study, task: str) -> None:
    """A table with the task's columns and a row for each text, word, picture or sequence."""
    frame = predicted(study(task))
    rows = {"text-classification": 3, "tagging": 3, "language-modeling": 1, "captioning": 2,
            "sequence-to-sequence": 3, "event-forecasting": 2}  # fmt: skip

    assert list(frame.columns) == MAKERS[task][2].split()
    assert len(frame) == rows[task]


@pytest.mark.slow
def test_answers_are_as_long_as_those_seen_and_of_their_words(study: Study) -> None:
    """Greedily or with a beam; unknown words are read all the same."""
    for options in ((), ("--beam", "4")):
        answers = predicted(study("sequence-to-sequence"), *options)["target"]
        assert set(answers) <= {"", *LETTERS}
    said = predicted(study("captioning"), "--beam", "3")["caption"]
    assert set(" ".join(said).split()) <= {"this", "it", "is", "very", "so", "light", "dark"}


@pytest.mark.slow
def test_a_language_model_writes_on(study: Study) -> None:
    """As many characters as asked for, after the start; same seed, same text."""
    path = study("language-modeling")
    written = [
        run("predict", path, "--sample", "40", "--start", "a b", "--seed", seed).stdout
        for seed in ("1", "1", "2")
    ]

    assert all(text.startswith("a b") and len(text) == 3 + 40 + 1 for text in written)
    assert written[0] == written[1] != written[2]
    assert set(written[0]) <= {*LETTERS, " ", "\n"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("captioning", ("--sample", "9"), "Only language models write by themselves"),
        ("language-modeling", ("--sample", "0"), "length must be at least 1"),
        ("language-modeling", ("--sample", "9", "--temperature", "-1"), "temperature must not be"),
        ("sequence-to-sequence", ("new.csv", "--beam", "0"), "beam must be at least 1"),
        ("sequence-to-sequence", ("new.csv", "--images", "."), "'images' parameter"),
        ("captioning", ("none.csv",), "none.csv"),
    ],
)
def test_what_cannot_be_predicted_is_said_in_one_line(
    study: Study, task: str, options: tuple[str, ...], message: str
) -> None:
    """Exit code 2, and no traceback."""
    path = study(task)
    named = [str(path.parent / o) if o.endswith(".csv") else o for o in options]
    done = run("predict", path, *named)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


@pytest.mark.parametrize("words", [(), ("new.csv", "--sample", "9")])
def test_predict_wants_data_or_a_length_and_not_both(words: tuple[str, ...]) -> None:
    """The usage is shown, and what to give."""
    done = run("predict", "studies/x", *words)

    assert done.exit_code == 2
    assert "Give DATA to predict, or --sample N" in done.stderr


@pytest.mark.slow
def test_texts_from_memory_give_one_report_however_a_study_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, in two others, and interrupted and resumed: the same but for times."""
    said = ["\n".join(texts(100, seed)) for seed in range(2)]

    def start(name: str, workers: int) -> act.Report:
        return act.recommend(
            said, task="language-modeling", workers=workers, out=tmp_path / name / "s", **QUICK
        )

    alone = without_times(start("alone", 0).record)
    interrupted(monkeypatch, 20, lambda: start("cut", 0))
    assert not (tmp_path / "cut" / "s" / "report.json").exists()

    assert without_times(start("two", 2).record) == alone
    assert without_times(act.resume(tmp_path / "cut" / "s", progress="quiet").record) == alone


@pytest.mark.slow
def test_a_study_of_a_file_goes_on_where_it_was_interrupted(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read again; the report is that of a study that ran through."""
    path = study("tagging")
    words = [path.parent / "names.conll", "--task", "tagging", *SMALL, "--out", tmp_path / "s"]
    interrupted(monkeypatch, 30, lambda: stopped("recommend", *words))
    done = run("resume", tmp_path / "s", "--quiet")

    assert done.exit_code == 0, done.output
    again, whole = (act.load_report(p).record for p in (tmp_path / "s", path))
    assert without_times(again) == without_times(whole)


def bad_files(folder: Path) -> None:
    """Write data that are good but for what is asked of them."""
    said = texts(30)
    frame = pd.DataFrame({"text": said, "label": [text[-1] for text in said]})
    frame.to_csv(folder / "texts.csv", index=False)
    numbers = pd.DataFrame({"x": np.arange(30.0), "z": 1, "label": list("ab") * 15})
    numbers.to_csv(folder / "numbers.csv", index=False)
    sentences(folder)
    Image.new("L", (8, 8)).save(folder / "1.png")
    (folder / "inner").mkdir()
    rows = {"image": ["../1.png"] * 12, "caption": [f"it is {i}" for i in range(12)]}
    pd.DataFrame(rows).to_csv(folder / "inner" / "captions.csv", index=False)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("numbers.csv --task text-classification", "wanted a text column"),
        ("texts.csv --task text-classification --format excel", "Unknown format 'excel'"),
        ("texts.csv --task text-classification --images .", "'images' parameter"),
        ("texts.csv --task text-classification --target none", "none"),
        ("numbers.csv --task classification --target label --quantiles 0.1,0.9", "quantiles"),
        ("names.conll --task tagging --multilabel", "'multilabel' parameter"),
        ("names.conll --task tagging --tokenizer words", "'tokenizer' parameter"),
        ("texts.csv --task text-classification --tokenizer no.json", "got 'no.json'"),
        ("inner/captions.csv --task captioning", "a step out of a folder"),
        ("names.conll --task event-forecasting", "names.conll"),
        ("texts.csv --task sequence-to-sequence --metric bleu_4", "Unknown metric 'bleu_4'"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    """Exit code 2, what is wrong, and no folder of a study."""
    monkeypatch.chdir(tmp_path)
    bad_files(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    done = run("recommend", *command.split(), *SMALL)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert message.lower() in done.stderr.lower()
    assert {path.name for path in tmp_path.iterdir()} == before
