"""Every sentence that a report can show is in the Chinese catalogue, or is named here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import actselect
from actselect.report.language import ANY, catalogue

PACKAGE = Path(actselect.__file__).parent
SOURCES = (
    "verdict/*.py", "assemble.py", "stages.py", "preflight.py", "recurrence/__init__.py",
    "guide/*.py", "why.py", "diagnostics/*.py", "effects.py", "tasks/*.py", "data/*.py",
    "data/readers/*.py", "report/*.py", "cli/_output.py",
)  # fmt: skip
# Texts that no report shows, or shows in every language: patterns of "file: text", with the reason.
ALLOWED = {
    r"report/compar.*": "the comparison of studies is English",
    r"report/(interactive|canvas|serialise|checking)\.py: .*": "no sentences of its own",
    r".*: (\s*actselect \S+( STUDY| DATA --task)?\s*| --format .*)": "commands to type",
    r"report/.*: (.*</?\w.*|default-src .*)": "markup",
    r"stages.py: (preflight: baselines and timing|test: refit and one look|The last line of .*)": (
        "said in the run"
    ),
    r"guide/.*:  et al\.": "the same in all languages",
    r".*: (stopping loss|cost in turns|rolling origin|fANOVA of ranks)": "names",
    r"tasks/.*: (most frequent.*|copy of the source|nearest image|TF-IDF.*|ridge.*|1-nearest.*|"
    r"logistic regression.*|frequencies given the last step|seasonal naive|majority class|"
    r"label frequencies|marginal frequencies)": "names of baselines, the same in scores.csv",
    r"(data|tasks)/.*: (Add|Check|Correct|Give|Pass|Resample|Save|Unpack|Write|Pickles|Expected is|"
    r"Did you) .*": "what to do about an error",
    r"(data|tasks)/.*: (an? [^.]*(\.\.)?|.* no |one .*|the .*|which events .*|something that .*|"
    r"steps of | and of |, first after |, not after |one series|no values|labels as text.*|"
    r"set of labels|pictures of | pixels with | features of each picture|test split|"
    r"no date format fits|business day|X\[.*|.*, step .*)": "what was wanted or found, in an error",
    r"data/.*: (A missing value takes|Steps before every| of a column missing).*": "documented",
    r"data/.*: ((words|tokens) .*|, in lower case|Corrupt EXIF.*|JSON lines|word/TAG lines|"
    r"CoNLL columns|plain text|COCO captions|Karpathy split)": "formats and tokens, in lists",
}


@cache
def english() -> str:
    """Return all that can be translated, without what stands in the places."""
    known = catalogue("zh")
    groups = [
        p for by_letter in known.patterns.values() for rows in by_letter.values() for p in rows
    ]
    return "\n".join([*known.exact[ANY], *("\0".join(p.literals) for p in groups)])


def fragments(node: ast.AST, helpers: frozenset[str] = frozenset()) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of the texts under a node that are composed into what users read.

    Left out are docstrings, and what errors are made of: ``helpers`` are functions that make them.
    """
    if isinstance(node, ast.Raise | ast.Expr) and not (
        isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    ):
        return
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).rpartition(".")[2]
        if called.endswith("Error") or called in helpers | {"compile"}:
            return
    if isinstance(node, ast.FunctionDef) and node.name in helpers:
        return
    if isinstance(node, ast.keyword) and node.arg in {"wanted", "got", "todo", "where"}:
        return
    if isinstance(node, ast.Assign) and re.search(
        r"wanted|got\b|todo|hint|where|place", ast.unparse(node.targets[0])
    ):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    for child in ast.iter_child_nodes(node):
        yield from fragments(child, helpers)


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of all texts of a module that have two English words side by side."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    helpers = frozenset(
        f.name for f in functions if f.returns and re.search("Error|NoRet", ast.unparse(f.returns))
    )
    for line, text in fragments(tree, helpers):
        for part in re.split(r"\{[^{} ]*\}", text):  # the places of str.format
            if re.search(r"[A-Za-z]{2,},? [A-Za-z]{2,}", part):
                yield line, part


@pytest.mark.parametrize("pattern", SOURCES)
def test_every_sentence_of_the_code_is_translated(pattern: str) -> None:
    """A new sentence needs its Chinese, or a reason in ALLOWED why no report shows it."""
    known = english()
    allowed = re.compile("|".join(f"(?:{reason})" for reason in ALLOWED), re.DOTALL)
    paths = sorted(PACKAGE.glob(pattern))
    missing = [
        f"{path}:{line}: {text}"
        for path in paths
        for line, text in prose(path)
        if text.strip() not in known
        and not allowed.fullmatch(f"{path.relative_to(PACKAGE).as_posix()}: {text}")
    ]

    assert paths
    assert missing == []


def test_every_text_of_the_templates_is_translated() -> None:
    """Both what they hand to the translator, and that they write no English past it."""
    known = english()
    for path in (PACKAGE / "report" / "templates").rglob("*.html.j2"):
        if path.name.startswith("compar"):  # English
            continue
        text = path.read_text(encoding="utf8")
        said = [s for _, s in re.findall(r"""\b(?:t|scroll)\((["'])(.+?)\1""", text)]
        plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "", text, flags=re.DOTALL)

        assert [s for s in said if re.sub(r"\{.*?\}|%.*", "\0", s) not in known] == [], path
        assert re.findall("[A-Za-z]{2,}", plain.replace("actselect", "")) == [], path


def test_a_new_sentence_would_be_found(tmp_path: Path) -> None:
    """In whatever it is composed of, but not in what errors say."""
    file = tmp_path / "new.py"
    file.write_text(
        "def told(n: int) -> str:\n"
        "    if n < 0:\n"
        "        raise ValueError('an error of the user')\n"
        "    return f'{n} of them ' + 'were new here'\n"
    )

    assert [text for _, text in prose(file)] == [" of them ", "were new here"]
