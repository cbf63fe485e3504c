"""BLEU: shared n-grams of sentences and their references, over a whole corpus.

Source: Papineni, Roukos, Ward and Zhu 2002, "BLEU: a Method for Automatic Evaluation of Machine
Translation", ACL P02-1040, doi:10.3115/1073083.1073135, sections 2.1 to 2.3.  No smoothing.

Notation: K order, the longest n-grams counted.

A row of counts is (2 K + 2,): matched n-grams of order 1..K, all n-grams of order 1..K, tokens of
the candidate, tokens of its closest reference.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from actselect.exceptions import UsageError
from actselect.records import IntArray

Sentence = Sequence[Hashable] | IntArray
Gram = tuple[Hashable, ...]

ORDER = 4  # Papineni et al. 2002, section 2.3


def grams(sentence: Sentence, order: int) -> Iterator[Counter[Gram]]:
    """Yield how often each n-gram occurs, for n = 1..order.

    >>> list(grams("aab", 2))
    [Counter({('a',): 2, ('b',): 1}), Counter({('a', 'a'): 1, ('a', 'b'): 1})]
    """
    tokens = sentence.tolist() if isinstance(sentence, np.ndarray) else sentence
    for n in range(1, order + 1):
        yield Counter(zip(*(tokens[i:] for i in range(n)), strict=False))


def bleu_counts(
    candidate: Sentence, references: Sequence[Sentence], order: int = ORDER
) -> IntArray:
    """Return the row of counts (2 K + 2,) of one sentence; rows add up over a corpus.

    An n-gram is matched as often as it occurs, but no more often than in the reference that has
    most of it.  Of two references equally close in length, the shorter counts.

    Args:
        candidate: the sentence to score, as tokens.
        references: at least one sentence that would be right.
        order: K.

    Raises:
        UsageError: there is no reference.

    Source: Papineni et al. 2002, sections 2.1.1 (modified precision) and 2.2.2 (length).

    >>> bleu_counts("aab", ["ab", "abba"], order=2).tolist()
    [3, 1, 3, 2, 3, 2]
    """
    if not references:
        raise UsageError("The references of a candidate must be at least one. Got none.")
    wanted = [list(grams(reference, order)) for reference in references]
    matched = []
    for n, counts in enumerate(grams(candidate, order)):
        pools = [reference[n] for reference in wanted]
        matched.append(
            sum(
                min(count, max(pool.get(gram, 0) for pool in pools))
                for gram, count in counts.items()
            )
        )
    length = len(candidate)
    total = [max(0, length - n) for n in range(order)]
    closest = min((abs(len(r) - length), len(r)) for r in references)[1]
    return np.array([*matched, *total, length, closest], dtype=np.int64)


def bleu(counts: IntArray) -> float:
    """Return the BLEU, in [0, 1], of summed rows of counts (2 K + 2,).

    It is 0 where an order has no match, as it also is where all candidates are shorter than K.

    Source: Papineni et al. 2002, section 2.3: brevity penalty times the geometric mean.

    >>> bleu(bleu_counts("abcde", ["abcde"])), bleu(bleu_counts("abc", ["abc"]))
    (1.0, 0.0)
    """
    order = (len(counts) - 2) // 2
    matched, total = counts[:order], counts[order : 2 * order]
    if not np.all(matched > 0):
        return 0.0
    length, reference = counts[-2:].tolist()
    brevity = min(0.0, 1 - reference / length)
    return math.exp(brevity + float(np.mean(np.log(matched / total))))
