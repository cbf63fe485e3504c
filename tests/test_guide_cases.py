"""The study of the guide's cases makes the files it says, and a table of what came out."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from actselect.data import TASKS, load
from actselect.tasks import metrics
from studies.guide_cases import prepare
from studies.guide_cases.__main__ import main
from studies.guide_cases.cases import CASES, Case
from studies.guide_cases.table import told


def test_every_case_asks_a_question_that_there_is() -> None:
    """Its task, and the metric of its bar."""
    for case in CASES:
        assert case.task in TASKS
        assert case.bar is None or case.bar[0] in {m.name for m in metrics()[case.task]}
    assert len({case.name for case in CASES}) == len(CASES)


def test_questions_become_two_files_with_their_coarse_class(tmp_path: Path) -> None:
    """The class is what stands before the colon."""
    with zipfile.ZipFile(tmp_path / "qc.zip", "w") as archive:
        for part, repeats in (("train", 20), ("test", 4)):
            lines = [f"DESC:manner How {i} ?\nHUM:ind Who {i} is it ?" for i in range(repeats)]
            archive.writestr(f"qc/{part}.txt", "\n".join(lines).encode("latin-1"))
    work = tmp_path / "work"
    work.mkdir()

    data = load(prepare.question_classification(tmp_path, work), task="text-classification")

    assert data.targets is not None
    assert data.tokens is not None
    assert data.test is not None
    assert data.targets.tolist()[:2] == ["DESC", "HUM"]
    assert data.tokens.text(1) == ("who", "0", "is", "it", "?")
    assert data.test.sum() == 8


def test_chorales_keep_their_split_and_notes(tmp_path: Path) -> None:
    """One row a step, one column a note."""
    roll = np.zeros((12, 88), dtype=np.uint8)
    roll[::2, 40] = 1
    cells = np.empty((1, 4), dtype=object)
    cells[0, :] = [roll] * 4
    savemat(
        tmp_path / "JSB_Chorales.mat", {"traindata": cells, "validdata": cells, "testdata": cells}
    )

    path = prepare.jsb_chorales(tmp_path, tmp_path)
    data = load(path, task="event-forecasting", series="chorale")

    assert len(data) == 12
    assert data.values.shape == (12 * 12, 88)
    assert data.values[:, 40].sum() == 12 * 6
    assert data.validation is not None
    assert data.validation.sum() == 4


def test_variants_of_an_emoji_stay_in_one_group(tmp_path: Path) -> None:
    """Two emoji, the first with a variant in another skin tone: three pictures in two groups."""
    Image.new("RGBA", (68, 68), (9, 9, 9, 255)).save(tmp_path / "sheet_twitter_32.png")
    one = {
        "unified": "1F44B",
        "sheet_x": 0,
        "sheet_y": 0,
        "short_names": ["wave"],
        "skin_variations": {"1F3FB": {"unified": "1F44B-1F3FB", "sheet_x": 0, "sheet_y": 1}},
    }
    two = {"unified": "1F600", "sheet_x": 1, "sheet_y": 0, "short_names": ["grinning"]}
    labels = [{"hexcode": "1F44B", "label": "waving hand"}]
    (tmp_path / "emoji.json").write_text(json.dumps([one, two]), encoding="utf8")
    (tmp_path / "emojibase_en_data.json").write_text(json.dumps(labels), encoding="utf8")

    path = prepare.emoji(tmp_path, tmp_path)

    rows = [line.split(",") for line in path.read_text(encoding="utf8").splitlines()]
    assert rows[0] == ["image", "caption", "base"]
    assert {(r[1], r[2]) for r in rows[1:]} == {
        ("wave", "1F44B"),
        ("waving hand", "1F44B"),
        ("grinning", "1F600"),
    }
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 3


@pytest.mark.parametrize(
    ("bar", "score", "word"),
    [
        ((">=", 0.9), 0.9, "reached"),
        ((">=", 0.9), 0.89, "missed"),
        (("<=", 8.9), 8.9, "reached"),
        (("<", 2.25), 2.25, "missed"),
    ],
)
def test_a_bar_is_reached_or_missed(bar: tuple[str, float], score: float, word: str) -> None:
    """By hand."""
    case = Case(name="x", section="", task="", bar=("m", *bar))

    assert told(case, score).endswith(word)


@pytest.mark.slow
def test_a_case_is_run_once_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run finds its result; a table stands beside it."""
    small = Case(
        name="arpeggios",
        section="5.2",
        task="event-forecasting",
        budget="12s",
        options={"cells": ["gru"], "activations": ["tanh"], "depths": [1], "workers": 0},
    )
    monkeypatch.setattr("studies.guide_cases.__main__.CASES", (small,))
    monkeypatch.setattr("studies.guide_cases.table.CASES", (small,))
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "results"
    main(["--data", str(tmp_path), "--results", str(results)])
    first = (results / "arpeggios.json").read_bytes()
    main(["--data", str(tmp_path), "--results", str(results)])

    assert first == (results / "arpeggios.json").read_bytes()
    found = json.loads(first)
    assert found["metric"] == "nats_per_step"
    assert found["test"] < found["baseline"]
    assert "| arpeggios | 5.2 | event-forecasting |" in (results / "table.md").read_text()
