"""The answers of ``actselect guide``: about everything, about one case in full, and in short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, groupby
from typing import final

from actselect.cli._guide_lines import MARGIN, WIDTH, command, filled, item, paragraph
from actselect.guide import (
    Advice,
    Claim,
    Finding,
    GuideTask,
    Phrases,
    advice,
    claims,
    counted,
    findings,
    our_runs,
    phrases,
    task,
)

LINES = 45  # of the short answer: a terminal's height, without scrolling
FINDINGS = 3  # of the short answer, at most


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case that was asked about, and what is expected of it."""

    task: GuideTask
    length: int | None
    depth: int | None
    language: str
    found: Advice
    say: Phrases

    @classmethod
    def of(cls, name: str, length: int | None, depth: int | None, language: str) -> Case:
        """Look up what is expected of a task, by its name."""
        return cls(
            task=task(name), length=length, depth=depth, language=language,
            found=advice(name, length, depth), say=phrases(language),
        )  # fmt: skip


def everything(language: str, *, with_findings: bool) -> Iterator[str]:
    """Yield all claims, each with what our runs came to."""
    say = phrases(language)
    yield say.guide
    yield from _claims(say.principles, [c for c in claims() if c.principle], language)
    yield from _claims(say.claims, [c for c in claims() if not c.principle], language)
    yield ""
    yield from filled(say.undecided_is, WIDTH)
    if with_findings:
        yield from ("", say.findings)
        yield from _findings(findings(), claims(), language, say)
    yield ""
    yield from filled(say.ask, WIDTH)
    yield f"{MARGIN}actselect guide --task TASK --length N"


def in_full(case: Case) -> Iterator[str]:
    """Yield all that is known of a case, with sources."""
    found, say, language = case.found, case.say, case.language
    yield say.case.format(say.listed([case.task.title(language), *_numbers(case)]))
    yield ""
    yield from _picks(say.picks, case)
    yield from _claims(say.why, found.claims, language)
    yield from _claims(say.principles, found.principles, language)
    yield ""
    yield from filled(say.undecided_is, WIDTH)
    yield from _tensions(case)
    yield from ("", say.findings)
    if not found.findings:
        yield from paragraph(say.no_findings)
    yield from _findings(found.findings, (*found.principles, *found.claims), language, say)
    yield from ("", say.decides)
    yield from paragraph(say.expectation)
    yield from command(case.task.command(case.depth))


def in_short(case: Case) -> list[str]:
    """Return the same in at most :data:`LINES` lines: of the findings the first that fit."""
    say, found = case.say, case.found
    numbers = say.bracketed.format(say.listed(_numbers(case))) if _numbers(case) else ""
    head = [
        *_picks(say.short_case.format(case.task.title(case.language), numbers), case),
        "", say.why_and_runs, *_reasons(case),
        *_tensions(case),
        "",
    ]  # fmt: skip
    tail = ["", *filled(say.short_expectation, WIDTH), *command(case.task.command(case.depth))]
    shown = _fitting(case, LINES - len(head) - len(tail) - 1)  # their title
    title = say.some_findings.format(len(shown), len(found.findings))
    return [*head, title, *chain.from_iterable(shown), *tail]


def _fitting(case: Case, room: int) -> list[list[str]]:
    """Return the lines of the first findings, as many as there is room for."""
    told = [
        _compact(_strength(finding, case.say), finding.text(case.language), finding.citation)
        for finding in case.found.findings[:FINDINGS]
    ]
    ends = accumulate(map(len, told))
    return [lines for lines, end in zip(told, ends, strict=True) if end <= room]


def _numbers(case: Case) -> list[str]:
    say = case.say
    numbers = ((say.steps, case.length), (say.layers, case.depth))
    return [counted(phrase, number) for phrase, number in numbers if number is not None]


def _picks(title: str, case: Case) -> Iterator[str]:
    say, suggestions = case.say, case.found.suggestions
    yield title
    if not suggestions:
        yield from paragraph(say.no_picks)
    widest = max((len(s.label) for s in suggestions), default=0)
    for one in suggestions:
        why = [say.listed(_sections(one.claims))]
        why += [say.from_steps.format(one.min_length)] if one.min_length > 1 else []
        yield f"{MARGIN}{one.label:<{widest}}  ({say.then.join(why)})"


def _claims(title: str, made: Sequence[Claim], language: str) -> Iterator[str]:
    if made:
        yield from ("", title)
    for claim in made:
        yield from item(claim.section, claim.text(language))
        yield from (line for told in _runs(claim, language) for line in item("", told))


def _runs(claim: Claim, language: str) -> list[str]:
    runs = our_runs(claim.id)
    return [] if runs is None else [runs.told(language)]


def _reasons(case: Case) -> Iterator[str]:
    """Yield each claim of a case with what our runs came to, and how the principles stand."""
    for claim in case.found.claims:
        yield from _compact(claim.section, claim.text(case.language), *_runs(claim, case.language))
    stands = case.say.then.join(_standing(case.found.principles, case.say))
    yield from paragraph(case.say.of_every_case.format(stands))


def _compact(mark: str, *texts: str) -> list[str]:
    """Return texts each on a line of its own, or in one paragraph where that is shorter."""
    apart = [line for i, text in enumerate(texts) for line in item("" if i else mark, text)]
    joint = item(mark, " ".join(texts).replace("\u3002 ", "\u3002"))  # a Chinese stop has its space
    return apart if len(apart) <= len(joint) else joint


def _standing(made: Sequence[Claim], say: Phrases) -> Iterator[str]:
    """Yield the verdicts of our runs, with the sections that have them."""
    known = [(claim, runs) for claim in made if (runs := our_runs(claim.id)) is not None]
    order = ("supported", "contradicted", "undecided")
    known.sort(key=lambda pair: order.index(pair[1].verdict))
    for verdict, group in groupby(known, key=lambda pair: pair[1].verdict):
        sections = say.listed(_sections(claim for claim, _ in group))
        yield say.standing.format(sections, say.verdict(verdict))


def _tensions(case: Case) -> Iterator[str]:
    if case.found.tensions:
        yield from ("", case.say.tensions)
    for tension in case.found.tensions:
        yield from paragraph(tension.told(case.language))


def _findings(
    found: Sequence[Finding], made: Sequence[Claim], language: str, say: Phrases
) -> Iterator[str]:
    for finding in found:
        yield from item(_strength(finding, say), finding.text(language))
        stands = say.then.join(_stands(finding, made, say))
        yield from item("", _capital(say.sentence, finding.grounds(language), stands))
        yield from item("", finding.source)


def _strength(finding: Finding, say: Phrases) -> str:
    return {"strong": say.strong, "moderate": say.moderate, "weak": say.weak}[finding.strength]


def _stands(finding: Finding, made: Sequence[Claim], say: Phrases) -> Iterator[str]:
    """Yield which of the claims ``made`` a finding supports, and which it contradicts."""
    for phrase, ids in (
        (say.supports, finding.supports),
        (say.contradicts, finding.contradicts),
    ):
        sections = _sections(claim for claim in made if claim.id in ids)
        if sections:
            yield phrase.format(say.listed(sections))


def _sections(made: Iterable[Claim]) -> list[str]:
    """Return the sections of claims, each once; "5, 6" as one."""
    return list(dict.fromkeys(claim.section.replace(", ", "-") for claim in made))


def _capital(sentences: str, *texts: str) -> str:
    return sentences.format(*(text[:1].upper() + text[1:] for text in texts))
