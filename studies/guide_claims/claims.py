"""Which comparisons decide about a claim, and its verdict from what they came to.

A difference is positive where the network that a claim prefers is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final, Literal

Kind = Literal["all", "some", "reversal", "huge"]
Stand = Literal["for", "against", "equal", "open"]
Verdict = Literal["supported", "contradicted", "undecided"]

ALPHA: Final = 0.05
HUGE: Final = 10.0  # margins

SERIES: Final = ("acsf1", "basic-motions", "etth1")  # a hundred steps and more
FORECASTS: Final = ("airpassengers", "sunspots", "etth1")
MEMORY: Final = ("adding", "temporal-order", "acsf1", "reviews")
TEXTS: Final = ("questions", "reviews", "snips-intents")
CAPTIONS: Final = ("scenes", "digit-names", "emoji")
EVERYTHING: Final = (
    "airpassengers", "sunspots", "etth1", "acsf1", "basic-motions", "spoken-digits", "adding",
    "temporal-order", "questions", "reviews", "snips-intents", "scenes", "digit-names", "emoji",
)  # fmt: skip

LSTM, LSTM_RELU = "LSTM tanh/sigmoid", "LSTM relu/sigmoid"
GRU, GRU_RELU, GRU_2 = "GRU tanh/sigmoid", "GRU relu/sigmoid", "GRU tanh/sigmoid, 2 layers"
TANH, RELU, SIGMOID, LINEAR = "RNN tanh", "RNN relu", "RNN sigmoid", "RNN identity"
TANH_2, RELU_2 = "RNN tanh, 2 layers", "RNN relu, 2 layers"
MIXES: Final = ("RNN tanh + relu", "RNN relu + tanh")
BY_CELL: Final = ((TANH, RELU, SIGMOID, LINEAR), (LSTM, LSTM_RELU), (GRU, GRU_RELU))
SWAPS: Final = tuple(pair for cell in BY_CELL for pair in permutations(cell, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A network that is preferred, and those that it must all be better than."""

    preferred: str
    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What decides about a claim of the guide, from scores."""

    claim: str
    kind: Kind
    data: tuple[str, ...]
    comparisons: tuple[Comparison, ...]


def _pairs(*pairs: tuple[str, str]) -> tuple[Comparison, ...]:
    return tuple(Comparison(preferred=one, rivals=(two,)) for one, two in pairs)


QUESTIONS: Final = (
    Question(claim="enough-nonlinearity", kind="some", data=EVERYTHING,
             comparisons=_pairs((RELU, TANH), (RELU, SIGMOID), (LSTM_RELU, LSTM),
                                (GRU_RELU, GRU))),
    Question(claim="verify", kind="reversal", data=EVERYTHING, comparisons=_pairs(*SWAPS)),
    Question(claim="time-series-tanh", kind="all", data=SERIES,
             comparisons=_pairs((LSTM, LSTM_RELU), (GRU, GRU_RELU), (TANH, RELU))),
    Question(claim="long-dependencies-gated", kind="all", data=MEMORY,
             comparisons=_pairs((LSTM, TANH), (GRU, TANH), (LSTM, RELU), (GRU, RELU))),
    Question(claim="deep-relu", kind="all", data=EVERYTHING, comparisons=_pairs((RELU_2, TANH_2))),
    Question(claim="deep-mix", kind="some", data=EVERYTHING,
             comparisons=tuple(Comparison(preferred=m, rivals=(TANH_2, RELU_2)) for m in MIXES)),
    Question(claim="nlp-lstm", kind="all", data=TEXTS,
             comparisons=_pairs((LSTM, LSTM_RELU), (LSTM, GRU), (LSTM, TANH), (LSTM, RELU))),
    Question(claim="forecasting-relu", kind="all", data=FORECASTS,
             comparisons=_pairs((RELU, TANH), (LSTM_RELU, LSTM), (GRU_RELU, GRU),
                                ("RNN relu, relu head", RELU),
                                ("LSTM tanh/sigmoid, relu head", LSTM))),
    Question(claim="captioning-gru", kind="all", data=CAPTIONS,
             comparisons=_pairs((GRU_2, GRU), (GRU_2, LSTM), (GRU_2, TANH), (GRU_2, RELU))),
    Question(claim="matters", kind="huge", data=EVERYTHING, comparisons=_pairs(*SWAPS)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one comparison on one data set came to.

    Args:
        data: name of the data set.
        comparison: what was compared.
        difference: mean score by which the preferred network is better, in the metric's unit.
        low: end of its 90 % interval.
        high: the other end.
        margin: the practical margin.
        p: that it is not better, and that it is not worse, two-sided, adjusted.
        stand: what is shown.
    """

    data: str
    comparison: Comparison
    difference: float
    low: float
    high: float
    margin: float
    p: float
    stand: Stand


def verdict(question: Question, outcomes: Sequence[Outcome]) -> Verdict:
    """Return what becomes of a claim; the rules are those of README.md.

    Args:
        question: the claim.
        outcomes: one of each comparison on each data set.
    """
    if question.kind == "reversal":
        return "supported" if reversals(outcomes) else "undecided"
    if question.kind == "some":
        stands = {outcome.stand for outcome in outcomes}
        if "for" in stands:
            return "supported"
        return "undecided" if "open" in stands else "contradicted"
    return majority([stand for _, stand in sides(question, outcomes)])


def sides(question: Question, outcomes: Sequence[Outcome]) -> tuple[tuple[str, Stand], ...]:
    """Return what each data set says about a claim."""
    return tuple(
        (name, side(question.kind, [o.stand for o in outcomes if o.data == name]))
        for name in question.data
    )


def side(kind: Kind, stands: Sequence[Stand]) -> Stand:
    """Return what the comparisons on one data set say together."""
    if kind == "huge":  # of each pair one order is enough
        if "for" in stands:
            return "for"
        return "against" if set(stands) <= {"equal", "against"} else "open"
    opposite: tuple[tuple[Stand, Stand], ...] = (("for", "against"), ("against", "for"))
    for this, other in opposite:
        if 2 * stands.count(this) >= len(stands) and other not in stands:
            return this
    return "equal" if set(stands) == {"equal"} else "open"


def majority(sides: Sequence[Stand]) -> Verdict:
    """Return what most data sets say, if none says the opposite."""
    good, bad = sides.count("for"), sides.count("against")
    if bad and not good:
        return "contradicted"
    return "supported" if 2 * good > len(sides) and not bad else "undecided"


def both(one: Verdict, two: Verdict) -> Verdict:
    """Return the verdict of a claim that says two things: it holds when both do.

    >>> both("supported", "undecided"), both("undecided", "contradicted")
    ('undecided', 'contradicted')
    """
    if "contradicted" in (one, two):
        return "contradicted"
    return "supported" if one == two == "supported" else "undecided"


def both_sides(
    one: Sequence[tuple[str, Stand]], two: Sequence[tuple[str, Stand]]
) -> tuple[tuple[str, Stand], ...]:
    """Return what each data set says about such a claim: for it when it is for both parts."""
    return tuple(
        (name, "against" if "against" in (a, b) else "for" if a == b == "for" else "open")
        for (name, a), (_, b) in zip(one, two, strict=True)
    )


def reversals(outcomes: Sequence[Outcome]) -> tuple[tuple[Outcome, Outcome], ...]:
    """Return pairs of outcomes that prefer two networks in opposite order, by preferred name."""
    shown = [o for o in outcomes if o.stand == "for"]
    return tuple(
        (one, two)
        for one in shown
        for two in shown
        if one.comparison.preferred < two.comparison.preferred
        and (two.comparison.preferred,) == one.comparison.rivals
        and (one.comparison.preferred,) == two.comparison.rivals
    )
