"""F1 of spans, against a table by hand and the rules of conlleval written out."""

from __future__ import annotations

import numpy as np
import pytest

from actselect.exceptions import DataError, UsageError
from actselect.metrics.spans import Scheme, SpanTable, check_tags, detect_scheme, f1
from actselect.records import IntArray

# Sentences of tags, predicted and true, and correct, predicted and true spans counted by hand.
BY_HAND = {
    "right": ("B-A I-A O B-B", "B-A I-A O B-B", (2, 2, 2)),
    "nothing to find": ("O O", "O O", (0, 0, 0)),
    "nothing found": ("O O", "B-A O", (0, 0, 1)),
    "too short": ("B-A O O", "B-A I-A O", (0, 1, 1)),
    "too long": ("B-A I-A I-A", "B-A I-A O", (0, 1, 1)),
    "wrong type": ("B-B I-B", "B-A I-A", (0, 1, 1)),
    "I after O begins a span": ("O I-A I-A", "O B-A I-A", (1, 1, 1)),
    "I begins a sentence": ("I-A", "B-A", (1, 1, 1)),
    "I of another type begins a span": ("B-A I-B", "B-A B-B", (2, 2, 2)),
    "B parts two of one type": ("B-A I-A", "B-A B-A", (0, 1, 2)),
    "last token ends a span": ("O B-A", "O B-A", (1, 1, 1)),
    "hyphen in a type": ("B-C-D I-C-D", "B-C-D I-C-D", (1, 1, 1)),
    "hyphenated types differ": ("B-C-D I-C-E", "B-C-D I-C-D", (0, 2, 1)),
    "single": ("S-A S-A", "S-A S-A", (2, 2, 2)),
    "E ends a span": ("B-A E-A I-A", "B-A E-A S-A", (2, 2, 2)),
    "E alone is a span": ("E-A O", "S-A O", (1, 1, 1)),
    "E goes on after B and I": ("B-A I-A E-A", "B-A I-A I-A", (1, 1, 1)),
    "S ends what was open": ("B-A S-A E-A", "S-A S-A S-A", (3, 3, 3)),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_spans_are_counted_as_by_hand(name: str) -> None:
    """Correct, predicted and true spans are those of the table."""
    predicted, true, expected = BY_HAND[name]
    predicted_tags, true_tags = predicted.split(), true.split()
    lexicon = sorted({*predicted_tags, *true_tags, "B-A", "O"})
    of = {tag: code for code, tag in enumerate(lexicon)}

    counts = SpanTable.of(lexicon).span_counts(
        np.array([of[tag] for tag in predicted_tags]),
        np.array([of[tag] for tag in true_tags]),
        np.array([len(true_tags)]),
    )

    assert [list(expected)] == counts.tolist()


# Previous letter and letter: conlleval's startOfChunk and endOfChunk, and S as in seqeval.
START = {"BB", "IB", "OB", "EB", "SB", "OI", "EI", "SI", "OE", "EE", "SE"}
START |= {"BS", "IS", "OS", "ES", "SS"}
END = {"BB", "BO", "BS", "IB", "IO", "IS"} | {a + b for a in "ES" for b in "BIESO"}


def conlleval_spans(tags: list[str]) -> set[tuple[str, int, int]]:
    """Return the spans of a sentence, tag by tag."""
    spans, begin = set(), 0
    before, kind_before = "O", ""
    for i, tag in enumerate([*tags, "O"]):
        letter, _, kind = tag.partition("-")
        changed = kind != kind_before
        if before + letter in END or (before != "O" and changed):
            spans.add((kind_before, begin, i - 1))
        if before + letter in START or (letter != "O" and changed):
            begin = i
        before, kind_before = letter, kind
    return spans


LEXICONS = {
    "BIO": ["O", "B-A", "I-A", "B-B", "I-B"],
    "IOB1": ["I-A", "I-B", "B-A", "O"],
    "BIOES": ["O", *(f"{letter}-{kind}" for letter in "BIES" for kind in "AB")],
    "letters alone": ["B", "I", "O"],
}


def drawn(size: int, random: np.random.Generator) -> tuple[IntArray, IntArray, IntArray]:
    """Return predicted and true tags, 60 % of them equal, of sentences from 0 to 8 tokens."""
    lengths = random.integers(0, 9, 5)
    true = random.integers(0, size, lengths.sum())
    other = random.integers(0, size, lengths.sum())
    return np.where(random.random(len(true)) < 0.6, true, other), true, lengths


@pytest.mark.parametrize("lexicon", LEXICONS.values(), ids=LEXICONS)
def test_counts_are_those_of_conlleval_on_any_tags(lexicon: list[str]) -> None:
    """Each of 200 random sets of sentences, rules broken or not, has conlleval's counts and F1."""
    table, random = SpanTable.of(lexicon), np.random.default_rng(0)
    for _ in range(200):
        predicted, true, lengths = drawn(len(lexicon), random)
        expected = []
        for start, end in zip(np.cumsum(lengths) - lengths, np.cumsum(lengths), strict=True):
            found = conlleval_spans([lexicon[code] for code in predicted[start:end]])
            meant = conlleval_spans([lexicon[code] for code in true[start:end]])
            expected.append([len(found & meant), len(found), len(meant)])

        counts = table.span_counts(predicted, true, lengths)

        assert expected == counts.tolist()
        correct, found_all, meant_all = np.sum(expected, axis=0).tolist()
        precision, recall = correct / max(found_all, 1), correct / max(meant_all, 1)
        wanted = 2 * precision * recall / (precision + recall) if correct else 0.0
        assert f1(counts.sum(axis=0)) == pytest.approx(wanted, abs=1e-12)


def test_sentences_do_not_touch_each_other() -> None:
    """Sentences counted alone have the rows they have among others, in any order."""
    table, random = SpanTable.of(LEXICONS["BIO"]), np.random.default_rng(1)
    predicted, true, lengths = drawn(5, random)
    together = table.span_counts(predicted, true, lengths)
    ends = np.cumsum(lengths)

    for i in random.permutation(len(lengths)):
        part = slice(ends[i] - lengths[i], ends[i])
        alone = table.span_counts(predicted[part], true[part], lengths[i : i + 1])

        assert [together[i].tolist()] == alone.tolist()


def test_a_perfect_answer_scores_1_and_nothing_at_all_0() -> None:
    """F1 is 1 where all spans are found, and 0 where there are none."""
    table = SpanTable.of(LEXICONS["BIO"])
    tags, length = np.array([1, 2, 0, 3]), np.array([4])

    assert f1(table.span_counts(tags, tags, length)[0]) == 1.0
    assert f1(table.span_counts(0 * tags, 0 * tags, length)[0]) == 0.0


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("O B-PER I-PER", "BIO"),
        ("O I-PER", "BIO"),
        ("B I O", "BIO"),
        ("B M E S", "BIOES"),
        ("O B-X I-X E-X S-X", "BIOES"),
        ("O B-X I-X L-X U-X", "BIOES"),
        ("O B-X M-X E-X W-X", "BIOES"),
        ("NOUN VERB", None),
        ("B", None),
        ("O", None),
        ("N V O", None),
        ("O B-PER LOC", None),
        ("S-red M-blue", None),
        ("-LRB- NN", None),
        ("O B-X E-X L-X", None),
    ],
)
def test_the_scheme_is_told_from_the_tags(tags: str, scheme: Scheme | None) -> None:
    """Span tags have a scheme; other labels, and mixtures, have none."""
    assert scheme == detect_scheme(tags.split())


@pytest.mark.parametrize("letters", ["BIES", "BILU", "BMES", "BMEW"])
def test_the_letters_of_other_books_mean_the_same(letters: str) -> None:
    """BILOU and BMES give the spans of BIOES."""
    table = SpanTable.of([*(f"{letter}-X" for letter in letters), "O"])
    tags, lengths = np.array([0, 1, 2, 1, 3, 4, 3]), np.array([5, 2])

    counts = table.span_counts(tags, tags, lengths)

    assert [[3, 3, 3], [1, 1, 1]] == counts.tolist()  # B I E, I, S; and S


@pytest.mark.parametrize(
    ("sentences", "scheme", "loose"),
    [
        ("I-A I-A O|O I-B I-A", "IOB1", 3),
        ("I-A B-A I-A|I-B", "IOB1", 2),
        ("I-A O|B-A I-A", "BIO", 1),
        ("I-B B-A", "BIO", 1),
        ("I-A O|I-A|B-A", "BIO", 2),
        ("B-A I-A B-A|B-B", "BIO", 0),
        ("B-A E-A I-A", "BIOES", 1),
    ],
)
def test_iob1_is_told_from_sentences(sentences: str, scheme: Scheme, loose: int) -> None:
    """It begins spans with I, and with B only directly after a span of the same type."""
    texts = [sentence.split() for sentence in sentences.split("|")]
    lexicon = sorted({tag for text in texts for tag in text})
    codes = np.array([lexicon.index(tag) for text in texts for tag in text])
    lengths = np.array([len(text) for text in texts])
    table = SpanTable.of(lexicon)

    assert scheme == table.scheme_of(codes, lengths)
    assert loose == table.loose_starts(codes, lengths)


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ("O B_PER I_PER", r"got 'B_PER'\. Write 'B-PER'"),
        ("O B-PER LOC", r"news\.conll: .*'B-PER'; got 'LOC'"),
        ("O B-PER I_PER", "got 'I_PER'"),
        ("O B-PER I", "got 'I'"),
        ("O B-X E-X L-X", "one scheme.*got B, E, L"),
    ],
)
def test_tags_that_cannot_be_read_are_refused(tags: str, message: str) -> None:
    """The message names the tag and how to write it."""
    with pytest.raises(DataError, match=message):
        check_tags(tags.split(), "news.conll")


@pytest.mark.parametrize("tags", ["O B-PER I-PER", "NOUN VERB", "N_x V_y", "O", "B M E S"])
def test_other_tags_pass(tags: str) -> None:
    """Good span tags, and tags that were never meant as spans, are not refused."""
    check_tags(tags.split(), "news.conll")


def test_a_table_needs_span_tags() -> None:
    """Parts of speech have no table of spans."""
    with pytest.raises(UsageError, match=r"must be span tags.*'NOUN'"):
        SpanTable.of(["NOUN", "VERB"])
