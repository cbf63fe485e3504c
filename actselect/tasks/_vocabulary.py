"""Which symbols a network knows, chosen from training texts only.

Notation: L entries of a lexicon, V symbols (0 padding, 1 unknown, 2 begin, 3 end, then what is
known), M symbols for each entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
import numpy.typing as npt

from actselect.data.tokens import Tokens
from actselect.records import IntArray

PADDING, UNKNOWN, BEGIN, END = range(4)
FIRST: Final = 4
PARTS: Final = 9  # a word itself, its last 1 to 4 and first 1 to 3 letters, its shape
MOST_WORDS: Final = 20_000  # with their parts; 64 numbers for each are 5 MB
LEAST: Final = 2  # occurrences: what was seen once teaches what the unknown looks like
SEEN: Final = 20  # letters that a shape is made of: web addresses are long
KINDS: Final = 6  # signs of a shape at most, so that there are not too many of them
NUL: Final = "\0"  # numpy drops it at the end of a text


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What is known, most frequent first.

    Args:
        known: (V - 4,) entries; symbol 4 is ``known[0]``.
        parts: whether an entry is looked up as a word and its parts, see :func:`parts_of`.
    """

    known: tuple[str, ...]
    parts: bool = False

    @classmethod
    def fit(
        cls, lexicon: Sequence[str], counts: IntArray, *, most: int, least: int, parts: bool = False
    ) -> Self:
        """Keep the most frequent entries, at most ``most``, that occur ``least`` times or more.

        An empty entry, and one that an array of text cannot hold, is never known.

        Args:
            lexicon: L entries.
            counts: (L,) occurrences of each in the training part.
            most: upper bound of V - 4.
            least: occurrences below which an entry stays unknown.
            parts: count and keep words and parts of words.

        >>> Vocabulary.fit(["a", "b", "c"], np.array([1, 5, 2]), most=9, least=2).known
        ('b', 'c')
        """
        total: Counter[str] = Counter()
        for entry, count in zip(lexicon, counts.tolist(), strict=True):
            if count:
                for part in parts_of(entry) if parts else (entry,):
                    total[part] += count
        often = {e: n for e, n in total.items() if n >= least and e and not e.endswith(NUL)}
        ordered = sorted(often, key=lambda entry: (-often[entry], entry))
        return cls(known=tuple(ordered[:most]), parts=parts)

    def table(self, lexicon: Sequence[str]) -> IntArray:
        """Return the symbols of each entry, (L, M); what is not known is 1, of parts 0.

        >>> Vocabulary(known=("b", "c")).table(["a", "c"]).tolist()
        [[1], [5]]
        """
        number = {entry: FIRST + i for i, entry in enumerate(self.known)}
        if not self.parts:
            symbols = [number.get(entry, UNKNOWN) for entry in lexicon]
            return np.array(symbols, dtype=np.int64).reshape(-1, 1)
        table = np.zeros((len(lexicon), PARTS), dtype=np.int64)
        for row, entry in enumerate(lexicon):
            whole, *others = parts_of(entry)
            table[row, 0] = number.get(whole, UNKNOWN)
            table[row, 1 : 1 + len(others)] = [number.get(part, PADDING) for part in others]
        return table

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return what is known as an array, to be saved."""
        return {"known": np.array(self.known, dtype=np.str_)}

    @classmethod
    def restored(cls, state: Mapping[str, npt.NDArray[np.generic]], *, parts: bool) -> Self:
        """Return the vocabulary that :meth:`state` described."""
        return cls(known=tuple(str(entry) for entry in state["known"].tolist()), parts=parts)


def parts_of(word: str) -> tuple[str, ...]:
    """Return a word in lower case, its endings, its beginnings, and its shape.

    Parts bear a mark with a space, so that an ending is not taken for a word.

    >>> parts_of("Sing")[1:5]
    ('ending g', 'ending ng', 'ending ing', 'ending sing')
    >>> parts_of("Sing")[5:]
    ('beginning s', 'beginning si', 'beginning sin', 'shape Xx')
    """
    small = word.lower()
    endings = [f"ending {small[-n:]}" for n in range(1, 5) if n <= len(small)]
    beginnings = [f"beginning {small[:n]}" for n in range(1, 4) if n <= len(small)]
    return (small, *endings, *beginnings, f"shape {_shape(word)}")


def _shape(word: str) -> str:
    """Return letters and digits by kind, repetitions once: "B2b" is "Xdx", "3.50" is "d.d"."""
    kinds: list[str] = []
    for letter in word[:SEEN]:
        kind = "X" if letter.isupper() else "d" if letter.isdigit() else "x"
        kind = kind if letter.isalnum() else letter
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return "".join(kinds[:KINDS])


def occurrences(tokens: Tokens, texts: IntArray) -> IntArray:
    """Return how often each entry of the lexicon occurs in these texts, (L,)."""
    return occurrences_of(tokens.take(texts).codes, len(tokens.lexicon))


def occurrences_of(codes: npt.NDArray[np.unsignedinteger], size: int) -> IntArray:
    """Return how often each entry of a lexicon of this size occurs, (L,)."""
    return np.bincount(codes, minlength=size).astype(np.int64)


def size_for(tokens: Tokens, *, most: int, least: int, parts: bool) -> int:
    """Return V: room for what any part of the data could make known, at most ``most``."""
    counts = occurrences_of(tokens.codes, len(tokens.lexicon))
    every = Vocabulary.fit(tokens.lexicon, counts, most=most, least=least, parts=parts)
    return FIRST + len(every.known)


def full_notes(size: int, most: int) -> tuple[str, ...]:
    """Return a note if a vocabulary of this size V leaves no room for more than ``most`` entries.

    >>> full_notes(1004, 1000)[0][:22], full_notes(1003, 1000)
    ('The vocabulary is full', ())
    """
    if size - FIRST < most:
        return ()
    note = f"The vocabulary is full: only the {most} most frequent entries are known, the others "
    return (note + "are read as unknown.",)
