"""``actselect guide``: what the guide and the literature expect, before anything is trained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from actselect.exceptions import UsageError

if TYPE_CHECKING:  # at run time the command loads this: it needs numpy, which --help does not
    from actselect.guide import Advice, Claim, Finding, GuideTask, Phrases, Suggestion

WIDTH = 80  # columns of a terminal; a Chinese character takes two
MAX_DEPTH = 8  # search_space.MAX_DEPTH, which needs torch; a test compares
MARK = 10  # columns of the section, or of the strength, before a text
MARGIN = "  "
OPENING = "\uff08\u300a\u201c"  # Chinese punctuation that never ends a line
CLOSING = "\uff0c\u3002\uff1b\uff1a\u3001\uff1f\uff01\uff09\u300b\u201d"  # nor begins one
WORD = re.compile(rf"\s+|[{OPENING}]*(?:[^\s\u2e80-\uffff]+|\S)[{CLOSING}]*")


@click.command()
@click.option("--task", metavar="TASK", help="What to predict; see 'actselect list tasks'.")
@click.option("--length", metavar="N", type=int, help="Steps of a typical sequence.")
@click.option(
    "--depth", metavar="N", type=click.IntRange(1, MAX_DEPTH), help="Number of recurrent layers."
)
@click.option(
    "--language", type=click.Choice(["en", "zh"]), default="en", show_default=True,
    help="Language of the answer.",
)  # fmt: skip
def guide(task: str | None, length: int | None, depth: int | None, language: str) -> None:
    """Say what the guide would pick, why, and what the literature adds.

    Answers at once: nothing is trained, and no data are needed. Without --task: the guide's four
    principles and all its claims.

    \b
    Examples:
      actselect guide
      actselect guide --task forecasting --length 500 --depth 2
      actselect guide --task captioning --language zh
    """
    from actselect.guide import phrases

    say = phrases(language)
    if task is not None:
        lines = _case(task, length, depth, language, say)
    elif length is None and depth is None:
        lines = _everything(language, say)
    else:
        raise UsageError("--length and --depth need a --task, such as --task forecasting.")
    click.echo("\n".join(lines))


def _everything(language: str, say: Phrases) -> Iterator[str]:
    from actselect.guide import claims

    yield say.guide
    yield from _claims(say.principles, [c for c in claims() if c.principle], language)
    yield from _claims(say.claims, [c for c in claims() if not c.principle], language)
    yield ""
    yield from filled(say.ask, WIDTH)
    yield f"{MARGIN}actselect guide --task TASK --length N"


def _case(
    name: str, length: int | None, depth: int | None, language: str, say: Phrases
) -> Iterator[str]:
    from actselect.guide import advice, counted, task

    found, about = advice(name, length, depth), task(name)
    numbers = ((say.steps, length), (say.layers, depth))
    known = [counted(phrase, number) for phrase, number in numbers if number is not None]
    yield say.case.format(say.listed([about.title(language), *known]))
    yield from _picks(found.suggestions, say)
    yield from _claims(say.why, found.claims, language)
    yield from _claims(say.principles, found.principles, language)
    yield from _tensions(found, language, say)
    yield from _findings(found, language, say)
    yield from _decide(about, depth, say)


def _picks(suggestions: Sequence[Suggestion], say: Phrases) -> Iterator[str]:
    yield from ("", say.picks)
    if not suggestions:
        yield from filled(say.no_picks, WIDTH, first=MARGIN)
    widest = max((len(s.label) for s in suggestions), default=0)
    for one in suggestions:
        why = [say.listed(_sections(one.claims))]
        why += [say.from_steps.format(one.min_length)] if one.min_length > 1 else []
        yield f"{MARGIN}{one.label:<{widest}}  ({say.then.join(why)})"


def _claims(title: str, claims: Sequence[Claim], language: str) -> Iterator[str]:
    if claims:
        yield from ("", title)
    for claim in claims:
        yield from _item(claim.section, claim.text(language))


def _tensions(found: Advice, language: str, say: Phrases) -> Iterator[str]:
    if found.tensions:
        yield from ("", say.tensions)
    for tension in found.tensions:
        yield from filled(tension.told(language), WIDTH, first=MARGIN)


def _findings(found: Advice, language: str, say: Phrases) -> Iterator[str]:
    yield from ("", say.findings)
    if not found.findings:
        yield from filled(say.no_findings, WIDTH, first=MARGIN)
    strengths = {"strong": say.strong, "moderate": say.moderate, "weak": say.weak}
    for finding in found.findings:
        yield from _item(strengths[finding.strength], finding.text(language))
        stands = say.then.join(_stands(finding, (*found.principles, *found.claims), say))
        yield from _item("", _capital(say.sentence, finding.grounds(language), stands))
        yield from _item("", finding.source)


def _stands(finding: Finding, claims: Sequence[Claim], say: Phrases) -> Iterator[str]:
    """Yield which of ``claims`` a finding supports, and which it contradicts."""
    for phrase, ids in (
        (say.supports, finding.supports),
        (say.contradicts, finding.contradicts),
    ):
        sections = _sections(claim for claim in claims if claim.id in ids)
        if sections:
            yield phrase.format(say.listed(sections))


def _sections(claims: Iterable[Claim]) -> list[str]:
    """Return the sections of claims, each once; "5, 6" as one."""
    return list(dict.fromkeys(claim.section.replace(", ", "-") for claim in claims))


def _capital(sentences: str, *texts: str) -> str:
    return sentences.format(*(text[:1].upper() + text[1:] for text in texts))


def _decide(task: GuideTask, depth: int | None, say: Phrases) -> Iterator[str]:
    yield from ("", say.decides)
    yield from filled(say.expectation, WIDTH, first=MARGIN)
    options = re.sub(r" (?!--|actselect)", "\0", task.command(depth))  # with its value
    lines = [line.replace("\0", " ") for line in filled(options, WIDTH - 2, first=2 * MARGIN)]
    yield from (f"{line} \\" for line in lines[:-1])
    yield lines[-1]


def _item(mark: str, text: str) -> list[str]:
    """Return a text with its mark in a column of its own."""
    from actselect.report.columns import cells

    return filled(text, WIDTH, first=f"{MARGIN}{mark}{' ' * (MARK - cells(mark))}")


def filled(text: str, width: int, *, first: str = "") -> list[str]:
    """Return ``text`` as lines of at most ``width`` columns, Chinese broken between characters.

    Args:
        text: English, Chinese, or both.
        width: columns; a Chinese character takes two.
        first: what the first line begins with; the others begin with as many spaces.

    >>> filled("one two three", 8, first="- ")
    ['- one', '  two', '  three']
    """
    from actselect.report.columns import cells

    lines, line, empty = [], first, True
    for word in WORD.findall(text):
        if not empty and cells(line) + cells(word.rstrip()) > width:
            lines.append(line.rstrip())
            line, empty = " " * cells(first), True
        if not (empty and word.isspace()):
            line, empty = line + word, False
    return [*lines, line.rstrip()]
