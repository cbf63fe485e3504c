"""What is shown while a study runs: a view that leaves nothing behind, or a few plain lines."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.console import Console

from actselect.exceptions import UsageError
from actselect.planning import least_epochs
from actselect.progress import (
    Leader,
    Leaderboard,
    LiveProgress,
    PlainProgress,
    Progress,
    QuietProgress,
    Standing,
    make_progress,
)
from actselect.report.columns import cells

LEADERS = (
    Leader(label="LSTM tanh/sigmoid", score=0.83142, repeats=5),
    Leader(label="GRU relu/hard_sigmoid, 2 layers, bidirectional, tanh head", score=0.9, repeats=1),
)
STANDING = Standing(best="LSTM tanh/sigmoid", leaders=LEADERS, pruned=24, diverged=2)
ESCAPE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\s\S])")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def live(height: int = 24, width: int = 80) -> tuple[LiveProgress, io.StringIO]:
    """Return a live view and what it writes."""
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, width=width, height=height, legacy_windows=False
    )
    return LiveProgress(console), stream


def screens(text: str) -> list[list[str]]:
    """Return what a terminal shows after each cursor movement; the last is what stays."""
    rows, row, column, shown = [""], 0, 0, []
    for found in ESCAPE.finditer(text):
        code, kind, character = found.groups()
        if kind == "A":
            row -= int(code or 1)
        elif kind == "K":
            rows[row] = "" if code == "2" else rows[row][:column]
        elif character == "\r":
            column = 0
        elif character == "\n":
            row, column = row + 1, 0
            rows += [""] * (row + 1 - len(rows))
        elif character:
            rows[row] = rows[row].ljust(column)[:column] + character + rows[row][column + 1 :]
            column += 1
        if character in {"\r", "\n"} or kind:
            shown.append([line.rstrip() for line in rows])
    return shown


def fullest(text: str) -> list[str]:
    """Return the screen with most on it."""
    return max(screens(text), key=lambda rows: sum(map(len, rows)))


def test_the_live_view_shows_stage_counts_and_leaders() -> None:
    """One line for the stage, one for each architecture that leads."""
    progress, stream = live()
    progress.stage("confirmation, repeat 5", 4, None)
    progress.advance(STANDING)
    progress.close()

    bar, first, second, ended = filter(None, fullest(stream.getvalue()))
    assert re.fullmatch(r"confirmation, repeat 5 ━+.* 1/4 0s left", bar)
    assert re.fullmatch(r"  1  LSTM tanh/sigmoid +0\.8314  mean of 5 repeats", first)
    assert re.fullmatch(
        r"  2  GRU relu/hard_sigmoid, 2 layers, .*…  +0.9  mean of 1 repeat", second
    )
    assert ended == "  24 pruned · 2 diverged"


def test_after_the_live_view_nothing_is_left_but_what_was_said() -> None:
    """The view is erased; sentences stand above it, whole."""
    progress, stream = live()
    sentence = "Two repeats are planned of each finalist."
    progress.stage("screening, 3 epochs", 4, None)
    progress.advance(STANDING)
    progress.say([sentence, "word " * 40])
    progress.advance(STANDING)
    progress.close()

    left = [line for line in screens(stream.getvalue())[-1] if line]
    assert left == [sentence, ("word " * 16).strip(), ("word " * 16).strip(), ("word " * 8).strip()]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Whatever stages and architectures are called."""
    progress, stream = live(width=width)
    progress.stage("screening, bracket 3, 243 epochs of a long name", 1234, None)
    progress.advance(
        Standing(best="東京 " * 30, leaders=(Leader(label="東京 " * 30, score=1e-9),), pruned=12345)
    )
    progress.close()

    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert max(map(cells, re.split(r"[\r\n]", plain))) <= width


def test_a_low_terminal_gets_the_bar_alone() -> None:
    """With the name of the leader in it."""
    progress, stream = live(height=9)
    progress.stage("confirmation, repeat 5", 4, None)
    progress.advance(STANDING)
    progress.close()

    (bar,) = filter(None, fullest(stream.getvalue()))
    assert "best LSTM tanh/sigmoid · 24 pru…" in bar


def test_leaders_stand_until_another_kind_of_stage() -> None:
    """Scores of the screening are not shown as those of the confirmation."""
    progress, stream = live()
    progress.stage("screening, 3 epochs", 4, None)
    progress.advance(STANDING)
    progress.stage("screening, 9 epochs", 4, None)
    same = progress._counter
    progress.stage("confirmation, repeats 1 to 4", 4, None)
    other = progress._counter
    progress.close()

    assert same is not None
    assert other is not None
    assert (same.standing, other.standing) == (STANDING, Standing())
    assert stream.getvalue()


@pytest.mark.parametrize("kind", ["live", "plain"])
def test_names_cannot_steer_the_terminal(kind: str) -> None:
    """Control characters of names and sentences are spelt out, markup is text."""
    stream = io.StringIO()
    progress: Progress = PlainProgress(stream)
    if kind == "live":
        progress, stream = live()
    evil = "\x1b]0;title\x07\x1b[8;1;1t[red]x[/red]\rgone"
    progress.stage(f"stage {evil}", 1, None)
    progress.advance(Standing(best=evil, leaders=(Leader(label=evil, score=1.0),)))
    progress.say([evil])
    progress.close()

    text = stream.getvalue()
    assert "\x1b]" not in text
    assert "\x07" not in text
    assert "\x1b[8;" not in text
    assert "[red]x[/red] gone" in text


def test_plain_output_is_a_line_at_the_start_and_end_of_a_stage() -> None:
    """As it has been; pruned and diverged trials are told where there are any."""
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.stage("preflight", 0, None)
    progress.say(["A sentence."])
    progress.stage("confirmation, repeat 5", 1, None)
    progress.advance(Standing(best="LSTM tanh/sigmoid", leaders=LEADERS))
    progress.stage("screening, 9 epochs", 2, None)
    progress.advance(STANDING)
    progress.advance()
    progress.close()

    assert stream.getvalue().splitlines() == [
        "preflight",
        "A sentence.",
        "confirmation, repeat 5: 0/1",
        "confirmation, repeat 5: 1/1 · best LSTM tanh/sigmoid",
        "screening, 9 epochs: 0/2",
        "screening, 9 epochs: 2/2 · best LSTM tanh/sigmoid · 24 pruned · 2 diverged",
    ]


def test_the_display_is_chosen_by_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Live on a terminal; plain in a file, and on a terminal that cannot move its cursor."""
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(make_progress("auto", Terminal()), LiveProgress)
    assert isinstance(make_progress("auto", io.StringIO()), PlainProgress)
    assert isinstance(make_progress("quiet", Terminal()), QuietProgress)

    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(make_progress("auto", Terminal()), PlainProgress)
    with pytest.raises(UsageError, match="progress must be 'auto' or 'quiet'"):
        make_progress("loud")


@pytest.mark.parametrize("wanted", [True, False])
def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch, *, wanted: bool) -> None:
    """NO_COLOR (no-color.org): the view moves and is erased, without colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not wanted:
        monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    progress = make_progress("auto", stream)
    progress.stage("screening", 2, None)
    progress.advance(STANDING)
    progress.close()

    coloured = re.search(r"\x1b\[[0-9;]*(3[0-8]|9[0-7])[0-9;]*m", stream.getvalue())
    assert (coloured is not None) == wanted


@pytest.mark.parametrize(("direction", "best"), [("minimize", 0.1), ("maximize", 0.9)])
def test_the_leaderboard_ranks_by_the_best_score(direction: str, best: float) -> None:
    """At most five; a training without a score has none, and may have diverged."""
    board = Leaderboard("minimize" if direction == "minimize" else "maximize")
    for label in "abcdefg":
        board.add(label, 0.5, diverged=False)
    for score in (0.1, 0.9, None):
        board.add("h", score, diverged=score is None)
    board.pruned = 3

    standing = board.best()

    assert standing.leaders[0] == Leader(label="h", score=best)
    assert (standing.best, len(standing.leaders)) == ("h", 5)
    assert (standing.pruned, standing.diverged) == (3, 1)


def test_the_leaderboard_ranks_by_the_mean_over_repeats() -> None:
    """With how many repeats each mean is of; who leads is what the decision says."""
    board = Leaderboard("minimize")
    for label, score in (("a", 1.0), ("b", 0.4), ("a", 0.0), ("b", 0.8), ("a", 0.2)):
        board.add(label, score, diverged=False)

    standing = board.mean("b")

    assert standing.leaders[0].label == "a"
    assert standing.leaders[0].score == pytest.approx(0.4)
    assert [leader.repeats for leader in standing.leaders] == [3, 2]
    assert standing.best == "b"


@pytest.mark.slow
def test_a_study_on_a_terminal_shows_its_leaders_and_erases_them(tmp_path: Path) -> None:
    """A real terminal of 24 lines and 80 columns; then a table, and no trace of the view."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    epochs = str(least_epochs() + 20)
    study = subprocess.Popen(
        [sys.executable, "-m", "actselect", "recommend", "airpassengers", "--task", "forecasting",
         "--horizon", "6", "--cells", "rnn,gru", "--activations", "tanh", "--depths", "1",
         "--hidden-size", "6", "--epochs-budget", epochs, "--workers", "1", "--out", "s"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(theirs)
    written = io.BytesIO()
    try:
        while piece := os.read(ours, 65536):
            written.write(piece)
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)

    assert study.wait(timeout=60) == 0
    shown = screens(written.getvalue().decode())
    assert any(re.search(r"1  \S+ tanh\S* +[\d.]+$", line) for rows in shown for line in rows)
    assert any("mean of" in line for rows in shown for line in rows)
    assert not [line for line in shown[-1] if "━" in line or "mean of" in line]
