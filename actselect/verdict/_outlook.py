"""What a study can conclude at best, said before it begins."""

from __future__ import annotations

import math

from actselect import statistics
from actselect.verdict._words import count

WIDEST = 0.5  # a rate of one half is the least certain


def outlook(
    *,
    repeats: int,
    rho: float,
    margin: float,
    confidence: float,
    scored: int,
    tested: int,
    rate: bool,
) -> tuple[str, ...]:
    r"""Return sentences on what can be shown and what cannot.

    Args:
        repeats: of each finalist that the budget is planned for.
        rho: n_score / n_train of a repeat.
        margin: the practical margin.
        confidence: such as 0.95.
        scored: independent examples scored in a repeat.
        tested: independent examples of the test part.
        rate: whether the metric is a rate over examples.

    >>> sentences = outlook(repeats=9, rho=0.25, margin=0.005, confidence=0.95, scored=10,
    ...                     tested=8, rate=True)
    >>> print("\n".join(sentences[1:]))
    A repeat scores 10 examples, so one of them is worth 0.1: a tie within 0.005 cannot be shown.
    The test part has 8 independent examples: its score is uncertain by up to 0.29.
    """
    sentences = [_differences(repeats, rho, (1.0 - confidence) / 2)]
    if rate and margin * scored < 1.0:
        sentences.append(
            f"A repeat scores {count(scored, 'example')}, so one of them is worth "
            f"{1 / scored:.2g}: a tie within {margin:.3g} cannot be shown."
        )
    if rate and tested:
        half = 1.645 * math.sqrt(WIDEST * (1.0 - WIDEST) / tested)
        sentences.append(
            f"The test part has {count(tested, 'independent example')}: its score is uncertain by "
            f"up to {half:.2g}."
        )
    elif tested < 2:
        sentences.append(
            "The test part has no two independent examples: its score has no interval."
        )
    return tuple(sentences)


def _differences(repeats: int, rho: float, alpha: float) -> str:
    about = f"about {count(repeats, 'repeat')}" if repeats else "less than one repeat"
    planned = f"The budget is planned for {about} of each finalist."
    level = statistics.single_look(alpha, rho)
    least = statistics.least_visible(repeats, rho, level)
    most = statistics.least_visible(statistics.LAST, rho, level)
    if least is None:
        return (
            f"{planned} Fewer than {statistics.FIRST} repeats decide nothing: expect no verdict; a "
            "larger budget gives one."
        )
    text = (
        f"{planned} They show a difference between two architectures from about {least:.2g} times "
        "what it varies from repeat to repeat"
    )
    if most is None or f"{least:.2g}" == f"{most:.2g}":
        return f"{text}; more repeats would show hardly smaller ones."
    shared = " They share data, which no number of repeats makes up for." if rho > 0 else ""
    return f"{text}, {statistics.LAST} repeats from {most:.2g} times.{shared}"
