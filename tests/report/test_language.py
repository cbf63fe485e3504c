"""What a report says in Chinese: every sentence, with every name from the data as it came."""
# ruff: noqa: RUF001 - Chinese has commas of its own

from __future__ import annotations

import html
import math
import re
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import actselect
from actselect.exceptions import UsageError
from actselect.records import (
    AnswerExample,
    AxisRecord,
    ConfusionRecord,
    CostRecord,
    CurveRecord,
    DiagnosticsRecord,
    EffectsRecord,
    ExamplesRecord,
    ForecastExample,
    GradientRecord,
    GuideClaimRecord,
    GuideRecord,
    InteractionRecord,
    MetricRecord,
    ReportRecord,
    ScoreTable,
    UnitsRecord,
)
from actselect.report import html as page
from actselect.report import language, load, markdown, terminal
from actselect.report.language import LANGUAGES, catalogue, translator
from actselect.report.phrases import TYPES, Pattern
from actselect.verdict import Decision, decide

PLACEHOLDER = re.compile(r"\{(\w+)(?::([\w-]+)(\+?))?\}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
NUMBER = re.compile(r"\d[\d.]*\d|\d")
SAMPLES = {"": "x", "int": "12", "number": "0.5", "range": "[0.1, 0.2]"}
HOSTILE = (
    "a.*+?^$()[]|\\d{3}", "{leader}", "{{ 7*7 }}", "50% {n:int}", "列 '名'", "东京 🧪",
    "a; b. C, d", "was taken for the text", "lower is better", "baseline", "\\g<0> \\1", "x" * 3000,
)  # fmt: skip

STANDS: tuple[Literal["agree", "disagree", "cannot tell"], ...] = (
    "agree", "disagree", "cannot tell",
)  # fmt: skip

zh = translator("zh")


@cache
def phrases() -> list[tuple[str, str, str]]:
    """Return (table, English, Chinese) of the whole catalogue."""
    files = sorted((language.FOLDER / "zh").glob("*.toml"))
    tables = [tomllib.loads(file.read_text(encoding="utf8")) for file in files]
    return [
        (table, english, other)
        for file in tables
        for table, said in [*file.pop(language.INSIDE, {}).items(), *file.items()]
        for english, other in said.items()
    ]


def example(english: str) -> str:
    """Return a sentence that a pattern speaks of."""

    def sample(found: re.Match[str]) -> str:
        kind = found[2] or ""
        if kind in SAMPLES:
            return SAMPLES[kind]
        return example(next(e for t, e, _ in phrases() if t == kind))

    return PLACEHOLDER.sub(sample, english)


def names(text: str) -> set[str]:
    """Return the placeholders of a phrase."""
    return {found[1] for found in PLACEHOLDER.finditer(text)}


# -- the catalogue itself -------------------------------------------------------------------------


def test_an_unknown_language_is_refused() -> None:
    """And the known ones are named."""
    with pytest.raises(UsageError, match=r"one of en, zh\. Got 'fr'"):
        translator("fr")


def test_english_is_returned_as_it_is() -> None:
    """The report's own language needs no catalogue."""
    assert LANGUAGES[0] == "en"
    assert translator("en")("lower is better") == "lower is better"


def test_every_translation_has_the_placeholders_of_its_english() -> None:
    """None is lost, and none is made up."""
    wrong = [e for _, e, o in phrases() if names(e) != names(o)]

    assert wrong == []


def test_every_placeholder_has_a_type_that_exists() -> None:
    """A misspelt group would match nothing."""
    kinds = {found[2] for _, e, _ in phrases() for found in PLACEHOLDER.finditer(e)}
    known = {None, *TYPES, *(table for table, _, _ in phrases())}

    assert kinds - known == set()


def test_no_translation_repeats_a_type() -> None:
    """Types belong to the English side."""
    assert [o for _, _, o in phrases() if re.search(r"\{\w+:", o)] == []


def test_two_placeholders_never_touch() -> None:
    """Nobody could say where one ends."""
    inner = [lit for _, e, _ in phrases() for lit in Pattern.of(e, "").literals[1:-1]]

    assert all(inner)


def test_no_phrase_is_translated_in_two_ways() -> None:
    """A phrase that is looked up without its table must not depend on the order of the files."""
    seen: dict[str, set[str]] = {}
    for _, english, other in phrases():
        seen.setdefault(english, set()).add(other)

    assert {e: o for e, o in seen.items() if len(o) > 1} == {}


def test_every_translation_has_the_numbers_of_its_english() -> None:
    """None is rounded, forgotten or made up."""
    sentences = [example(english) for _, english, _ in phrases()]

    assert [
        s for s in sentences if sorted(NUMBER.findall(s)) != sorted(NUMBER.findall(zh(s)))
    ] == []


@pytest.mark.parametrize("table", sorted(set(catalogue("zh").exact) - {language.ANY}))
def test_every_phrase_of_a_table_translates_its_own_example(table: str) -> None:
    """With all values in their places, by this pattern and no other."""
    for group, english, other in phrases():
        if group == table:
            said = catalogue("zh").known(example(english), table)

            assert said is not None, english
            assert "{" not in said
            fixed = [part for part in re.split(r"\{\w+\}", other) if part]
            assert all(part in said for part in fixed), (english, said)


# -- names from the data --------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_names_inside_sentences_survive_unchanged(name: str) -> None:
    """Whatever they look like: braces, signs of regular expressions, phrases of the catalogue."""
    assert zh(f"Column {name!r} was taken for the time.") == f"列 {name!r} 被当作时间。"
    said = zh(
        f"{name} is better than every other architecture tried ({name} 0.5 against 0.6 for the "
        "next, lower is better, 95% sure)."
    )

    assert said.startswith(f"{name} 优于试过的其他所有架构（{name} 0.5，次优者为 0.6，")


@pytest.mark.parametrize(
    "text",
    [
        "Undecided after 3 repeats: " + " leads (a 0.5, lower is better), but x" * 400 + "?",
        "Column " + " was taken for the" * 900,
        "a (" * 6000,
        "1, " * 6000,
        "[" + "9" * 19000,
        "A. " * 6000,
        "3 missing values of the target are not scored; " * 300 + "x.",
        "列" * 30000,
    ],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    """The search must not go back and forth; an ordinary regular expression would for minutes."""
    began = time.process_time()
    catalogue("zh").say(text)

    assert time.process_time() - began < 0.5


def test_a_sentence_takes_less_than_a_millisecond() -> None:
    """A page has hundreds of them."""
    texts = [example(english) for _, english, _ in phrases()]
    began = time.process_time()
    for text in texts:
        catalogue("zh").say(text)

    assert (time.process_time() - began) / len(texts) < 0.001


# -- the verdict ----------------------------------------------------------------------------------


INF = math.inf
SCENES = (  # (seed, gap, noise, baseline, repeats, seconds, networks): all that can be said
    (0, 0.0, 0.002, -0.5, 0, 1.0, 1), (4, 0.0, 0.002, -0.5, 1, 1.0, 2),
    (15, 0.0, 0.002, 0.0, 1, 1.0, 1), (18, 0.0, 0.002, 0.0, 5, 1.0, 1),
    (19, 0.0, 0.002, 0.0, 5, 1.0, 2), (30, 0.0, 0.002, 0.03, 5, 1.0, 1),
    (31, 0.0, 0.002, 0.03, 5, 1.0, 2), (83, 0.0, 0.03, 0.03, 8, 1.0, 4),
    (92, 0.0, 0.03, 1.0, 5, 1.0, 4), (151, 0.05, 0.002, -0.5, 5, 1.0, 2),
    (175, 0.05, 0.002, 0.03, 5, 1.0, 2), (366, 0.3, 0.03, 0.03, 5, 1.0, 1),
    (860, 0.3, 0.2, 1.0, 5, 200.0, 4), (930, 0.0, 0.03, 0.0, 5, INF, 1),
    (1100, 0.05, 0.03, 1.0, 5, INF, 4), (1, 9.0, 0.002, 1.0, 8, 1.0, 4),
)  # fmt: skip
LABELS = ("GRU tanh (a) and b, 2 layers", "LSTM tanh/sigmoid", "RNN relu", "MGU tanh")


FEW = (
    "Undecided after {after:count}: {leader} leads ({metric} {score:number}, {better:better}), but "
    "fewer than {first:int} repeats decide nothing; a larger budget would."
)
CUT_SHORT = {"not run", FEW}  # what no table of scores leads to that a study makes


def decisions() -> Iterator[Decision]:
    """Yield verdicts on planted scores, in both directions; one training diverged."""
    for seed, gap, noise, base, repeats, seconds, networks in SCENES:
        rng = np.random.default_rng(seed)
        means = np.array([1 + gap * i for i in range(networks)] + [1 + base, 2 + base])
        scores = means + rng.normal(0, 0.1, (repeats, 1))
        scores += rng.normal(0, noise, (repeats, networks + 2))
        if gap > 1:
            scores[-1, 1] = math.inf
        up = seed % 2
        labels = (*LABELS[:networks], "best 'naive'", "last value")
        direction = "maximize" if up else "minimize"
        yield decide(
            ScoreTable(
                scores=-scores if up else scores,
                names=labels,
                overlap=np.full(repeats, 0.1),
                direction=direction,
            ),
            is_baseline=[False] * networks + [True] * 2,
            cost=[3.0, 2.0, 1.0, 1.0][:networks] + [0.0] * 2,
            margin=0.02,
            labels=labels,
            metric=MetricRecord(name="my metric, (x)", direction=direction),
            confidence=0.95,
            seconds_per_training=seconds,
            rng=rng,
        )


def of_table(table: str, text: str) -> list[str]:
    """Return the phrases of a table that a text is an example of."""
    known = catalogue("zh").known
    return [
        english
        for group, english, other in phrases()
        if group == table
        and (
            text == english
            if "{" not in english
            else Pattern.of(english, other).translate(text, known) is not None
        )
    ]


def test_every_verdict_and_every_reason_is_translated() -> None:
    """All kinds in all shapes, with the names and numbers of the English; no phrase is idle."""
    seen: set[str] = set()
    for decision in decisions():
        sentence = decision.verdict.sentence
        parts = [part for reason in decision.reasons if reason for part in reason.split("; ")]
        seen.update(*(of_table("verdict", sentence), *(of_table("reason", p) for p in parts)))

        assert sorted(NUMBER.findall(zh(sentence))) == sorted(NUMBER.findall(sentence))
        assert [label for label in LABELS if (label in sentence) != (label in zh(sentence))] == []
        assert leftover(zh(sentence), [*LABELS, "my metric, (x)", "best 'naive'"]) == []
        assert all(CHINESE.search(zh(part)) for part in parts)

    assert {e for t, e, _ in phrases() if t in {"verdict", "reason"}} - seen == CUT_SHORT


# -- whole reports --------------------------------------------------------------------------------


LABEL = re.compile(
    r"\b(?:LSTM|GRU|RNN|MGU|INDRNN) [a-z_]+(?:/[a-z_]+)?(?:>[a-z_]+)?(?: \+ [a-z_/]+)*"
    r"(?:, \d+ layers)?(?:, bidirectional)?(?:, \w+ head)?(?:, [a-z_]+(?:/[a-z_]+)?)*"
)


def leftover(text: str, names: Iterable[str] = ()) -> list[str]:
    """Return the runs of three English words or more, of those that are no names."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " 名 ")
    return re.findall(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}", LABEL.sub(" 名 ", text))


def visible(rendering: str) -> str:
    """Return what a reader sees and hears of a page, without commands and options."""
    left_out = r"<style>.*?</style>|<script.*?</script>|<pre>.*?</pre>|```.*?```"
    text = re.sub(left_out, "", rendering.replace("\\", ""), flags=re.DOTALL)
    text = re.sub(r'(?:aria-label|alt)="([^"]*)"', r">\1<", text)
    text = html.unescape(re.sub(r"</?[A-Za-z][^>]*>", "\n", text))
    return re.sub(r"(?m)^ *actselect .*$|\b\w+=\S+(, )?", "\n", text)


def told(record: ReportRecord) -> list[str]:
    """Return all sentences that a record holds."""
    rows, guide = record.ranking, record.guide
    return [
        record.verdict.sentence,
        *(part for row in rows for part in row.reason.split("; ")),
        *(why for row in rows if row.diagnostics is not None for why in row.diagnostics.why),
        *record.notes, *record.dataset.notes, *record.outlook,
        guide.agreement, *(claim.because for claim in guide.claims),
    ]  # fmt: skip


def names_of(record: ReportRecord) -> list[str]:
    """Return what stands in a report in every language."""
    data = (record.dataset.name, record.dataset.target, *record.dataset.features)
    return [*(row.name for row in record.baselines), record.metric.name, *data]


def examples(*tables: str) -> tuple[str, ...]:
    """Return a sentence of each phrase of these tables."""
    return tuple(example(english) for table, english, _ in phrases() if table in tables)


@pytest.fixture
def spoken(diverged: ReportRecord) -> ReportRecord:
    """A report that says everything that can be said, in sentences that studies say."""
    why, reasons = examples("why"), examples("reason")
    rows = tuple(
        replace(
            row,
            reason="; ".join(reasons[place::6]),
            diagnostics=DiagnosticsRecord(
                repeat=0, sequences=9, steps=4, why=why[place::6],
                gradient=GradientRecord(
                    lags=(0, 1, 2, 3), norms=(1.0, 0.5, 0.25, 0.125), decay=(0.5, 1.5)[place % 2],
                    half_life=(1.0, None)[place % 2], lyapunov=-0.7, singular=0.9, vanishing=0.2,
                    exploding=0.1,
                ),
                units=tuple(
                    UnitsRecord(layer=1, role=role, function="tanh", curvature=0.1, saturated=0.2,
                                dead=0.0, openness=None if "act" in role else 0.4)
                    for role in ("activation", "output_activation", "input gate", "gate 2")
                ),
                cost=CostRecord(
                    train_ms_per_step=1.5 + place, train_ms_least=1.0, infer_ms_per_sequence=0.1,
                    infer_ms_least=0.1, memory_mb=1.5, turns=9,
                ),
            ),
        )
        for place, row in enumerate(diverged.ranking)
    )  # fmt: skip
    ends: tuple[Literal["complete", "pruned", "diverged"], ...] = ("complete", "pruned", "diverged")
    curves = tuple(
        CurveRecord(label=row.label, learning_rate=row.learning_rate, losses=(1, 0.5, 0.4), end=end)
        for row in rows for end in ends
    )  # fmt: skip
    axes = tuple(
        AxisRecord(name=name, importance=0.5, values=("a", "b"), scores=(0.8, 0.9), counts=(3, 3))
        for name in ("cell", "recurrent_activation")
    )
    pair = InteractionRecord(
        axes=("cell", "activation"), rows=("lstm", "gru"), columns=("tanh", "relu"),
        scores=((0.8, None), (0.9, 0.85)), share=0.1,
    )  # fmt: skip
    return replace(
        diverged,
        ranking=rows,
        verdict=replace(diverged.verdict, sentence=examples("verdict")[0]),
        notes=examples("stages", "tasks"),
        outlook=examples("outlook"),
        dataset=replace(diverged.dataset, notes=examples("data")),
        environment=replace(diverged.environment, backend=examples("backend")[0]),
        guide=GuideRecord(
            suggested=("GRU tanh/sigmoid",),
            agreement=examples("guide")[0],
            claims=tuple(
                GuideClaimRecord(id="cost", section="3.3", claim="论断", stand=stand, because=text)
                for text, stand in zip(examples("guide"), STANDS * 99, strict=False)
            ),
        ),
        screening=replace(
            diverged.screening,
            curves=curves,
            effects=EffectsRecord(
                method="fANOVA of ranks", epochs=3, architectures=6, axes=axes, interactions=(pair,)
            ),
        ),
        examples=ExamplesRecord(
            label="LSTM tanh/sigmoid", repeat=0,
            forecasts=(ForecastExample(series="", known=(1.0,), truth=(2.0,), forecast=(3.0,),
                                       bands=((0.1, (2.5,)), (0.9, (3.5,)))),),
            confusion=ConfusionRecord(classes=("a", "b"), counts=((3, 1), (0, 4))),
            pairs=((1.0, 1.1), (2.0, 1.9)),
            answers=(AnswerExample(shown="x", wanted=("y",), answer="z"),),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("render", [page.render, markdown.render, terminal.render])
def test_a_chinese_report_has_no_english_sentence(
    spoken: ReportRecord, render: Callable[..., str]
) -> None:
    """Headings, tables, pictures and their descriptions, and all sentences of a study."""
    text = visible(render(spoken, language="zh"))

    assert leftover(text, names_of(spoken)) == []
    assert len(CHINESE.findall(text)) > 500


@pytest.mark.parametrize("render", [markdown.render, terminal.render])
def test_names_from_the_data_stand_in_a_chinese_report_as_in_an_english(
    hostile: ReportRecord, render: Callable[..., str]
) -> None:
    """Escaped all the same, and never translated."""
    english, chinese = (render(hostile, language=name) for name in LANGUAGES)

    for name in ("<script>alert", "javascript:alert(1)", "{{ 7*7 }}", "gnp.exe", "tëst 東京"):
        assert (name in chinese) == (name in english)


@pytest.mark.slow
def test_a_real_study_is_told_in_chinese_without_a_rest(tmp_path: Path) -> None:
    """What a study really writes, from its data to its verdict."""
    report = actselect.recommend(
        "airpassengers", task="forecasting", horizon=6, epochs_budget=400, workers=0,
        out=tmp_path / "study",
    )  # fmt: skip
    record = load(tmp_path / "study" / "report.json")

    assert report is not None
    assert [text for text in told(record) if not CHINESE.search(zh(text))] == []
    for render in (page.render, markdown.render, terminal.render):
        assert leftover(visible(render(record, language="zh")), names_of(record)) == []
