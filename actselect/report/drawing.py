"""What all pictures of a report share: colours of the page, and figures as SVG elements."""

from __future__ import annotations

import io
import re
import warnings
from html import escape
from typing import Any

from matplotlib.figure import Figure

# Colours that no picture uses, replaced by the page's own, which differ in light and dark.
INK, FAINT, BASE, BAND = "#010101", "#020202", "#030303", "#040404"
TIERS = ("#050501", "#050502", "#050503", "#050504")
VARIABLES = {
    INK: "var(--ink)", FAINT: "var(--faint)", BASE: "var(--baseline)", BAND: "var(--band)",
    **{colour: f"var(--tier-{i})" for i, colour in enumerate(TIERS, 1)},
}  # fmt: skip
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,
    "text.usetex": False,
    "font.size": 10.0,
}


def svg(figure: Figure, title: str) -> str:
    """Return the figure as an SVG element without prolog, metadata, and any address."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # glyphs that the measuring font lacks; the browser has them
        figure.savefig(
            buffer, format="svg", transparent=True, bbox_inches="tight", pad_inches=0.05,
            metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
        )  # fmt: skip
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text, count=2)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # a page may have several pictures
    text = re.sub(r"#0[0-9]0[0-9]0[0-9]\b", lambda found: VARIABLES[found[0]], text)
    named = f'<svg role="img" aria-label="{escape(title)}"'
    return text.replace("<svg", named, 1).strip()
