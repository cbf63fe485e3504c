"""What goes out is harmless, whatever names came in; nothing runs code from a file or leaves this
machine.  SECURITY.md tells the same in words.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from actselect.cli._output import columns, print_frame, print_text
from actselect.progress import Leader, LiveProgress, PlainProgress, Standing
from actselect.records import ReportRecord
from actselect.report import comparing, html, interactive, markdown, terminal, to_json
from actselect.report.scores import ScoreRow, write_scores
from actselect.report.serialise import from_json
from actselect.report.wording import clean

ROOT: Final = Path(__file__).parents[1]
GOLDEN: Final = ROOT / "tests" / "golden" / "report-v1-explained.json"
PLAIN: Final = "plain"
HOSTILE: Final = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "<a href='javascript:alert(1)'>x</a><b>y</b>",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\x1b]0;title\x07\x1b[31mred\x1b[2J\x9b31m\r\x08",
    "\u202egnp.exe\u2066\u200b\ufeff\u2028\u2029",
    "two\nlines\r\nand\n\n# heading\n- item",
    "a|b `c` [x](javascript:alert(1)) ![i](http://a.example/i.png) <http://a.example> *b* _i_",
    "``` \n~~~ $x$ &lt;b&gt; www.a.example",
    "{{ 7*7 }}{% raw %}${7*7}%{y}#{1}",
    "[bold red]x[/] [link=http://a.example]y[/link] :bomb:",
    "var(--ink)",
    "'\"\\'''\"\"\"\\N{BULLET}",
    "lone \ud800 surrogate \x00",
    "long " * 2000,
)
TEXTS: Final = frozenset(
    ("label", "name", "claim", "because", "section", "answer", "shown", "wanted", "classes", "note",
     "values", "rows", "columns", "why", "series", "function", "method", "reason", "features",
     "target", "notes", "sentence", "outlook", "suggested", "agreement", "command", "cell", "title")
)  # fmt: skip
LINE: Final = {"x", "y", "transform", "text-anchor", "font-size", "style"}
NEVER: Final = {"Cc", "Cs", "Zl", "Zp"}
HIDDEN: Final = set(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
CSV_HEADS: Final = ("=", "+", "-", "@", "\t", "\r")


def attacked(*names: str) -> ReportRecord:
    """Return a report of which everything is known, each text one of the names, in turn."""
    turn = cycle(names)

    def attack(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {field: attack(item, field) for field, item in value.items()}
        if isinstance(value, list):
            return [attack(item, key) for item in value]
        return next(turn) if isinstance(value, str) and key in TEXTS else value

    data = json.loads(GOLDEN.read_text(encoding="utf8"))
    data["options"] = {name: [name] for name in names}
    return from_json(json.dumps(attack(data)).replace("\\ud800", "\\ufffd"))


def harmful(text: str) -> set[str]:
    """Return the characters that move a cursor, turn text round, or hide."""
    return {c for c in text if unicodedata.category(c) in NEVER or c in HIDDEN} - {"\n"}


class Elements(HTMLParser):
    """The kinds of element of a page, each with the names of its attributes; and its links.

    Lines of a picture have their attributes as they fit; those are of one kind.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.kinds: set[tuple[str, ...]] = set()
        self.links: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        names = {name for name, _ in attrs}
        self.kinds.add((tag, *sorted(names - LINE if tag == "text" else names)))
        self.links |= {str(value) for name, value in attrs if name in {"href", "src"}}


def without_scripts(page: str) -> str:
    """Return a page without what stands in its scripts."""
    return re.sub(r"(<script[^>]*>).*?</script>", r"\1</script>", page, flags=re.DOTALL)


@pytest.mark.parametrize("render", [html.render, interactive.render])
def test_no_name_becomes_an_element_of_a_page(render: Callable[[ReportRecord], str]) -> None:
    """The page has the elements, attributes and links that it has with a plain name."""
    page, benign = (without_scripts(render(attacked(*names))) for names in (HOSTILE, (PLAIN,)))
    found, plain = Elements(page), Elements(benign)

    assert found.kinds == plain.kinds
    assert found.links == plain.links
    assert harmful(page) == set()
    assert "{{ 7*7 }}" in page


def test_plots_hold_no_name_as_markup() -> None:
    """plotly.js reads tags, entities and %{...} in labels: none is left of a name."""
    page = interactive.render(attacked(*HOSTILE))
    found = re.search(r'<script type="application/json" id="plots">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    texts = [
        text.removesuffix(": %{y:.4g}<extra></extra>") for text in _texts(json.loads(found[1]))
    ]

    assert not set("<>&\u2028\u2029") & set(found[1])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in texts
    assert [text for text in texts if set("<>") & set(text) or "%{" in text] == []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("render", [html.render, interactive.render])
def test_a_page_runs_nothing_but_its_own_scripts(render: Callable[[ReportRecord], str]) -> None:
    """By policy, should a name ever get through: scripts are known by their hash."""
    page = render(attacked(PLAIN))
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    rules = {rule.split()[0]: rule.split()[1:] for rule in found[1].split("; ")}

    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert rules["img-src"] == ["data:"]
    scripts = rules.get("script-src", [])
    assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", one) for one in scripts)
    assert len(scripts) == page.count("<script>")


def test_no_name_becomes_markup_of_markdown() -> None:
    """Read by another program's rules (CommonMark with tables): blocks, links and HTML are ours."""
    text, plain = (markdown.render(attacked(*names)) for names in (HOSTILE, (PLAIN,)))

    assert _markup(text) == _markup(plain)
    assert harmful(text) == set()


def _markup(text: str) -> list[str]:
    """Return the kinds of blocks in order, and of what stands in them, HTML with its tags."""
    found = []
    for block in MarkdownIt("commonmark").enable("table").parse(text):
        inline = [one for one in block.children or () if one.type not in {"text", "softbreak"}]
        found.append(block.type)
        found += [one.content if one.type == "html_inline" else one.type for one in inline]
        found += re.findall(r"<[^>]*>", block.content) if block.type == "html_block" else []
    return [kind for kind in found if kind != "text_special"]


def test_no_name_steers_a_terminal() -> None:
    """Tables, sentences and notes; and JSON, which reads back as it was."""
    record = attacked(*HOSTILE)

    for name in HOSTILE:
        assert harmful(terminal.render(record, 80, study=name)) == set()
        assert harmful(columns(("study", "verdict"), [(name, name)])) == set()
    assert harmful(to_json(record)) == set()
    assert from_json(to_json(record)) == record


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_steers_the_progress(name: str) -> None:
    """Plain lines, and what stays above the live view: text, whatever rich would make of it."""
    plain, live = io.StringIO(), io.StringIO()
    board = Standing(best=name, leaders=(Leader(label=name, score=1.0),))
    shown = PlainProgress(plain)
    shown.stage(name, 1, None)
    shown.advance(board)
    shown.say([name])
    above = LiveProgress(Console(file=live, width=20_000, color_system=None))
    above.say([name])

    assert harmful(plain.getvalue()) == set()
    assert harmful(live.getvalue()) == set()
    assert live.getvalue().split() == clean(name).split()


def test_names_that_differ_look_different() -> None:
    """What cannot be seen is spelt out and not left out; words of Persian stay whole."""
    names = ["ab", "a\u200bb", "a\x07b", "\u202eab", "a\xadb"]

    assert len({clean(name) for name in names}) == len(names)
    assert clean("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"


@pytest.mark.parametrize("name", HOSTILE)
def test_predictions_are_no_formulas_and_come_back(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of ids, labels and column names; pandas reads each back, but for the apostrophe."""
    name = name.replace("\ud800", "").replace("\x00", "")
    frame = pd.DataFrame({name: [name, PLAIN], "p": [-0.5, float("nan")]})
    print_frame(frame)
    text = capsys.readouterr().out
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    back = pd.read_csv(io.StringIO(text, newline=""))

    assert [cell for cell in cells if cell.startswith(CSV_HEADS) and cell != "-0.5"] == []
    assert len(back) == 2
    assert back.iloc[0, 0].removeprefix("'") == name.removeprefix("'")
    assert back.columns[0].removeprefix("'") == name.removeprefix("'")


def test_numbers_and_signs_come_back_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Ids such as -1 and tokens such as - are no formulas."""
    names = ["-1", "+1", "-1.5e-3", "-inf", "+5%", "-", "--", "=", "@", "'tis", "a=b"]
    print_frame(pd.DataFrame({"series": names}))

    assert capsys.readouterr().out.split() == ["series", *names]


@pytest.mark.parametrize("name", HOSTILE)
def test_scores_are_no_formulas(name: str, tmp_path: Path) -> None:
    """One row stays one row."""
    row = ScoreRow(
        stage="confirmation", architecture=name, repeat=1, step=1, metric=name, score=-1.0,
        seconds=1.0,
    )  # fmt: skip
    write_scores([row], tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))

    assert len(rows) == 2
    assert [cell for cell in rows[1] if cell.startswith(CSV_HEADS)] == ["-1.0"]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pipe_gets_text_as_it_is_and_a_terminal_harmless(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of predictions, texts that a language model writes, and generated code."""
    for stream in (io.StringIO(), _Terminal()):
        monkeypatch.setattr(sys, "stdout", stream)
        print_text(name, nl=False)

        assert stream.getvalue() == name or (stream.isatty() and not harmful(stream.getvalue()))


def test_comparisons_of_studies_are_read_and_shown_alike(tmp_path: Path) -> None:
    """Two studies with hostile folders and reports, compared as text and as JSON."""
    folders = [tmp_path / f"{place}<b>\x1b[31m\u202e" for place in "12"]
    for folder, name in zip(folders, HOSTILE[4:7:2], strict=True):
        folder.mkdir()
        (folder / "report.json").write_text(to_json(attacked(name)), encoding="utf-8")
    from actselect.comparison import compare

    record = compare(*map(str, folders))

    assert harmful(comparing.render(record)) == set()
    assert harmful(comparing.to_json(record)) == set()


# --- what the sources may do ----------------------------------------------------------------------

WORKERS: Final = "between a coordinator and its own workers, never from a file"
ALLOWED: Final = {  # file: {what: why}; what is not listed here is not there
    "__init__.py": {"import_module": "names of our own modules, loaded when first used"},
    "_kernels/__init__.py": {
        "import_module": "our own compiled module",
        "module_from_spec": "the file that ACTSELECT_KERNELS names, in the user's environment",
    },
    "cli/_dashboard.py": {
        "sqlite3": "a copy of the study's database, opened for reading",
        "webbrowser": "our own address",
        "wsgiref": "a server on the loopback",
        "socketserver": "the same",
    },
    "workers/_executor.py": {"pickle": WORKERS},
    "workers/_local.py": {"pickle": WORKERS},
    "workers/_process.py": {"pickle": WORKERS, "cloudpickle": WORKERS},
}
MODULES: Final = frozenset(
    ("pickle", "cloudpickle", "joblib", "dill", "shelve", "marshal", "subprocess", "yaml", "runpy",
     "code", "pty", "urllib.request", "http", "socket", "socketserver", "ssl", "requests", "ftplib",
     "smtplib", "xmlrpc", "webbrowser", "wsgiref", "asyncio", "ctypes",
     "sqlite3", "xml", "tarfile", "huggingface_hub")
)  # fmt: skip
CALLS: Final = frozenset(
    ("exec", "__import__", "import_module", "module_from_spec", "popen", "extractall",
     "read_pickle", "to_pickle", "load_state_dict_from_url", "urlopen", "urlretrieve", "Popen",
     "execv", "execvp", "spawnl", "startfile", "unpack_archive")
)  # fmt: skip


def _noteworthy(tree: ast.AST) -> Iterator[str]:
    """Yield what in a module may run code, start programs, or talk to others."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (word for name in node.names for word in _parts(name.name))
        elif isinstance(node, ast.ImportFrom):
            yield from _parts(str(node.module))
        elif isinstance(node, ast.Call):
            yield from _called(node)


def _parts(module: str) -> set[str]:
    return {module, module.partition(".")[0]} & MODULES


def _called(node: ast.Call) -> Iterator[str]:
    whole = ast.unparse(node.func)
    name = whole.rpartition(".")[2]
    if name in CALLS or whole in {"eval", "compile", "os.system"}:
        yield name
    given = {word.arg: ast.unparse(word.value) for word in node.keywords}
    if whole in {"np.load", "numpy.load"} and given.get("allow_pickle") != "False":
        yield "np.load with pickles"
    if whole in {"torch.load", "torch.save", "torch.jit.load", "torch.hub.load"}:
        yield whole
    if given.get("shell", "False") != "False" or given.get("allow_pickle", "False") != "False":
        yield f"{whole} with {given}"


def test_the_sources_run_no_code_of_a_file_but_where_it_is_told_why() -> None:
    """No pickle, no evaluation, no program, no connection; the exceptions are all in ALLOWED."""
    package = ROOT / "actselect"
    found = {}
    for path in sorted(package.rglob("*.py")):
        noted = set(_noteworthy(ast.parse(path.read_text(encoding="utf8"))))
        if noted:
            found[path.relative_to(package).as_posix()] = noted

    assert found == {file: set(reasons) for file, reasons in ALLOWED.items()}


@pytest.mark.parametrize(
    ("source", "noted"),
    [
        ("import pickle", "pickle"),
        ("from urllib.request import urlopen", "urllib.request"),
        ("eval(text)", "eval"),
        ("np.load(path)", "np.load with pickles"),
        ("torch.load(path, weights_only=True)", "torch.load"),
        ("subprocess.run(x, shell=True)", "subprocess.run with {'shell': 'True'}"),
        ("archive.extractall()", "extractall"),
    ],
)
def test_what_runs_code_is_seen(source: str, noted: str) -> None:
    """The test above sees what it looks for."""
    assert noted in set(_noteworthy(ast.parse(source)))


UNITS: Final = {"GiB": 2**30, "MiB": 2**20}
STATED: Final = re.findall(
    r"^\| [^|]+ \| ([\d,]+)(?: (\w+))? \| `([\w.]+)\.(\w+)` \|$",
    (ROOT / "SECURITY.md").read_text(encoding="utf8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("figure", "unit", "module", "name"), STATED)
def test_limits_are_those_that_are_told(figure: str, unit: str, module: str, name: str) -> None:
    """The table of SECURITY.md has the figures of the code."""
    told = int(figure.replace(",", "")) * UNITS.get(unit, 1)

    assert told == getattr(import_module(module), name)


def test_the_table_of_limits_is_found() -> None:
    """So that the test above compares something."""
    assert len(STATED) == (ROOT / "SECURITY.md").read_text(encoding="utf8").count("| `actselect.")


# --- the network, and the disk --------------------------------------------------------------------


def test_the_tests_reach_no_other_machine(reached: list[str]) -> None:
    """What is tried is refused and noted; 192.0.2.1 is nobody's (RFC 5737)."""
    with pytest.raises(ConnectionError):
        socket.create_connection(("192.0.2.1", 80), timeout=5)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen("http://nobody.example.org/")

    assert reached == [
        "socket.connect ('192.0.2.1', 80)", "socket.getaddrinfo nobody.example.org",
    ]  # fmt: skip
    reached.clear()


DATA_HEADS: Final = ("=id()", "step", "{{7*7}}[bold]", "\u202elabel")
LABELS: Final = (
    "<script>alert(1)</script>",
    "=cmd|'/C calc'!A0",
    "a|b`c`[x](javascript:1)\x1b[31m",
)
RECOMMEND: Final = (
    "recommend", "data.csv", "--task", "classification", "--target", DATA_HEADS[3], "--series",
    DATA_HEADS[0], "--time", "step", "--epochs-budget", "360", "--cells", "gru", "--activations",
    "tanh", "--recurrent-activations", "sigmoid", "--depths", "1", "--workers", "1", "--quiet",
    "--out", "studies/<b>one",
)  # fmt: skip
LATER: Final = (
    ("guide",),
    ("guide", "--task", "classification"),
    ("list", "studies"),
    ("show", "studies/<b>one"),
    ("show", "studies/<b>one", "--format", "markdown"),
    ("show", "studies/<b>one", "--format", "html", "--interactive"),
    ("export", "studies/<b>one"),
    ("export", "studies/<b>one", "--format", "torch", "--out", "net"),
    ("export", "studies/<b>one", "--format", "onnx", "--out", "net.onnx"),
    ("predict", "studies/<b>one", "data.csv"),
    ("compare", "studies/<b>one", "../copy"),
    ("compare", "studies/<b>one", "../copy", "--format", "html"),
)
WRITTEN: Final = {
    "home", "tmp", "cwd", "cwd/data.csv", "cwd/studies", "cwd/studies/test-openings.jsonl",
}  # fmt: skip


def _data() -> str:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(DATA_HEADS)
    for series in range(60):
        kind = series % 3
        writer.writerows(
            (
                f"-{series}<b>\u202e",
                step,
                round(kind + 0.1 * ((series * step) % 7), 2),
                LABELS[kind],
            )
            for step in range(12)
        )
    return lines.getvalue()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Run a whole study on hostile data in a Python without network, and what one does with it.

    Returns the folder, and what each command printed.
    """
    place = tmp_path_factory.mktemp("session")
    for name in ("home", "tmp", "cwd"):
        (place / name).mkdir()
    (place / "cwd" / "data.csv").write_text(_data(), encoding="utf-8")
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment |= {
        "HOME": str(place / "home"), "TMPDIR": str(place / "tmp"), "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": str(ROOT / "tests" / "offline"), "PYTHONDONTWRITEBYTECODE": "1",
        "ACTSELECT_TEST_REACHED": str(place / "reached"),
    }  # fmt: skip
    printed = {}
    for arguments in (RECOMMEND, *LATER):
        if arguments[0] == "compare" and not (place / "copy").exists():
            shutil.copytree(place / "cwd" / "studies" / "<b>one", place / "copy")
        done = subprocess.run(
            [sys.executable, "-m", "actselect", *arguments], cwd=place / "cwd", env=environment,
            capture_output=True, encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        printed[" ".join(arguments)] = done.stdout
    return place, printed


@pytest.mark.slow
def test_a_whole_study_reaches_no_other_machine(session: tuple[Path, dict[str, str]]) -> None:
    """Neither it nor its workers, nor what is done with it afterwards."""
    place, _ = session

    assert not (place / "reached").exists()


@pytest.mark.slow
def test_nothing_is_written_outside_the_study(session: tuple[Path, dict[str, str]]) -> None:
    """But the ledger beside it and what --out names: no cache at home, nothing left in TMPDIR."""
    place, _ = session
    study = place / "cwd" / "studies" / "<b>one"
    named = (study, place / "copy", place / "cwd" / "net", place / "cwd" / "net.onnx")
    others = (p for p in place.rglob("*") if not any(p.is_relative_to(one) for one in named))

    assert {path.relative_to(place).as_posix() for path in others} == WRITTEN


@pytest.mark.slow
def test_the_whole_study_shows_its_names_harmlessly(session: tuple[Path, dict[str, str]]) -> None:
    """In every file and on every stream that a person reads, and none of it is lost in JSON."""
    place, printed = session
    study = place / "cwd" / "studies" / "<b>one"
    page = (study / "report.html").read_text(encoding="utf-8")

    for name in ("report.html", "report.md", "report.json"):
        assert harmful((study / name).read_text(encoding="utf-8")) == set()
    for command, text in printed.items():
        if not command.startswith("predict"):  # exact in a pipe
            assert harmful(without_scripts(text)) == set(), command  # plotly.js has some
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert json.loads((study / "report.json").read_text())["dataset"]["target"] == DATA_HEADS[3]
