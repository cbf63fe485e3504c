"""The report with plots that can be zoomed into: the same page, and plotly.js inside it.

Nothing is loaded from anywhere here either; but the page runs its own script, and is about 5 MB
large.  Its policy knows the script by a hash, so that no other runs.  Figures are plain JSON as
plotly.js reads it.  Colours in it are names of the page's CSS variables, which the script looks up,
so that plots follow light and dark.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from markupsafe import Markup

from actselect.exceptions import MissingExtraError
from actselect.records import ReportRecord
from actselect.report import flow, html, learning, pareto
from actselect.report.language import translator
from actselect.report.templating import POLICY
from actselect.report.tradeoff import costs_of, front
from actselect.report.wording import Say, clean

Figure = dict[str, Any]  # what plotly.js calls so: data and layout

MARKUP = str.maketrans(  # what could end a script, or a line of one
    {sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
)
TIERS = tuple(f"var(--tier-{tier})" for tier in range(1, 5))
DASHES = ("solid", "dash", "dot", "dashdot")  # lines of one tier have one colour
QUIET = {"pruned": "stopped early", "complete": "fully trained", "diverged": "diverged"}
SCRIPT = """
(() => {
  const source = document.getElementById("plots").textContent;
  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = text => /^var\\(--[a-z0-9-]+\\)$/.test(text)
      ? style.getPropertyValue(text.slice(4, -1)).trim() : text;
    const plots = JSON.parse(source, (_, it) => typeof it === "string" ? colour(it) : it);
    for (const [name, plot] of Object.entries(plots))
      Plotly.react("plot-" + name, plot.data, plot.layout,
        {responsive: true, displaylogo: false,
         modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]]});
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
"""


def render(record: ReportRecord, *, language: str = "en") -> str:
    """Return the page of :func:`actselect.report.html.render` with zoomable plots.

    Args:
        record: what it shows.
        language: one of :data:`actselect.report.language.LANGUAGES`.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError("A page with zoomable plots", "interactive") from error
    say = translator(language)
    plots = {name: (figure, said) for name, figure, said in figures(record, say)}
    zoomable = {
        name: Markup('<div class="zoomable" id="plot-{}" role="img" aria-label="{}"></div>').format(
            name, said
        )
        for name, (_, said) in plots.items()
    }
    data = {name: figure for name, (figure, _) in plots.items()}
    scripts = [_script(get_plotlyjs()), _script(SCRIPT)] if plots else []
    return html.page(
        record,
        language=language,
        policy="; ".join([POLICY, _allowed(scripts)] if scripts else [POLICY]),
        zoomable=zoomable,
        script=Markup().join([_data(data), *map(_element, scripts)] if scripts else []),
    )


def figures(record: ReportRecord, say: Say = str) -> Iterator[tuple[str, Figure, str]]:
    """Yield (name of the picture that it replaces, figure, what it shows in words).

    ``say`` puts an English phrase into the language of the reader.
    """
    if record.ranking:
        yield "cost", _cost(record, say), pareto.alternative(record, say=say)
    if record.screening.curves:
        yield "learning", _learning(record, say), learning.alternative(record, say=say)
    if flow.measured(record):
        yield "flow", _flow(record, say), flow.alternative(record, say=say)


def _cost(record: ReportRecord, say: Say) -> Figure:
    costs = costs_of(record)
    data = [
        {
            "name": _text(row.label), "mode": "markers", "x": [costs[row.rank]],
            "y": [row.validation.mean], "error_y": _bars(row.validation),
            "marker": {"color": _colour(row.tier), "size": 11},
        }
        for row in record.ranking
    ]  # fmt: skip
    data.append(_front(record, costs, say))
    lower = record.metric.direction == "minimize"
    return _figure(
        data,
        say(f"Validation {record.metric.name}"),
        x={"title": {"text": say("training, ms per step")}},
        y={"autorange": "reversed" if lower else True},
    )


def _front(record: ReportRecord, costs: dict[int, float], say: Say) -> Figure:
    members = front(record)
    rows = sorted(
        (row for row in record.ranking if row.rank in members), key=lambda row: costs[row.rank]
    )
    return {
        "name": say("not beaten in both (Pareto front)"), "mode": "lines",
        "x": [costs[row.rank] for row in rows], "y": [row.validation.mean for row in rows],
        "line": {"color": "var(--baseline)", "width": 1, "shape": "hv"}, "hoverinfo": "skip",
    }  # fmt: skip


def _bars(estimate: Any) -> dict[str, Any]:  # noqa: ANN401 - an estimate
    if estimate.low is None or estimate.high is None:
        return {}
    return {
        "type": "data", "symmetric": False, "array": [estimate.high - estimate.mean],
        "arrayminus": [estimate.mean - estimate.low], "thickness": 1.5,
    }  # fmt: skip


def _learning(record: ReportRecord, say: Say) -> Figure:
    tiers = {row.label: row.tier for row in record.ranking}
    seen: set[str] = set()
    data = []
    for curve in sorted(record.screening.curves, key=lambda curve: curve.label in tiers):
        ranked = curve.label in tiers
        group = curve.label if ranked else QUIET[curve.end]
        data.append(
            {
                "name": _text(group if ranked else say(group)), "mode": "lines",
                "y": list(curve.losses), "legendgroup": _text(group),
                "showlegend": group not in seen, "opacity": 1 if ranked else 0.5,
                "line": {
                    "color": _colour(tiers[curve.label]) if ranked else "var(--baseline)",
                    "width": 1.6 if ranked else 0.8,
                },
                "hovertemplate": _text(f"{curve.label}, {curve.learning_rate:.3g}")
                + ": %{y:.4g}<extra></extra>",
            }
        )  # fmt: skip
        seen.add(group)
    title = say("stopping loss, lower is better")
    return _figure(data, title, x={"title": {"text": say("epoch (0: untrained)")}}, y={})


def _flow(record: ReportRecord, say: Say) -> Figure:
    data = [
        {
            "name": _text(row.label), "mode": "lines+markers", "x": list(gradient.lags),
            "y": [norm if norm > 0 else None for norm in gradient.norms],
            "marker": {"size": 5}, "line": {
                "color": _colour(row.tier), "width": 1.6, "dash": DASHES[place % len(DASHES)],
            },
        }
        for place, (row, gradient) in enumerate(flow.measured(record))
    ]  # fmt: skip
    title = say("norm of the gradient, relative to lag 0 (log scale)")
    scale = {"type": "log", "exponentformat": "power", "dtick": 1}
    return _figure(data, title, x={"title": {"text": say("lag, steps back")}}, y=scale)


def _figure(data: list[Figure], title: str, *, x: Figure, y: Figure) -> Figure:
    axis = {"gridcolor": "var(--line)", "zerolinecolor": "var(--line)", "color": "var(--ink)"}
    return {
        "data": [{"type": "scatter", **trace} for trace in data],
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, sans-serif", "color": "var(--ink)"},
            "hoverlabel": {"bgcolor": "var(--card)", "font": {"color": "var(--ink)"}},
            "title": {"text": _text(title), "font": {"size": 13}, "x": 0, "xanchor": "left"},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "var(--quiet)"},
            "margin": {"l": 60, "r": 15, "t": 40, "b": 50}, "hovermode": "closest",
            "legend": {"orientation": "h", "y": -0.25}, "showlegend": True,
            "xaxis": {**axis, **x}, "yaxis": {**axis, **y},
        },
    }  # fmt: skip


def _colour(tier: int) -> str:
    return TIERS[min(tier, len(TIERS)) - 1]


def _text(text: str) -> str:
    """Return a name so that plotly.js shows it, and takes none of it for its own markup.

    That is a few tags of HTML, ``%{...}`` for numbers, and ``$...$`` for mathematics.
    """
    return escape(clean(text), quote=False).replace("%{", "% {").replace("$", "&#36;")


def _data(value: object) -> Markup:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False).translate(MARKUP)
    return Markup('<script type="application/json" id="plots">{}</script>\n').format(Markup(text))  # noqa: S704


def _script(text: str) -> str:
    """Return a script as a browser reads it, which the hash is of."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _allowed(scripts: Sequence[str]) -> str:
    """Return the part of the policy that lets these scripts run and no other (W3C CSP 3)."""
    digests = (hashlib.sha256(text.encode()).digest() for text in scripts)
    hashes = (f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return f"script-src {' '.join(hashes)}"


def _element(script: str) -> Markup:
    return Markup(f"<script>{script}</script>\n")  # noqa: S704 - plotly.js, and our own
