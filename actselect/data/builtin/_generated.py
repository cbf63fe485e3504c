"""Classic synthetic problems, generated: the same sequences on every machine.

Notation: N sequences, T steps, F features.  Randomness comes from a fixed seed of numpy's PCG64,
whose streams do not change between versions for the calls used here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.tokenizing import Tokenizer

SEED = 1997  # of the paper that two of the problems come from
SEQUENCES = 1000  # enough to learn from in minutes on two cores
LONGEST_RUN = 100  # n of a^n b^n up to 100, as Weiss et al. trained
PIECES = 200

NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
TRIADS = {"I": (0, 4, 7), "ii": (2, 5, 9), "IV": (5, 9, 12), "V": (7, 11, 14), "vi": (9, 12, 16)}
PROGRESSIONS = (("I", "V", "vi", "IV"), ("I", "vi", "IV", "V"), ("ii", "V", "I", "vi"))
PATTERNS = ((0, 1, 2, 1), (0, 2, 1, 2), (2, 1, 0, 1), (0, 1, 2, 0))  # which note of the triad


def adding(length: int) -> SequenceDataset:
    """Return (1000, length, 2): uniform numbers and marks; the target is the sum of the marked two.

    One mark lies in each half.  Predicting the mean, 1, has a mean squared error of 1/6.

    Source: Hochreiter and Schmidhuber 1997, section 5.4, as simplified by Arjovsky, Shah and
    Bengio 2016, arXiv:1511.06464, section 5.2.

    >>> adding(50).sequence(0)[:, 1].sum()
    np.float64(2.0)
    """
    rng = np.random.default_rng(SEED)
    numbers = rng.uniform(size=(SEQUENCES, length))
    half = length // 2
    first = rng.integers(0, half, size=SEQUENCES)
    second = rng.integers(half, length, size=SEQUENCES)
    rows = np.arange(SEQUENCES)
    marks = np.zeros((SEQUENCES, length))
    marks[rows, first] = marks[rows, second] = 1.0
    return SequenceDataset(
        name="adding",
        values=np.stack([numbers, marks], axis=-1).reshape(-1, 2),
        lengths=np.full(SEQUENCES, length, dtype=np.int64),
        feature_names=("number", "mark"),
        targets=numbers[rows, first] + numbers[rows, second],
        target_name="sum",
        series=tuple(map(str, rows)),
    )


def temporal_order(length: int) -> SequenceDataset:
    """Return 1000 sequences of symbols, one-hot; the class is the order of two X or Y among noise.

    Symbols E a b c d X Y B; E opens, B closes, X or Y stand once in the second tenth and once in
    the sixth tenth of ``length``, noise elsewhere.  Sequences have ``length`` to 1.1 ``length``
    steps.  Classes XX, XY, YX, YY.

    Source: Hochreiter and Schmidhuber 1997, section 5.6, task 6a, which is ``length`` 100.
    """
    rng = np.random.default_rng(SEED)
    lengths = rng.integers(length, length + length // 10 + 1, size=SEQUENCES)
    words, labels = [], []
    for steps in lengths.tolist():
        word = rng.choice(list("abcd"), size=steps)
        pair = rng.choice(list("XY"), size=2)
        word[rng.integers(length // 10, length // 5 + 1)] = pair[0]
        word[rng.integers(length // 2, length * 6 // 10 + 1)] = pair[1]
        word[0], word[-1] = "E", "B"
        words.append("".join(word))
        labels.append("".join(pair))
    return _one_hot("temporal-order", words, "EabcdXYB", labels, "order")


def counting() -> SequenceDataset:
    """Return 200 words of a and b, one-hot: a^n b^n for n from 1 to 100, and one miscount of each.

    A miscounted word has up to a quarter of n, at least one, too many or too few b.

    Source: Weiss, Goldberg and Yahav 2018, arXiv:1805.04908, section 6, as recognition.

    >>> counting().sequence(0).tolist()  # ab
    [[1.0, 0.0], [0.0, 1.0]]
    """
    rng = np.random.default_rng(SEED)
    words, labels = [], []
    for n in range(1, LONGEST_RUN + 1):
        off = int(rng.integers(1, max(1, n // 4) + 1))
        fewer = n == LONGEST_RUN or (n > 1 and rng.random() < 0.5)
        words += ["a" * n + "b" * n, "a" * n + "b" * (n - off if fewer else n + off)]
        labels += ["a^n b^n", "miscounted"]
    return _one_hot("counting", words, "ab", labels, "word")


def reverse(length: int, tokenizer: Tokenizer) -> SequenceDataset:
    """Return 1000 different texts of 3 to ``length`` letters from a to h; the answer is the text
    from its end.

    Source: Grefenstette et al. 2015, arXiv:1506.02516, section 4.1, sequence reversal.

    >>> from actselect.data.tokenizing import DEFAULTS
    >>> data = reverse(10, DEFAULTS["sequence-to-sequence"])
    >>> "".join(data.tokens.text(0)), "".join(data.answers.text(0))
    ('fddcccacb', 'bcacccddf')
    """
    rng = np.random.default_rng(SEED)
    words: dict[str, None] = {}
    while len(words) < SEQUENCES:
        words[" ".join(rng.choice(list("abcdefgh"), size=rng.integers(3, length + 1)))] = None
    tokens = tokenizer.encode(list(words))
    return SequenceDataset(
        name="reverse",
        values=np.empty((len(tokens.codes), 0)),
        lengths=tokens.lengths,
        feature_names=("text",),
        tokens=tokens,
        answers=tokenizer.encode([word[::-1] for word in words]),
        answer_of=np.arange(SEQUENCES, dtype=np.int64),
        target_name="reversed",
        series=tuple(map(str, range(SEQUENCES))),
    )


def arpeggios() -> SequenceDataset:
    """Return 200 pieces of 32 to 64 steps: which of 24 notes sound, two octaves from C3.

    A piece has one key, goes round four chords, four steps each, with the root held below and the
    notes of the chord broken above, in one pattern.  In one step of 20 the upper note is any of the
    octave, in one of 20 it is silent.

    >>> piece = arpeggios().sequence(0)
    >>> piece.shape[1], piece[:4, :12].sum(axis=1).tolist()  # one root a step
    (24, [1.0, 1.0, 1.0, 1.0])
    """
    rng = np.random.default_rng(SEED)
    lengths = rng.integers(32, 65, size=PIECES)
    pieces = [_piece(int(steps), rng) for steps in lengths]
    return SequenceDataset(
        name="arpeggios",
        values=np.concatenate(pieces),
        lengths=lengths,
        feature_names=tuple(f"{note}{octave}" for octave in (3, 4) for note in NOTES),
        target_name="notes",
        series=tuple(map(str, range(PIECES))),
    )


def _piece(steps: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return one piece, (steps, 24), of zeros and ones."""
    key = rng.integers(12)
    chords = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    pattern = PATTERNS[rng.integers(len(PATTERNS))]
    step = np.arange(steps)
    chord = (np.array([TRIADS[name] for name in chords]) + key)[step // 4 % 4]
    upper = chord[step, np.array(pattern)[step % 4]] % 12
    luck = rng.random(steps)
    upper = np.where(luck < 0.05, rng.integers(12, size=steps), upper)
    sounds = np.zeros((steps, 24))
    sounds[step, chord[:, 0] % 12] = 1.0
    sounds[step, 12 + upper] = (luck < 0.95).astype(float)
    return sounds


def _one_hot(
    name: str, words: list[str], alphabet: str, labels: list[str], target_name: str
) -> SequenceDataset:
    letters = np.array(list("".join(words)))
    values: npt.NDArray[np.float64] = (letters[:, None] == np.array(list(alphabet))).astype(float)
    return SequenceDataset(
        name=name,
        values=values,
        lengths=np.array([len(word) for word in words], dtype=np.int64),
        feature_names=tuple(alphabet),
        targets=np.array(labels),
        target_name=target_name,
        series=tuple(str(i) for i in range(len(words))),
    )
