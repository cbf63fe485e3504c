"""Plain text, folders as data, and which reader a file gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from actselect.data.readers import FORMATS, _folders, read
from actselect.data.table import Table
from actselect.exceptions import DataError, UnknownNameError


def files(folder: Path, found: dict[str, str]) -> Path:
    """Write files, named by their paths."""
    for name, text in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def table(path: Path, task: str, format: str | None = None) -> Table:  # noqa: A002
    """Read a table."""
    found = read(path, task=task, format=format)
    assert isinstance(found, Table)
    return found


def rows(found: Table) -> list[tuple[str, ...]]:
    """Return the rows of a table."""
    return list(found.frame.itertuples(index=False, name=None))


@pytest.mark.parametrize("name", ["book.txt", "book", "book.md"])
def test_plain_text_is_one_row_for_language_modelling(tmp_path: Path, name: str) -> None:
    """Whatever it begins with; line ends are made alike, a byte order mark is dropped."""
    files(tmp_path, {name: "\ufeff{@a, b}\r\n\r\n c\td\n"})

    found = table(tmp_path / name, "language-modeling")

    assert rows(found) == [("{@a, b}\n\n c\td\n",)]
    assert found.columns == ("text",)
    assert found.rows.tolist() == [1]


def test_a_table_of_texts_is_a_table_for_language_modelling(tmp_path: Path) -> None:
    """The endings of tables say so."""
    files(tmp_path, {"d.csv": "text\nyes\n", "d.jsonl": '{"text": "yes"}'})

    assert rows(table(tmp_path / "d.csv", "language-modeling")) == [("yes",)]
    assert rows(table(tmp_path / "d.jsonl", "language-modeling")) == [("yes",)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"\n\n \n", "an empty file"),
        (b"\n" * 600, "at least one row"),
        (b"good\nb\x00ad\n", "line 2: wanted text; got a NUL byte"),
        (b"good\ncaf\xe9\n", "line 2: wanted UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """With the line."""
    (tmp_path / "book.txt").write_bytes(content)

    with pytest.raises(DataError, match=message):
        read(tmp_path / "book.txt", task="language-modeling")


def test_subfolders_are_labels(tmp_path: Path) -> None:
    """Sorted by name; hidden files are passed over, others beside the subfolders are noted."""
    folder = files(tmp_path / "mail", {
        "spam/2": "buy\n", "spam/1.txt": "now", "ham/x": "", "README": "r", "ham/.hidden": "h",
    })  # fmt: skip

    found = table(folder, "text-classification")

    assert found.columns == ("text", "label")
    assert rows(found) == [("", "ham"), ("now", "spam"), ("buy\n", "spam")]
    assert found.where(1) == "mail, file 2"
    assert found.notes == ("1 files beside subfolders were not read.",)


def test_subfolders_within_train_and_test_are_splits(tmp_path: Path) -> None:
    """A column split, in one spelling."""
    names = ("Train/a/1", "Train/b/1", "dev/a/1", "dev/b/1", "test/b/1")
    folder = files(tmp_path / "d", {name: name for name in names})

    found = table(folder, "text-classification")

    assert set(rows(found)) == {
        ("Train/a/1", "a", "train"), ("Train/b/1", "b", "train"), ("test/b/1", "b", "test"),
        ("dev/a/1", "a", "validation"), ("dev/b/1", "b", "validation"),
    }  # fmt: skip


def test_files_of_train_and_test_are_splits_of_one_table(tmp_path: Path) -> None:
    """Columns may stand in another order; other files do not count."""
    folder = files(tmp_path / "d", {
        "train.csv": "text,label\na,x\nb,y\n", "Valid.csv": "label,text\nx,c\n",
        "my_test.csv": "text,label\nd,y\n", "notes.md": "",
    })  # fmt: skip

    found = table(folder, "text-classification")

    assert found.columns == ("text", "label", "split")
    assert rows(found) == [
        ("a", "x", "train"), ("b", "y", "train"), ("c", "x", "validation"), ("d", "y", "test"),
    ]  # fmt: skip
    assert found.rows.tolist() == [2, 3, 2, 2]
    assert found.where(3) == "d (train.csv, Valid.csv, my_test.csv), line 2"


def test_sentences_of_two_files_stay_apart(tmp_path: Path) -> None:
    """The first sentence of each is not the same one."""
    folder = files(tmp_path / "d", {"wnut.train.conll": "a X\n\nb X\n", "test.conll": "c X\n"})

    found = table(folder, "tagging")

    assert found.series == "sentence"
    assert rows(found) == [
        ("train 1", "a", "X", "train"),
        ("train 2", "b", "X", "train"),
        ("test 1", "c", "X", "test"),
    ]


def test_texts_of_a_folder_are_documents(tmp_path: Path) -> None:
    """By name; or the parts of a corpus, where their names say so."""
    plays = files(tmp_path / "plays", {"lear.txt": "L", "hamlet.TXT": "H", "cover.png": ""})
    bank = files(tmp_path / "bank", {"ptb.train.txt": "A", "ptb.test.txt": "B"})

    assert rows(table(plays, "language-modeling")) == [("H", "hamlet.TXT"), ("L", "lear.txt")]
    assert rows(table(bank, "language-modeling")) == [("A", "train"), ("B", "test")]


def test_the_format_of_the_files_may_be_given(tmp_path: Path) -> None:
    """It is that of each file; the format folder itself changes nothing."""
    folder = files(tmp_path / "d", {"train.x": "a,b\n1,2\n", "test.x": "a,b\n3,4\n"})

    assert rows(table(folder, "", "csv")) == [("1", "2", "train"), ("3", "4", "test")]
    assert rows(table(folder, "", "folder")) == [("1", "2", "train"), ("3", "4", "test")]


@pytest.mark.parametrize(
    ("task", "found", "message"),
    [
        ("text-classification", {}, "d: .*got an empty folder"),
        ("tagging", {"notes.txt": "x"}, "d: wanted files train and test .*; got notes.txt"),
        ("text-classification", {"a/1": "x"}, "a subfolder for each of at least two labels; got 1"),
        ("text-classification", {"a/1": "x", "b/c/1": "y"}, "d/b: wanted one text a file; got c"),
        ("text-classification", {"a/1": "x", "b/.1": "y"}, "d/b: .*got no file"),
        ("text-classification", {"a/1": "x", "b/1": "y\n\0"}, "d/b, 1, line 2: .*NUL"),
        ("text-classification", {"train/1": "x", "test/1": "y"}, "d/test: .*two labels; got 0"),
        ("text-classification", {"train/a/1": "x", "test/a/1": "y", "c/1": ""}, "no others; got c"),
        ("text-classification", {"train/a/1": "", "dev/a/1": "", "val/a/1": ""}, "no others; got"),
        ("tagging", {"train.txt": "", "a.train.txt": "", "test.txt": ""}, "a.train.txt, test.txt"),
        ("tagging", {"train.txt": "", "test.conll": ""}, "of one ending; got test.conll, train"),
        ("", {"train.csv": "a\nb\n", "test.csv": "b\nb\n"}, "d/test.csv: wanted the columns .*: a"),
        ("", {"train.csv": "split\nb\n", "test.csv": "b\nb\n"}, "d/train.csv: wanted no column"),
        ("", {"train.tsv": "1\t2\n", "test.tsv": "1\t2\n"}, "d/train.tsv: wanted a table"),
        ("", {"train.csv": "a,b\n1\n", "test.csv": "a\n"}, "train.csv, line 2: wanted 2 cells"),
        ("", {"train.zip": "x", "test.zip": "y"}, "train.zip: .*Unpack it first"),
    ],
)
def test_a_folder_that_is_no_data_is_refused(
    tmp_path: Path, task: str, found: dict[str, str], message: str
) -> None:
    """The message names the place inside the folder."""
    (tmp_path / "d").mkdir()

    with pytest.raises(DataError, match=message):
        read(files(tmp_path / "d", found), task=task)


@pytest.mark.parametrize("target", ["../secret", "/etc", "loop"])
def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, target: str) -> None:
    """Nothing outside is read; a link inside the folder is."""
    folder = files(tmp_path / "d", {"a/1": "x", "b/1": "y"})
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    (folder / "b" / "2").symlink_to(folder / "a" / "1")
    assert len(rows(table(folder, "text-classification"))) == 3
    (folder / "loop").symlink_to(target)

    with pytest.raises(DataError, match=r"d/loop: .*a link that leads out of it"):
        read(folder, task="text-classification")


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home is no data set."""
    monkeypatch.setattr(_folders, "MAX_FILES", 3)
    folder = files(tmp_path / "d", {f"{label}/{i}": "x" for label in "ab" for i in range(2)})

    with pytest.raises(DataError, match="d: wanted at most 3 files; got 4"):
        read(folder, task="text-classification")


@pytest.mark.parametrize("name", ["d.txt", "d.label", "d.tsv", "d.csv"])
@pytest.mark.parametrize(
    "text",
    [
        "ham\tGo until jurong point, crazy.. Available only in bugis\nspam\tFree entry\n",
        "ham\tOk\nspam\tFree\nham\tYes\nham\tNo\n",
        "DESC:manner How did serfdom develop in and then leave Russia ?\n",
    ],
)
def test_texts_with_labels_need_column_names(tmp_path: Path, name: str, text: str) -> None:
    """The first text is not taken for names of columns."""
    files(tmp_path, {name: text})

    with pytest.raises(DataError, match=r"line 1: wanted column names.*Add a line with column"):
        read(tmp_path / name, task="text-classification")


@pytest.mark.parametrize("name", ["d.txt", "d.tsv", "d.csv"])
def test_texts_below_column_names_are_read(tmp_path: Path, name: str) -> None:
    """Also where a text happens to be the name of its column."""
    files(tmp_path, {name: "label\ttext\nnoun\ttext\nverb\tgo\n"})

    found = table(tmp_path / name, "text-classification")

    assert rows(found) == [("noun", "text"), ("verb", "go")]


def test_an_unknown_format_is_told_the_known_ones(tmp_path: Path) -> None:
    """With the nearest of them."""
    with pytest.raises(UnknownNameError, match=r"Unknown format 'json'\. Did you mean 'jsonl'"):
        read(tmp_path, format="json")


@pytest.mark.parametrize("format", [*FORMATS, "folder"])
def test_no_format_opens_an_empty_or_a_missing_file(tmp_path: Path, format: str) -> None:  # noqa: A002
    """Every reader answers with a DataError."""
    (tmp_path / "empty").touch()

    for name in ("empty", "missing"):
        with pytest.raises(DataError, match=name):
            read(tmp_path / name, format=format)


def test_pairs_without_column_names_are_refused_before_one_is_lost(tmp_path: Path) -> None:
    """A long sentence in the first line is no name of a column."""
    path = tmp_path / "pairs.tsv"
    path.write_text("do you know where the old mill is\tyes\nno\tnever\n", encoding="utf8")

    with pytest.raises(DataError, match=r"pairs\.tsv, line 1: .*column names"):
        read(path, task="sequence-to-sequence")
