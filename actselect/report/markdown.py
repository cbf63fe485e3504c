"""The report as GitHub-flavoured Markdown, for pull requests and notebooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from actselect.records import RankedRecord, ReportRecord
from actselect.report import advice, divergence, measured, wording
from actselect.report.facts import facts
from actselect.report.guiding import STANDS, claim
from actselect.report.language import translator
from actselect.report.wording import DASH, Scale, clean

SPECIAL = re.compile(r"([\\`*_\[\]!|~#$])")
LINKED = re.compile(r"(?i)\b(https?|ftp|mailto):|\b(www)\.")


def render(record: ReportRecord, *, language: str = "en") -> str:
    """Return the report as Markdown; names from the data are escaped.

    Args:
        record: what it shows.
        language: one of :data:`actselect.report.language.LANGUAGES`.
    """
    page = _Page(record=record, language=language, translated=translator(language))
    blocks = [block for block in page.blocks() if block]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def escape(text: str) -> str:
    r"""Return ``text`` so that Markdown shows it and does nothing else with it.

    >>> escape("a|b <i> `c` http://d")
    'a\\|b &lt;i&gt; \\`c\\` http&#58;//d'
    """
    plain = clean(text).strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return LINKED.sub(_unlinked, SPECIAL.sub(r"\\\1", plain))


def _unlinked(match: re.Match[str]) -> str:
    return f"{match[1]}&#58;" if match[1] else f"{match[2]}&#46;"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: int) -> list[str]:
    """Return a table whose last ``numbers`` columns are aligned to the right."""
    rule = ["---"] * (len(header) - numbers) + ["---:"] * numbers
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A report in one language; what its parts return are blocks of lines."""

    record: ReportRecord
    language: str
    translated: Callable[[str], str]

    def say(self, sentence: str) -> str:
        """Return an English sentence in the language of the page, escaped."""
        return escape(self.translated(sentence))

    @property
    def metric(self) -> str:
        return escape(self.record.metric.name)

    @property
    def scale(self) -> Scale:
        return Scale.of(self.record)

    def blocks(self) -> Iterator[list[str]]:
        """Yield the blocks of the page in reading order."""
        record = self.record
        yield [f"## {self.say(wording.title(record))}"]
        yield [f"**{self.say(record.verdict.sentence)}**"]
        yield [self.say(text) for text in (wording.expected(record),) if text]
        yield self.ranking()
        yield [f"{self.say(wording.validated(record))} {self.say(wording.tiers(record))}"]
        yield self.test()
        yield [self.say(text) for text in (wording.aa(record),) if text]
        yield [f"**{self.say('Before you believe it')}**"] if record.notes else []
        yield [f"- {self.say(note)}" for note in record.notes]
        yield self.next()
        yield from self.guide()
        yield from self.principles()
        yield from self.done()

    def ranking(self) -> list[str]:
        head = ("Rank", "Tier", "Architecture", "Why")
        right = (
            wording.INTERVAL, "Probability of being best", "Parameters", "Training, ms per step",
        )  # fmt: skip
        score = self.say(f"Validation {self.record.metric.name}")
        header = (*map(self.say, head), score, *map(self.say, right))
        rows = [self.ranked(row) for row in self.record.ranking]
        rows += [
            (
                DASH, DASH, f"{escape(row.name)} ({self.say('baseline')})", "",
                self.scale.text(row.validation.mean), self.scale.interval(row.validation),
                "", "", "",
            )
            for row in self.record.baselines
        ]  # fmt: skip
        return _table(header, rows, numbers=5)

    def ranked(self, row: RankedRecord) -> tuple[str, ...]:
        why = row.diagnostics.why[:1] if row.diagnostics is not None else ()
        reasons = (escape(wording.reason(row, self.translated)), *map(self.say, why))
        return (
            str(row.rank),
            str(row.tier),
            escape(row.label) + (f" ({self.say('default')})" if row.default else ""),
            "<br>".join(reasons),
            self.scale.text(row.validation.mean),
            self.scale.interval(row.validation),
            escape(wording.percent(row.probability_best)),
            f"{row.parameters:,}",
            wording.milliseconds(row.train_ms_per_step),
        )

    def test(self) -> list[str]:
        rows = [
            (self.say(role), escape(score.label), self.scale.text(score.mean),
             self.scale.interval(score))
            for role, score in wording.tested(self.record)
        ]  # fmt: skip
        if not rows:
            return [self.say("The test part was not scored.")]
        score = self.say(f"Test {self.record.metric.name}")
        header = (self.say("Role"), self.say("Model"), score, self.say(wording.INTERVAL))
        return [self.say(wording.opened(self.record)), "", *_table(header, rows, numbers=2)]

    def next(self) -> list[str]:
        """Return what to do next, and what to type."""
        commands = advice.commands()
        return [self.say(advice.advice(self.record)), "", "```", *commands, "```"]

    def guide(self) -> Iterator[list[str]]:
        told = self.record.guide
        yield [f"**{self.say('What the guide expected')}** {self.say(told.agreement)}"]
        yield [
            f"- {STANDS[one.stand][0]} {self.say(STANDS[one.stand][1])}: "
            f"{escape(claim(one, self.language))} {self.say(one.because)}"
            for one in told.claims
        ]

    def principles(self) -> Iterator[list[str]]:
        looked = measured.measured(self.record)
        if not looked:
            return
        yield self.folded("Why: the principles measured")
        yield [self.say(measured.looked_at(self.record))]
        for heads, cells in (
            (measured.GRADIENT_HEADS, measured.gradient),
            ((*measured.UNITS_HEADS, *measured.COST_HEADS),
             lambda found: (*measured.units(found), *measured.cost(found))),
        ):  # fmt: skip
            header = (self.say("Architecture"), *map(self.say, heads))
            rows = [(escape(row.label), *map(self.say, cells(found))) for row, found in looked]
            yield _table(header, rows, numbers=len(heads))
        yield [f"- {self.say(word)}: {self.say(text)}" for word, text in measured.MEANINGS]
        yield ["</details>"]

    def folded(self, title: str) -> list[str]:
        return [f"<details><summary>{self.say(title)}</summary>"]

    def done(self) -> Iterator[list[str]]:
        command = self.record.command
        fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", command))])
        yield self.folded("How it was done")
        yield [fence, clean(command), fence]
        yield [f"- {escape(name)}: {escape(value)}" for name, value in self.facts()]
        yield self.outlook()
        yield self.rates()
        yield self.divergence()
        yield ["</details>"]

    def facts(self) -> Iterator[tuple[str, str]]:
        record, say = self.record, self.translated
        yield from facts(record, say)
        yield say("Search"), say(wording.screening(record))
        if record.screening.axes:
            yield say("Search"), say(wording.axes(record))
        yield say("Search"), say(wording.confirmation(record))

    def outlook(self) -> list[str]:
        if not self.record.outlook:
            return []
        title = self.say("What could be concluded")
        return [f"**{title}**", "", *(f"- {self.say(text)}" for text in self.record.outlook)]

    def rates(self) -> list[str]:
        rows = [row for row in self.record.ranking if row.learning_rates]
        if not rows:
            return []
        names = ("Architecture", "Chosen", f"Learning rate: screening {self.record.metric.name}")
        body = [(escape(row.label), f"{row.learning_rate:.3g}", self.points(row)) for row in rows]
        given = wording.rates_each(self.record)
        title = f"**{self.say('Learning rates tried')}** {self.say(given) if given else ''}"
        return [title.rstrip(), "", *_table([*map(self.say, names)], body, numbers=0)]

    def points(self, row: RankedRecord) -> str:
        points = sorted(row.learning_rates, key=lambda point: point.learning_rate)
        lost = self.say("diverged")
        return "; ".join(
            f"{p.learning_rate:.3g}: {lost if p.score is None else self.scale.text(p.score)}"
            for p in points
        )

    def divergence(self) -> list[str]:
        record, say = self.record, self.translated
        if not record.screening.divergence:
            return []
        header = ("Cell and activation", "In epochs", "At learning rates", "Diverged of trainings")
        rows = [
            (
                escape(divergence.name(row)),
                escape(divergence.epochs(row, say)) or DASH,
                escape(divergence.rates(row, say)) or DASH,
                self.say(f"{row.diverged:,} of {row.trainings:,}"),
            )
            for row in divergence.diverging(record)
        ]
        table = ["", *_table([*map(self.say, header)], rows, numbers=1)] if rows else []
        unharmed = divergence.unharmed(record)
        rest = ["", self.say(unharmed)] if unharmed else []
        return [f"**{self.say('Divergence')}** {self.say(divergence.total(record))}", *table, *rest]
