"""What all pictures promise, whatever the record holds."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from actselect.records import (
    AxisRecord,
    ConfusionRecord,
    CurveRecord,
    DiagnosticsRecord,
    EffectsRecord,
    ExamplesRecord,
    ForecastExample,
    GradientRecord,
    InteractionRecord,
    ReportRecord,
)
from actselect.report import (
    axes,
    confusion,
    flow,
    forecasts,
    html,
    intervals,
    learning,
    pairs,
    pareto,
    rates,
)
from actselect.report.canvas import NARROW, WIDE, Shape

Picture = Callable[..., str]
FONT = Path(__file__).parent / "dejavu_sans.json"
PICTURES: dict[str, tuple[Picture, Picture]] = {
    "intervals": (intervals.picture, intervals.alternative),
    "rates": (rates.picture, rates.alternative),
    "cost": (pareto.picture, pareto.alternative),
    "learning": (learning.picture, learning.alternative),
    "axes": (axes.picture, axes.alternative),
    "flow": (flow.picture, flow.alternative),
    "forecasts": (forecasts.picture, forecasts.alternative),
    "confusion": (confusion.picture, confusion.alternative),
    "pairs": (pairs.picture, pairs.alternative),
}
EVIL = (
    "<script>alert(1)</script>", r"$\foo$", "\x1b[31mred\x07", "\u202egnp.exe", "東京" * 30,
    "עברית", "\ufffe#010101\x00", "#000000", "#050501 #0a0b0c", '"onmouseover="x', "a" * 300, "",
)  # fmt: skip


def filled(record: ReportRecord, names: tuple[str, ...]) -> ReportRecord:
    """Return the report with something for each picture to show, under the given names."""
    rng = random.Random(0)
    name = [names[i % len(names)] for i in range(21)]
    rows = tuple(
        replace(
            row,
            label=name[i],
            diagnostics=DiagnosticsRecord(
                repeat=0, sequences=8, steps=30, units=(), cost=None,
                gradient=GradientRecord(
                    lags=tuple(range(30)), norms=tuple((0.2 + 0.2 * i) ** t for t in range(30)),
                    decay=0.2 + 0.2 * i, half_life=None if i > 3 else 3.0, lyapunov=0.0,
                    singular=1.0, vanishing=0.25, exploding=0.0,
                ),
            ),
        )
        for i, row in enumerate(record.ranking)
    )  # fmt: skip
    curves = tuple(
        CurveRecord(label=name[i % 21], learning_rate=0.003 if i < 6 else 0.1, end=end,
                    losses=tuple(0.4 + math.exp(-t / 5) for t in range(5 + i % 20)))
        for i, end in enumerate(("complete", "pruned", "diverged", "pruned") * 8)
    )  # fmt: skip
    axis = AxisRecord(name=name[0], importance=0.4, values=tuple(name[:5]),
                      scores=(1.0, 2.0, 3.0, 4.0, 99.0), counts=(1, 2, 3, 4, 5))  # fmt: skip
    table = InteractionRecord(
        axes=(name[1], name[4]),
        rows=tuple(name[:3]),
        share=0.1,
        columns=tuple(name[:9]),
        scores=((1.0, None, 2.0) * 3,) * 3,
    )
    forecast = ForecastExample(series=name[0], known=(1.0, 2.0), truth=(2.0, 3.0), forecast=(2, 4),
                               bands=((0.1, (1.0, 2.0)), (0.9, (3.0, 5.0))))  # fmt: skip
    counts = tuple(tuple(rng.randrange(3000) for _ in range(21)) for _ in range(21))
    return replace(
        record,
        ranking=rows,
        metric=replace(record.metric, name=name[2]),
        dataset=replace(record.dataset, target=name[3]),
        baselines=tuple(replace(row, name=name[4]) for row in record.baselines),
        screening=replace(
            record.screening, curves=curves,
            effects=EffectsRecord(method="", epochs=3, architectures=9, axes=(axis, axis),
                                  interactions=(table,)),
        ),
        examples=ExamplesRecord(
            label=name[0], repeat=0, forecasts=tuple(replace(forecast, series=n) for n in name),
            confusion=ConfusionRecord(classes=tuple(name), counts=counts),
            pairs=tuple((rng.random(), rng.random()) for _ in range(200)),
        ),
    )  # fmt: skip


WIDTHS = {  # of DejaVu Sans 2.37, a wide one among the common fonts: units, and the letters so wide
    letter: int(units) / 2048
    for units, letters in json.loads(FONT.read_text(encoding="utf-8")).items()
    for letter in letters
}


def advance(character: str) -> float:
    """Return how wide a letter is, of the font size; one that the table lacks is square."""
    return WIDTHS.get(character, 1.0)


def parsed(picture: str) -> ET.Element:
    """Return the picture as an XML element; fails where it is not well formed."""
    return ET.fromstring(picture)  # noqa: S314 - our own text


@pytest.fixture(params=list(PICTURES))
def drawn(request: pytest.FixtureRequest) -> tuple[Picture, Picture]:
    """Each picture in turn, with its words."""
    return PICTURES[request.param]


def test_every_picture_of_the_page_is_held_to_this() -> None:
    """A new one needs its row above."""
    assert list(html.PICTURES) == list(PICTURES)


@pytest.mark.parametrize("shape", [WIDE, NARROW])
@pytest.mark.parametrize("names", [("RNN tanh", "GRU tanh/sigmoid, 2 layers"), EVIL])
def test_every_picture_is_one_well_formed_element_that_stands_alone(
    winner: ReportRecord, drawn: tuple[Picture, Picture], shape: Shape, names: tuple[str, ...]
) -> None:
    """No element that a name made, no address, no id that another picture could have too."""
    picture = drawn[0](filled(winner, names), shape)
    root = parsed(picture)

    assert {element.tag for element in root.iter()} <= {"svg", "text", "path"}
    assert not re.search(r"href|url\(|://|\bid=|xmlns|<script", picture)
    assert {key for element in root.iter() for key in element.attrib} <= {
        "role", "aria-label", "width", "height", "viewBox", "font-family", "font-size", "style",
        "x", "y", "d", "text-anchor", "transform",
    }  # fmt: skip
    assert not re.search(r"\bnan\b|\binf\b", re.sub(r'aria-label="[^"]*"|>[^<]*<', "", picture))
    assert not re.search("[\x00-\x08\x1b\u202e\ufffe]", picture)


@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_the_same_record_gives_the_same_bytes_and_not_many(
    winner: ReportRecord, drawn: tuple[Picture, Picture], shape: Shape
) -> None:
    """All pictures of a page, twice each, stay far below a megabyte."""
    record = filled(winner, EVIL)

    assert drawn[0](record, shape) == drawn[0](record, shape)
    assert len(drawn[0](record, shape).encode()) < 60_000


@pytest.mark.parametrize("shape", [WIDE, NARROW])
@pytest.mark.parametrize("names", [("RNN tanh",), EVIL, ("東京特許許可局" * 4,)])
def test_text_is_large_enough_and_stays_on_the_picture(
    winner: ReportRecord, drawn: tuple[Picture, Picture], shape: Shape, names: tuple[str, ...]
) -> None:
    """Also of letters that are as wide as high; widths here are those of DejaVu Sans and CJK."""
    root = parsed(drawn[0](filled(winner, names), shape))
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])

    for element in root.iter("text"):
        size = float(element.attrib.get("font-size", root.attrib["font-size"]))
        takes = size * sum(map(advance, element.text or ""))
        takes *= 0 if "transform" in element.attrib else 1
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
        left = float(element.attrib["x"]) - share * takes
        assert size >= 8.5
        assert left >= -1
        assert left + takes <= width + 1
        assert 0 < float(element.attrib["y"]) <= height


def test_colours_are_the_pages_own(winner: ReportRecord, drawn: tuple[Picture, Picture]) -> None:
    """Light and dark differ by their variables, so no colour is written into a picture."""
    picture = drawn[0](filled(winner, ("RNN tanh",)))
    colours = set(re.findall(r"(?:fill|stroke):([^;\"]+)", picture))

    assert all(colour == "none" or colour.startswith("var(--") for colour in colours)


def test_without_anything_to_show_there_is_no_picture(
    winner: ReportRecord, drawn: tuple[Picture, Picture]
) -> None:
    """A report of an older version, or of another task, has an empty string here."""
    bare = replace(winner, ranking=())
    if drawn[0] is intervals.picture:  # baselines are shown where every architecture diverged
        bare = replace(bare, baselines=())

    assert drawn[0](bare) == ""


def test_all_fixed_words_pass_through_the_translation(
    winner: ReportRecord, drawn: tuple[Picture, Picture]
) -> None:
    """What is left in English are names from the data, and numbers."""
    record = filled(winner, ("東京",))
    picture = drawn[0](record, say=lambda _: "译")
    said = [element.text or "" for element in parsed(picture).iter("text")]
    said += [parsed(picture).attrib["aria-label"]]

    assert not [text for text in said if re.search("[A-Za-z]{2}", text)]


def test_the_words_are_the_label_of_the_picture(
    winner: ReportRecord, drawn: tuple[Picture, Picture]
) -> None:
    """Who cannot see the picture hears numbers."""
    record = filled(winner, ("RNN tanh",))
    words = drawn[1](record)

    assert parsed(drawn[0](record)).attrib["aria-label"] == words
    assert re.search(r"\d", words)
