"""Studies side by side, as people read them: every fact is there, and no name does harm."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest

from actselect.records import (
    BaselineRecord,
    BudgetRecord,
    ComparedStudy,
    ComparisonRecord,
    Estimate,
    MetricRecord,
    PairRecord,
    TestScore,
)
from actselect.report import comparing, comparing_pages
from actselect.report.columns import cells

HOSTILE = (
    "<script>alert(1)</script>",
    "a|b\nc",
    "\x1b[31mred\x1b[0m\u202e",
    "[x](javascript:alert(1))",
    "{{ 7*7 }}",
    "東京 🧪 " + "long" * 30,
)


def compared(name: str, mean: float = 0.83) -> ComparedStudy:
    """Return one row."""
    label = "LSTM tanh/sigmoid"
    score = Estimate(mean=mean, low=mean - 0.03, high=mean + 0.03, repeats=8)
    test = TestScore(label=label, mean=mean + 0.02, low=mean - 0.1, high=mean + 0.1)
    return ComparedStudy(
        name=name, data="sales", sha256="0" * 64, task="forecasting",
        metric=MetricRecord(name="mase", direction="minimize"), kind="winner",
        sentence="LSTM tanh/sigmoid is better than every other architecture tried.",
        recommended=label, validation=score, test=test,
        baseline=BaselineRecord(name="seasonal naive", validation=score, test=0.9),
        default=label, default_validation=score, default_test=test, parameters=4876,
        train_ms_per_step=0.391, infer_ms_per_sequence=0.03,
        budget=BudgetRecord(kind="time", amount=300.0, spent=281.0), epochs=27, trained=1240,
        architectures=6, repeats=8, seed=0,
    )  # fmt: skip


def comparison(one: str = "short", two: str = "long") -> ComparisonRecord:
    """Return a comparison of two paired studies and one that is not paired."""
    pair = PairRecord(
        first=one, second=two, of="recommended", labels=("LSTM tanh/sigmoid", "GRU relu/sigmoid"),
        ahead=Estimate(mean=0.042, low=0.013, high=0.071, repeats=8), p=0.0123, outcome="first",
        sentence=f"LSTM tanh/sigmoid of {one} is better than GRU relu/sigmoid of {two}.",
    )  # fmt: skip
    return ComparisonRecord(
        schema_version=1,
        sentence=pair.sentence,
        studies=(compared(one), compared(two, 0.91), replace(compared("other"), test=None)),
        pairs=(pair, replace(pair, of="best", p=None, outcome="undecided", sentence="Nothing.")),
        unpaired=(f"{one} and other are not paired: their data differ.",),
        cautions=("Trainings had different lengths.",),
        margin=0.008,
        confidence=0.95,
    )


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("name", ["short", *HOSTILE])
def test_the_text_fits_the_terminal(name: str, width: int) -> None:
    """Whatever studies are called, counted in columns."""
    lines = comparing.render(comparison(name), width).splitlines()

    assert max(map(cells, lines)) <= width


def test_the_text_says_all() -> None:
    """The answer first, then the table, what each study came to, and the cautions."""
    text = comparing.render(comparison(), 100)

    assert text.startswith("LSTM tanh/sigmoid of short is better than GRU relu/sigmoid of long.")
    for fact in (
        "- Nothing.",
        "long   LSTM tanh/sigmoid  0.910  [0.880, 0.940]  0.930   4,876  0.391",
        "short: forecasting on sales, mase (lower is better)",
        "Best baseline: seasonal naive 0.830 [0.800, 0.860], test 0.900",
        "Default LSTM: LSTM tanh/sigmoid 0.830 [0.800, 0.860], test 0.850 [0.730, 0.930]",
        "Budget: 4 min 41 s of 5 min; 1,240 epochs trained",
        "- short and other are not paired: their data differ.",
        "- Trainings had different lengths.",
    ):
        assert fact in text


def test_markdown_has_one_row_for_each_pair_and_study() -> None:
    """All rows of a table have as many cells as its header."""
    text = comparing_pages.markdown(comparison())
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]

    assert [len(table) for table in tables] == [2 + 2, 2 + 3]
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1
    assert "| +0.042 | [+0.013, +0.071] | 8 | 0.012 | the first is better |" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_names_do_no_harm(name: str) -> None:
    """No markup, no control characters, no second row from the name of a study."""
    record = comparison(name)
    page, note = comparing_pages.html(record), comparing_pages.markdown(record)

    assert "<script" not in page + note
    assert "[x](" not in note
    assert "49" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    for text in (page, note, comparing.render(record)):
        assert not set("\x1b\u202e") & set(text)
    assert len(note.splitlines()) == len(comparing_pages.markdown(comparison()).splitlines())


def test_the_page_needs_nothing_from_anywhere() -> None:
    """No script, no address, no picture from a file; headers are marked, and it reads on a phone.

    The sentence of a single answer is not said twice.
    """
    page = comparing_pages.html(comparison())

    assert not re.findall(r"<script|<link|<img|\bsrc=|\bhref=|url\(|https?://", page)
    assert page.count('scope="row"') == 2 + 3
    assert 'name="viewport"' in page
    assert "default-src &#39;none&#39;" not in page
    assert "default-src 'none'" in page


def test_json_is_the_record() -> None:
    """Every field under its own name."""
    record = comparison()

    assert json.loads(comparing.to_json(record)) == json.loads(json.dumps(asdict(record)))
