"""Whether two studies may be paired: whether repeat r means the same split in both.

Split and batch order of a repeat come from the data, the question and the root seed; the length of
training and the search space change neither.  The baselines are the proof: their scores depend on
nothing but the split.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from actselect.comparison._study import Study

SPLITTING = ("horizon", "lookback", "period", "quantiles", "multilabel")  # beside data and seed
SAME = 1e-6  # relative: other machines add up in another order


def why_not(first: Study, second: Study) -> str | None:
    """Return why two studies cannot be paired, as an English clause; None where they can."""
    return next(_reasons(first, second), None)


def common_repeats(first: Study, second: Study) -> range:
    """Return the repeats that both studies ran."""
    return range(min(len(s.record.seeds.repeats) for s in (first, second)))


def _reasons(first: Study, second: Study) -> Iterator[str]:
    one, two = first.record, second.record
    if one.dataset.sha256 != two.dataset.sha256:
        yield "their data differ"
    if one.task != two.task:
        yield f"their tasks differ ({one.task} and {two.task})"
    if one.metric != two.metric:
        yield f"their metrics differ ({one.metric.name} and {two.metric.name})"
    for name in SPLITTING:
        left, right = one.options.get(name), two.options.get(name)
        if left != right:
            yield f"their {name} differs ({_said(left)} and {_said(right)})"
    if one.seeds.root != two.seeds.root:
        yield (
            f"their seeds differ ({one.seeds.root} and {two.seeds.root}), so the same repeat has "
            "other splits"
        )
    for study in (first, second):
        if study.scores is None:
            yield f"scores.csv of {study.name} is not at hand"
        if not study.record.confirmation.overlap:
            yield f"the report of {study.name} does not say how far its repeats share data"
    yield from _splits(first, second)


def _splits(first: Study, second: Study) -> Iterator[str]:
    """Compare what depends on the split alone."""
    shares = [s.record.confirmation.overlap for s in (first, second)]
    known = [s.scores or {} for s in (first, second)]
    names = {b.name for b in first.record.baselines} & {b.name for b in second.record.baselines}
    for repeat in common_repeats(first, second):
        same = all(
            math.isclose(known[0][name, repeat], known[1][name, repeat], rel_tol=SAME)
            for name in sorted(names)
            if (name, repeat) in known[0] and (name, repeat) in known[1]
        )
        lengths = [len(share) > repeat for share in shares]
        if not all(lengths) or not math.isclose(shares[0][repeat], shares[1][repeat]) or not same:
            yield (
                f"repeat {repeat + 1} is another split in each, as the scores of the baselines and "
                "the sizes of the parts show"
            )


def _said(value: object) -> str:
    if value is None:
        return "not given"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
