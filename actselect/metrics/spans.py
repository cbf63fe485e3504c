"""Spans of tagged sentences, counted so that their F1 adds up over sentences.

A span is counted as correct where its first token, last token and type are all right.  Tags that
break the rules of their scheme are read leniently, as conlleval does: every token that is not O
belongs to a span, and a span begins where the last one ended or the type changes.

Source: Tjong Kim Sang and De Meulder 2003, "Introduction to the CoNLL-2003 Shared Task", ACL
W03-0419, section 2, and its program conlleval (startOfChunk and endOfChunk); single tokens (S) as
in seqeval's default mode.

Notation: N sentences, S tokens of all sentences, L entries of the lexicon of tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Self, final

import numpy as np
import numpy.typing as npt

from actselect.exceptions import DataError, UsageError
from actselect.records import IntArray

Scheme = Literal["BIO", "IOB1", "BIOES"]
BoolArray = npt.NDArray[np.bool_]

_LETTERS = ("BI", "BIES", "BILU", "BMES", "BMEW")  # beside O; the last three are BIOES elsewhere
_MEANS = {"M": "I", "L": "E", "U": "S", "W": "S"}  # letters of BILOU and BMES
_ANY = frozenset("".join(_LETTERS))
_SEPARATORS = "_:/."  # what some files have instead of the hyphen


def detect_scheme(tags: Iterable[str]) -> Scheme | None:
    """Return the scheme that these distinct tags are written in; None where they mark no spans.

    Span tags are O and a letter with a type, such as B-PER; or O and letters alone, one of them B.
    BILOU and BMES count as BIOES.  IOB1 has the same tags as BIO: see :meth:`SpanTable.scheme_of`.

    >>> detect_scheme(["O", "B-PER", "I-PER"]), detect_scheme(["NOUN", "VERB"])
    ('BIO', None)
    """
    known = set(tags)
    inside = known - {"O"}
    letters = {tag[:1] for tag in inside}
    typed = all(_is_typed(tag) for tag in inside) and ("O" in known or bool(letters & set("BI")))
    bare = inside == letters and "B" in letters and len(letters) > 1
    if not inside or not (typed or bare) or not _of_one_scheme(letters):
        return None
    return "BIO" if letters <= set("BI") else "BIOES"


def _is_typed(tag: str, separators: str = "-") -> bool:
    return len(tag) > 2 and tag[0] in _ANY and tag[1] in separators


def _of_one_scheme(letters: set[str]) -> bool:
    return any(letters <= set(known) for known in _LETTERS)


def check_tags(tags: Iterable[str], where: str) -> None:
    """Refuse tags that were meant as spans and cannot be read as such; say nothing of others.

    Args:
        tags: the distinct tags.
        where: the file, for the message.

    Raises:
        DataError: some tags begin with B- or I- and others have no such letter, or letters of
            several schemes are mixed, or something else than a hyphen follows the letter (B_PER).

    >>> check_tags(["O", "B-PER", "LOC"], "news.conll")
    Traceback (most recent call last):
    ...
    actselect.exceptions.DataError: news.conll: wanted every tag to be O, or a letter, a hyphen and\
 a type, such as 'B-PER'; got 'LOC'. Write it in the same way, or leave the letters out of all tags.
    """
    inside = sorted({tag for tag in tags if tag != "O"})
    typed = [tag for tag in inside if _is_typed(tag)]
    foreign = [tag for tag in inside if _is_typed(tag, _SEPARATORS)]
    begun = [tag for tag in typed if tag[0] in "BI"]
    if not typed and foreign == inside and any(tag[0] in "BI" for tag in foreign):
        tag = foreign[0]
        raise DataError(
            wanted="a hyphen between the letter and the type of a tag",
            got=repr(tag),
            where=where,
            todo=f"Write {f'{tag[0]}-{tag[2:]}'!r}, and all others alike.",
        )
    if begun and len(typed) < len(inside):
        raise DataError(
            wanted=f"every tag to be O, or a letter, a hyphen and a type, such as {begun[0]!r}",
            got=repr(next(tag for tag in inside if tag not in typed)),
            where=where,
            todo="Write it in the same way, or leave the letters out of all tags.",
        )
    letters = {tag[0] for tag in typed}
    if begun and not _of_one_scheme(letters):
        raise DataError(
            wanted="the letters of one scheme: BIO, BIOES, BILOU or BMES",
            got=", ".join(sorted(letters)),
            where=where,
            todo="Write all sentences in the same scheme.",
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpanTable:
    """What each tag of a lexicon says about spans.

    Args:
        scheme: of the tags; BIO also where it may be IOB1.
        inside: (L,) whether the token belongs to a span: every tag but O.
        opens: (L,) whether a span begins here, whatever comes before: B and S.
        closes: (L,) whether no span goes on after it: O, E and S.
        kind: (L,) number of the type.
    """

    scheme: Scheme
    inside: BoolArray
    opens: BoolArray
    closes: BoolArray
    kind: IntArray

    @classmethod
    def of(cls, lexicon: Sequence[str]) -> Self:
        """Return the table of these tags.

        Raises:
            UsageError: they are no span tags.
        """
        scheme = detect_scheme(lexicon)
        if scheme is None:
            raise UsageError(f"The tags must be span tags, such as 'B-PER'. Got {lexicon!r}.")
        letters = [_MEANS.get(tag[0], tag[0]) for tag in lexicon]
        kinds = [tag[2:] for tag in lexicon]
        _, kind = np.unique(np.array(kinds, dtype=np.str_), return_inverse=True)
        return cls(
            scheme=scheme,
            inside=np.array([letter != "O" for letter in letters]),
            opens=np.array([letter in "BS" for letter in letters]),
            closes=np.array([letter in "OES" for letter in letters]),
            kind=kind.astype(np.int64),
        )

    def span_counts(self, predicted: IntArray, true: IntArray, lengths: IntArray) -> IntArray:
        """Return (N, 3): correct, predicted and true spans of each sentence.

        Args:
            predicted: (S,) entry of the lexicon for each token, sentences one after the other.
            true: (S,) likewise.
            lengths: (N,) tokens of each sentence, summing to S; no span crosses sentences.

        >>> table = SpanTable.of(["B-PER", "I-PER", "O"])
        >>> table.span_counts(np.array([0, 1, 0]), np.array([0, 1, 2]), np.array([2, 1])).tolist()
        [[1, 1, 1], [0, 1, 0]]
        """
        found, found_last = self._spans(predicted, lengths)
        meant, meant_last = self._spans(true, lengths)
        same = (self.kind[predicted] == self.kind[true]) & (found_last == meant_last)
        flags = np.stack([found & meant & same, found, meant], axis=1)
        sums = np.concatenate([np.zeros((1, 3), np.int64), np.cumsum(flags, axis=0)])
        ends = np.cumsum(lengths)
        return np.asarray(sums[ends] - sums[ends - lengths], dtype=np.int64)

    def scheme_of(self, tags: IntArray, lengths: IntArray) -> Scheme:
        """Return the scheme that whole sentences show: IOB1 looks like BIO, tag by tag.

        In IOB1 a span begins with I, and with B only where it follows one of its own type.

        Args:
            tags: (S,) entries of the lexicon.
            lengths: (N,) tokens of each sentence.
        """
        if self.scheme == "BIOES" or not self.loose_starts(tags, lengths):
            return self.scheme
        before = np.roll(tags, 1)
        follows = self.inside[before] & (self.kind[before] == self.kind[tags])
        follows &= ~_firsts(lengths)
        return "IOB1" if bool(np.all(follows[self.opens[tags]])) else "BIO"

    def loose_starts(self, tags: IntArray, lengths: IntArray) -> int:
        """Return how many spans begin with another letter than B or S, such as I after O."""
        starts, _ = self._spans(tags, lengths)
        return int(np.sum(starts & ~self.opens[tags]))

    def _spans(self, tags: IntArray, lengths: IntArray) -> tuple[BoolArray, IntArray]:
        """Return (S,) whether a span begins at a token, and (S,) the last token of that span."""
        before = np.roll(tags, 1)
        parted = _firsts(lengths) | self.closes[before] | (self.kind[before] != self.kind[tags])
        inside = self.inside[tags]
        starts = inside & (self.opens[tags] | parted)
        ends = inside & np.roll(starts | ~inside, -1)
        last = np.full(len(tags), -1, dtype=np.int64)
        last[starts] = np.flatnonzero(ends)
        return starts, last


def _firsts(lengths: IntArray) -> BoolArray:
    """Return (S,) whether a token is the first of its sentence."""
    first = np.zeros(int(lengths.sum()), dtype=np.bool_)
    first[(np.cumsum(lengths) - lengths)[lengths > 0]] = True
    return first


def f1(counts: IntArray) -> float:
    """Return the F1 of summed counts (3,): correct, predicted and true spans.

    It is 0 where there was nothing to find and nothing was found, as in conlleval.

    Source: Tjong Kim Sang and De Meulder 2003, ACL W03-0419, F with beta = 1.

    >>> f1(np.array([1, 2, 1])), f1(np.array([0, 0, 0]))
    (0.6666666666666666, 0.0)
    """
    correct, predicted, true = counts.tolist()
    return float(2 * correct / (predicted + true)) if predicted + true else 0.0
