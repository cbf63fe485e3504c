"""How names, numbers and facts are put, the same in every rendering.

What is returned is English, whole sentences where it can be: a rendering passes each through the
translator of its language.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from actselect.records import (
    Estimate,
    Expected,
    InteractionRecord,
    MetricRecord,
    RankedRecord,
    ReportRecord,
    TestScore,
)

Say = Callable[[str], str]  # puts an English phrase into the language of the reader

JOINERS = "\u200c\u200d"  # spell words of Persian and Hindi, and hold emoji together
DASH = "\N{EN DASH}"
MAX_DECIMALS = 6  # more decimals are written with an exponent
INTERVAL = "90% interval"  # statistics.LEVEL and final_test.LEVEL; a test compares


def clean(text: str) -> str:
    r"""Return ``text`` on one line; what moves a cursor, turns text round or hides is spelt out.

    Terminals and editors obey such characters (Boucher and Anderson 2021, arXiv:2111.00169).  They
    are not taken out: two names that differ in them only would look alike.

    >>> print(clean("\x1b[31mred\n\u202egnp.exe"))
    \x1b[31mred \u202egnp.exe
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_harmless, text))


def clean_lines(text: str) -> str:
    """Return ``text`` as :func:`clean` does, its line breaks kept."""
    return "\n".join(map(clean, text.split("\n")))


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n\r" or category in {"Zl", "Zp"}:
        return " "
    if category == "Cs":
        return "\ufffd"
    return _spelt(character) if category in {"Cc", "Cf"} and character not in JOINERS else character


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode()


def shorten(text: str, limit: int) -> str:
    """Return ``text`` cut to ``limit`` characters, the last an ellipsis.

    >>> shorten("LSTM tanh/sigmoid", 9)
    'LSTM tan…'
    """
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How many decimals the scores of one report deserve; None: three significant digits."""

    decimals: int | None

    @classmethod
    def of(cls, record: ReportRecord) -> Scale:
        """Return the scale of a report: two significant digits of a typical interval."""
        return cls.fitting(row.validation for row in record.ranking)

    @classmethod
    def fitting(cls, estimates: Iterable[Estimate]) -> Scale:
        """Return the scale at which the median interval is about ten units of the last place wide.

        >>> Scale.fitting([Estimate(mean=0.83, low=0.80, high=0.86, repeats=5)]).decimals
        3
        """
        ends = [(e.low, e.high) for e in estimates]
        widths = sorted(
            high - low
            for low, high in ends
            if low is not None and high is not None and 0 < high - low < math.inf
        )
        if not widths:
            return cls(decimals=3)
        decimals = 1 - math.floor(math.log10(widths[len(widths) // 2]))
        return cls(decimals=max(decimals, 0) if decimals <= MAX_DECIMALS else None)

    def text(self, value: float | None) -> str:
        """Return a score, or a dash for none."""
        if value is None or not math.isfinite(value):
            return DASH
        if self.decimals is None or abs(value) >= 1e9:  # too long for a table
            return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
        return f"{value:.{self.decimals}f}".replace("-", "\N{MINUS SIGN}")

    def interval(self, score: Estimate | Expected | TestScore) -> str:
        """Return ``[low, high]``, or a dash where one repeat alone was run."""
        if score.low is None or score.high is None:
            return DASH
        return f"[{self.text(score.low)}, {self.text(score.high)}]"

    def both(self, score: Estimate | TestScore) -> str:
        """Return ``mean [low, high]``."""
        return f"{self.text(score.mean)} {self.interval(score)}"


def percent(probability: float) -> str:
    """Return a probability; never 0 % or 100 %, which no finite evidence shows.

    >>> percent(0.031), percent(0.001), percent(0.9999)
    ('3%', '<1%', '>99%')
    """
    if not math.isfinite(probability):
        return DASH
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{probability:.0%}"


def duration(seconds: float) -> str:
    """Return a length of time in at most two units.

    >>> duration(3.42), duration(130), duration(7260)
    ('3.4 s', '2 min 10 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    large, small, units = (3600, 60, "h min") if seconds >= 3600 else (60, 1, "min s")
    first, rest = divmod(round(seconds / small), large // small)
    names = units.split()
    return f"{first} {names[0]} {rest} {names[1]}" if rest else f"{first} {names[0]}"


def milliseconds(value: float) -> str:
    """Return a cost with three significant digits, also where they are zeros.

    >>> milliseconds(10.04), milliseconds(5.7), milliseconds(1234.5)
    ('10.0', '5.70', '1,234')
    """
    return f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:#.3g}"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    >>> count(1, "repeat"), count(1200, "repeat")
    ('1 repeat', '1,200 repeats')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def direction(metric: MetricRecord) -> str:
    """Return which way is better, in words."""
    return "lower is better" if metric.direction == "minimize" else "higher is better"


def openings(times: int) -> str:
    """Return how often the test part was opened, in words.

    >>> openings(1), openings(3)
    ('opened once', 'opened 3 times')
    """
    return {0: "not opened", 1: "opened once", 2: "opened twice"}.get(
        times, f"opened {times} times"
    )


def opened(record: ReportRecord) -> str:
    """Return how large the test part is and how often it was opened, as one sentence."""
    examples = count(record.test.examples, "example")
    unseen = " No decision before has seen them." if record.test.openings <= 1 else ""
    return f"The test part has {examples} and was {openings(record.test.openings)}.{unseen}"


def title_of_test(record: ReportRecord) -> str:
    """Return what stands above scores of the test part in plain text."""
    examples, way = count(record.test.examples, "example"), openings(record.test.openings)
    return f"Test {record.metric.name} ({way}, {examples}; {INTERVAL}s)"


def title(record: ReportRecord) -> str:
    """Return what was studied."""
    return f"{record.task} on {record.dataset.name}"


def tested(record: ReportRecord) -> Iterator[tuple[str, TestScore]]:
    """Yield the role and the score of each model that was scored on the test part."""
    test = record.test
    for role, score in (
        (first_role(record), test.recommended),
        ("default", test.default),
        ("baseline", test.baseline),
    ):
        if score is not None:
            yield role, score


def first_role(record: ReportRecord) -> str:
    """Return what the first network is; where a baseline is enough, none is recommended."""
    return "best network" if record.verdict.kind == "baseline" else "recommended"


def budget(record: ReportRecord) -> str:
    """Return what was spent of what was allowed, and by how many workers."""
    allowed, workers = record.budget, count(record.environment.workers, "worker")
    if allowed.kind == "time":
        return f"{duration(allowed.spent)} of {duration(allowed.amount)}, {workers}"
    return f"{allowed.spent:,.0f} of {count(round(allowed.amount), 'epoch')}, {workers}"


def screening(record: ReportRecord) -> str:
    """Return what the search did, as one sentence."""
    done = record.screening
    return (
        f"Screening: {count(done.architectures, 'architecture')}, {count(done.trials, 'trial')} "
        f"({done.pruned:,} pruned, {done.diverged:,} diverged), {count(done.epochs, 'epoch')}, "
        f"{duration(done.seconds)}."
    )


def axes(record: ReportRecord) -> str:
    """Return which axes were shown to matter, as one sentence; empty where none were looked at."""
    names = [name.replace("_", " ") for name in record.screening.axes]
    if not names:
        return ""
    return f"Shown before the study to change the networks and their gradients: {', '.join(names)}."


def pair(found: InteractionRecord) -> str:
    """Return how much two axes explain together, as a title."""
    first, second = (name.replace("_", " ") for name in found.axes)
    return (
        f"{first} and {second}: {percent(found.share)} of what they explain they explain only "
        "together"
    )


def confirmation(record: ReportRecord) -> str:
    """Return what the confirmation did, as one sentence."""
    done = record.confirmation
    return (
        f"Confirmation: {count(done.architectures, 'architecture')}, "
        f"{count(done.repeats, 'repeat')}, {count(done.trainings, 'training')}, "
        f"{count(done.epochs, 'epoch')}, {duration(done.seconds)}."
    )


def repeats(record: ReportRecord) -> str:
    """Return on how many repeats the ranked architectures ran; rivals that are settled stop."""
    ran = [row.validation.repeats for row in record.ranking] or [0]
    if min(ran) == max(ran):
        return count(max(ran), "repeat")
    return f"{min(ran):,} to {count(max(ran), 'repeat')}"


def validated(record: ReportRecord) -> str:
    """Return what the scores of the ranking are, as one sentence."""
    way = direction(record.metric)
    return f"Validation {record.metric.name}, {way}, over {repeats(record)}."


def reason(row: RankedRecord, say: Say = str) -> str:
    """Return why a row stands where it stands; ``say`` puts each part into another language."""
    return "; ".join(say(part) for part in row.reason.split("; "))


def tiers(record: ReportRecord) -> str:
    """Return what the tiers mean, as one sentence."""
    return (
        "Architectures of one tier cannot be told apart by more than the practical margin of "
        f"{record.verdict.margin:.3g}."
    )


def rates_each(record: ReportRecord) -> str:
    """Return how many learning rates each finalist was given; empty where that is not known."""
    given = record.screening.rates_each
    least = "at least " if any(len(row.learning_rates) > given for row in record.ranking) else ""
    return f"Each finalist was given {least}{count(given, 'learning rate')}." if given else ""


def expected(record: ReportRecord) -> str:
    """Return what to expect of the first architecture, as one sentence; empty where unknown."""
    if record.expected is None or not record.ranking:
        return ""
    scale, told = Scale.of(record), record.expected
    interval = "" if told.low is None or told.high is None else f" {scale.interval(told)}"
    optimism = scale.text(abs(told.optimism))
    corrected = "no correction for having been selected was needed"
    if optimism.strip("0."):
        way = "better" if told.optimism > 0 else "worse"
        corrected = f"corrected for having been selected (the plain mean is {optimism} {way})"
    return (
        f"Expected validation {record.metric.name} of {record.ranking[0].label}: "
        f"{scale.text(told.mean)}{interval}, {corrected}."
    )


def aa(record: ReportRecord) -> str:
    """Return what the A/A check says, as one sentence; empty where none was made."""
    if record.aa is None:
        return ""
    done = record.aa
    negation = "" if done.claimed else "not "
    text = (
        f"A/A check: {done.label} and its duplicate were {negation}called different in "
        f"{count(done.repeats, 'repeat')}"
    )
    if not done.studies:
        return f"{text}."
    studies = count(done.studies, "resampled study", "resampled studies")
    return (
        f"{text}; of {studies} of equal architectures {done.false_claims:,} "
        f"({done.false_claims / done.studies:.1%}) made a false claim, at most "
        f"{done.upper:.1%} with 95% confidence."
    )
