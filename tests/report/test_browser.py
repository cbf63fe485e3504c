"""A real browser opens the report without complaint."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from actselect.records import ReportRecord
from actselect.report import html

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr", "--dump-dom",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_chromium_shows_the_report_without_console_errors(
    hostile: ReportRecord, tmp_path: Path
) -> None:
    """Nothing is blocked by the page's own policy, and no name became an element."""
    page = tmp_path / "report.html"
    page.write_text(html.render(hostile), encoding="utf-8")
    command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

    assert "CONSOLE" not in done.stderr
    assert "is best." in done.stdout
    assert "<script" not in done.stdout
