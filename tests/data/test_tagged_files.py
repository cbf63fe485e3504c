"""Tagged text: CoNLL columns, CoNLL-U, words with slashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from actselect.data.readers import read
from actselect.data.table import Table
from actselect.exceptions import DataError

CONLL_2003 = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
# NN B-NP O

Peter NNP B-NP B-PER
"""

WORDS = "1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_\n"
CONLLU = f"""# sent_id = 1
# text = vámonos al mar
{WORDS}1\tvamos\tir\tVERB\t_\t_\t0\troot\t_\t_
2\tnos\tnosotros\tPRON\t_\t_\t1\tobj\t_\t_
2.1\tque\t_\t_\t_\t_\t_\t_\t_\t_

# sent_id = 2
1\tNew York\tNew York\tPROPN\t_\t_\t0\troot\t_\t_
"""


def tagged(folder: Path, text: str, name: str = "toy.conll") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text.encode())
    return path


def table(path: Path, task: str = "tagging", format: str | None = None) -> Table:  # noqa: A002
    """Read a table."""
    found = read(path, task=task, format=format)
    assert isinstance(found, Table)
    return found


def column(found: Table, name: str) -> list[str]:
    """Return a column as a list."""
    values: list[str] = found.frame[name].tolist()
    return values


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_columns_are_token_to_tag_and_empty_lines_end_sentences(tmp_path: Path, ends: str) -> None:
    """CoNLL-2003 by hand: a token may be #, -DOCSTART- is left out, no empty line at the end."""
    found = table(tagged(tmp_path, CONLL_2003.rstrip().replace("\n", ends)), task="")

    assert found.columns == ("sentence", "token", "column 2", "column 3", "tag")
    assert found.series == "sentence"
    assert column(found, "sentence") == ["1", "1", "1", "2"]
    assert column(found, "token") == ["EU", "rejects", "#", "Peter"]
    assert column(found, "column 2") == ["NNP", "VBZ", "NN", "NNP"]
    assert column(found, "tag") == ["B-ORG", "O", "O", "B-PER"]
    assert found.rows.tolist() == [3, 4, 5, 7]
    assert found.notes == ("1 lines -DOCSTART- were left out.",)


def test_between_tabs_a_token_may_hold_spaces_or_be_one(tmp_path: Path) -> None:
    """White space as a token is kept and noted, as are lines with other white space between."""
    text = "New York\tB-LOC\n \tO\n\u00a0\tO\nis O\n\n007\tO\nNA\tO\n\u2028\tO\n"

    found = table(tagged(tmp_path, text))

    tokens = ["New York", " ", "\u00a0", "is", "007", "NA", "\u2028"]
    assert column(found, "token") == tokens
    assert column(found, "sentence") == ["1"] * 4 + ["2"] * 3
    assert found.notes == (
        "1 lines separate their columns by other white space than the first.",
        "3 tokens are nothing but white space.",
    )


def test_between_spaces_a_no_break_space_is_a_token(tmp_path: Path) -> None:
    """Only spaces and tabs separate; several count as one, and a tab among them is noted."""
    found = table(tagged(tmp_path, "\u00a0  O \nb \t X\n"))

    assert column(found, "token") == ["\u00a0", "b"]
    assert column(found, "tag") == ["O", "X"]
    assert len(found.notes) == 2


def test_words_of_conllu_are_called_token_and_tag(tmp_path: Path) -> None:
    """FORM and UPOS; comments, multiword tokens and empty nodes are left out."""
    found = table(tagged(tmp_path, CONLLU, "toy.conllu"), task="")

    assert found.columns[:5] == ("sentence", "id", "token", "lemma", "tag")
    assert column(found, "token") == ["vamos", "nos", "New York"]
    assert column(found, "tag") == ["VERB", "PRON", "PROPN"]
    assert column(found, "sentence") == ["1", "1", "2"]
    assert found.rows.tolist() == [4, 5, 9]
    assert found.notes == ("2 lines of multiword tokens and empty nodes were left out.",)


def test_the_last_slash_separates_word_and_tag(tmp_path: Path) -> None:
    """One sentence a line, also of one word; empty lines count for nothing."""
    found = table(tagged(tmp_path, "The/DT dog/NN //:\n\n1/2/CD  of/IN ./.\nNo/UH\n", "toy.txt"))

    assert column(found, "token") == ["The", "dog", "/", "1/2", "of", ".", "No"]
    assert column(found, "tag") == ["DT", "NN", ":", "CD", "IN", ".", "UH"]
    assert column(found, "sentence") == ["1"] * 3 + ["2"] * 3 + ["3"]
    assert found.rows.tolist() == [1] * 3 + [3] * 3 + [4]


@pytest.mark.parametrize("name", ["toy", "toy.txt", "toy.data", "toy.tsv", "toy.annotated"])
@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (CONLL_2003, 5),
        ("@you\tO\n\nyes\tO\n", 3),
        (CONLLU, 11),
        ("a/X b/Y\nc/X d/Y\n", 3),
        ("sentence\ttoken\ttag\n1\ta\tX\n", 3),
    ],
)
def test_content_decides_where_the_ending_does_not(
    tmp_path: Path, name: str, text: str, columns: int
) -> None:
    """For tagging; a table with a header stays a table."""
    found = table(tagged(tmp_path, text, name))

    assert len(found.columns) == columns
    assert {"token", "tag"} < set(found.columns)


def test_a_format_that_is_given_wins(tmp_path: Path) -> None:
    """One sentence without an empty line may be columns or a table; the user knows."""
    path = tagged(tmp_path, "a\tX\nb\tY\n", "toy.tsv")

    assert table(path).columns == ("a", "X")
    assert table(path, format="conll").columns == ("sentence", "token", "tag")


def test_tokens_without_tags_can_be_read(tmp_path: Path) -> None:
    """To predict the tags."""
    assert table(tagged(tmp_path, "a\nb\n\nc\n")).columns == ("sentence", "token")


U = "1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("toy.conll", "a X\nb Y Z\n", "line 2: wanted 2 columns, as before; got 3"),
        ("toy.conll", "a\tX\nb\n", "line 2: wanted 2 columns, as before; got 1"),
        ("toy.conll", "a\tX\n\tX\n", "line 2: wanted a token and a tag; got an empty token"),
        ("toy.conll", "a\tX\nb\t\n", "line 2: .*(empty tag|2 columns)"),
        ("toy.conll", "Word POS Tag\na X O\n", r"line 1: .*names of columns \(Word, POS, Tag\)"),
        ("toy.conll", "-DOCSTART- O\n\n", "toy.conll: wanted at least one row"),
        ("toy.conll", " \n\n", "wanted data; got an empty file"),
        ("toy.conll", "a X\n\nb \0\n", "line 3: .*NUL"),
        ("toy.conllu", U + "2\tb\n", "line 2: wanted 10 columns between tabs; got 2"),
        ("toy.conllu", U + U, "line 2: wanted the number 2 in the first column; got '1'"),
        ("toy.conllu", U.replace("1", "x", 1) + U, "line 1, .*x|line 1: wanted"),
        ("toy.conllu", U.replace("\ta\t", "\t\t", 1), "line 1: .*nothing in 'token'"),
        ("toy.conllu", "# nothing\n", "wanted at least one row"),
        ("toy.tags", "a/X b/Y\n" * 20 + "c/X d\n", "line 21, field 2: wanted a token, .*got 'd'"),
        ("toy.tags", "a/X b/Y\n" * 20 + "/X d/Y\n", "line 21, field 1: .*got '/X'"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """Sentences are never glued or shifted."""
    path = tagged(tmp_path, text, name)

    with pytest.raises(DataError, match=message):
        read(path, task="tagging")


def test_the_wrong_encoding_is_named(tmp_path: Path) -> None:
    """A file in Latin-1 says so, with the line."""
    (tmp_path / "toy.conll").write_bytes(b"a X\ncaf\xe9 Y\n")

    with pytest.raises(DataError, match=r"toy\.conll, line 2: wanted UTF-8"):
        read(tmp_path / "toy.conll")
