"""A real browser opens the report without complaint, asks nobody for anything, and shows it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from actselect.records import ReportRecord
from actselect.report import html, interactive

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
    "--virtual-time-budget=4000",
)  # fmt: skip
DARK = "--blink-settings=preferredColorScheme=0"
WIDTHS = (320, 380, 768)
MEASURE = """<script>addEventListener("load", () => parent.postMessage(
  innerWidth + ":" + document.documentElement.scrollWidth, "*"))</script>"""
HEAR = (
    '<script>addEventListener("message", e => document.body.append(" [" + e.data + "]"))</script>'
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
Browse = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Open a page in a browser that finds no other machine."""

    def run(page: str, *options: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "report.html"
        file.write_text(page, encoding="utf-8")
        folder = f"--user-data-dir={tmp_path / 'profile'}"
        command = [str(CHROMIUM), *OPTIONS, folder, *options, file.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)

    return run


def asked(log: Path) -> set[str]:
    """Return the addresses in a net log, less those of Chromium's maker, which are its own."""
    urls = re.findall(r'"url":"(https?://[^"]*)"', log.read_text(encoding="utf-8"))
    return {url for url in urls if not re.match(r"https?://[\w.]*\bgoogle(apis)?\.com/", url)}


def test_chromium_shows_the_report_without_console_errors(
    hostile: ReportRecord, browse: Browse
) -> None:
    """Nothing is blocked by the page's own policy, and no name became an element."""
    done = browse(html.render(hostile), "--dump-dom")

    assert "CONSOLE" not in done.stderr
    assert "is best." in done.stdout
    assert "<script" not in done.stdout


def test_plots_show_names_as_text(hostile: ReportRecord, browse: Browse) -> None:
    """plotly.js makes elements of tags in its labels; its scripts run under a policy of hashes."""
    done = browse(interactive.render(hostile), "--dump-dom")
    plot = done.stdout[done.stdout.index('class="main-svg"') :]
    plot = plot[: plot.index("<script")]

    assert "CONSOLE" not in done.stderr
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in plot
    assert "[x](javascript:alert(1))" in plot
    assert not re.search(r"<a\b[^>]*(?:javascript:|example\.org)|<script>alert|<b>", plot)


def test_a_script_that_is_not_ours_is_not_run(explained: ReportRecord, browse: Browse) -> None:
    """Should one ever get into the page."""
    page = interactive.render(explained)
    foreign = "<script>document.title = 'taken'</script><p onclick='1'>x</p></body>"
    done = browse(page.replace("</body>", foreign), "--dump-dom")

    assert "<title>taken</title>" not in done.stdout
    assert "Content Security Policy" in done.stderr


@pytest.mark.parametrize("render", [html.render, interactive.render])
def test_the_page_asks_nobody_for_anything(
    explained: ReportRecord, browse: Browse, tmp_path: Path, render: Callable[[ReportRecord], str]
) -> None:
    """Neither the still page nor the one with zoomable plots; those are drawn, without an error."""
    log = tmp_path / "net.json"
    done = browse(render(explained), f"--log-net-log={log}", "--dump-dom")

    assert asked(log) == set()
    assert "CONSOLE" not in done.stderr
    assert done.stdout.count('class="main-svg"') == (9 if render is interactive.render else 0)


def test_a_page_that_asks_is_caught(browse: Browse, tmp_path: Path) -> None:
    """The test above sees what it looks for."""
    log = tmp_path / "net.json"
    browse('<img src="http://example.org/x.png">', f"--log-net-log={log}", "--dump-dom")

    assert asked(log) == {"http://example.org/x.png"}


def test_the_page_does_not_scroll_sideways_on_a_phone(
    explained: ReportRecord, browse: Browse, tmp_path: Path
) -> None:
    """Tables may, within themselves; the page is as wide as the screen.

    The copy that is measured has a script for it, and so no policy, and stands in frames: a window
    of Chromium cannot be as narrow as a phone.
    """
    page = re.sub(r"<meta http-equiv[^>]*>", "", html.render(explained))
    opened = page.replace("<details>", "<details open>")
    (tmp_path / "copy.html").write_text(opened.replace("</body>", MEASURE), encoding="utf-8")
    frames = "".join(f'<iframe src="copy.html" width="{w}" height="700"></iframe>' for w in WIDTHS)
    done = browse(f"<body style='margin:0'>{HEAR}{frames}", "--dump-dom")

    found = {tuple(map(int, pair)) for pair in re.findall(r"\[(\d+):(\d+)\]", done.stdout)}
    assert found == {(width, width) for width in WIDTHS}


@pytest.mark.parametrize("options", [("1100,1400",), ("1100,1400", DARK), ("500,1400",)])
def test_the_page_can_be_photographed(
    explained: ReportRecord, browse: Browse, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """In light, in dark, and narrow: and light differs from dark."""
    from PIL import Image

    picture = tmp_path / "page.png"
    size, *more = options
    browse(html.render(explained), f"--screenshot={picture}", f"--window-size={size}", *more)

    with Image.open(picture) as shown:
        assert shown.size == tuple(map(int, size.split(",")))
        corner = shown.convert("L").getpixel((2, 2))
    assert isinstance(corner, int)
    assert (corner < 60) == (DARK in more)
