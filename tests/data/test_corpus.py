"""Plain text files to model, and arrays that stay in their file."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actselect.data import corpus, load
from actselect.data.mapped import MappedArray, map_file
from actselect.exceptions import DataError

POEM = "Whose woods these are I think I know.\nHis house is in the village though;\n" * 3


def test_a_plain_ascii_file_is_mapped(tmp_path: Path) -> None:
    """Its bytes are the codes, and nothing of it is copied."""
    path = tmp_path / "poem.txt"
    path.write_bytes(b"\xef\xbb\xbf" + POEM.encode())  # a mark of byte order is no text

    data = load(path, task="language-modeling")

    assert data.tokens is not None
    assert isinstance(data.tokens.codes, MappedArray)
    assert not data.tokens.codes.flags.writeable
    assert bytes(data.tokens.codes) == POEM.encode()
    assert "".join(data.tokens.text(0)) == POEM
    assert (data.lengths.tolist(), data.values.shape) == ([len(POEM)], (len(POEM), 0))
    assert (data.series, data.name) == (("poem",), "poem")


@settings(deadline=None)
@given(
    text=st.text(st.sampled_from("ab\u00e9\u4e2d\U0001f600\r\n "), min_size=1),
    piece=st.integers(1, 7),
)
def test_any_file_is_read_as_python_reads_it(
    tmp_path_factory: pytest.TempPathFactory, text: str, piece: int
) -> None:
    """Pieces may end inside a character or between the two marks of a line end."""
    path = tmp_path_factory.mktemp("txt") / "d.txt"
    path.write_bytes((text + "x" * 100).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "PIECE", piece)

        data = load(path, task="language-modeling")

    assert data.tokens is not None
    assert "".join(data.tokens.text(0)) == path.read_text(encoding="utf-8")
    assert list(data.tokens.lexicon) == sorted(data.tokens.lexicon)


def test_words_of_a_file_on_request(tmp_path: Path) -> None:
    """Their case is kept."""
    (tmp_path / "poem.txt").write_text(POEM * 3, encoding="utf-8")

    data = load(tmp_path / "poem.txt", task="language-modeling", tokenizer="words")

    assert data.tokens is not None
    assert data.tokens.text(0)[:3] == ("Whose", "woods", "these")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"\n\n \r\n", "an empty file"),
        ("\u2003\n\u3000".encode(), "nothing but empty lines"),
        (b"a\nb\xff" + b"c" * 200, r"d\.txt, line 2: wanted UTF-8 text; got the byte 0xff"),
        (b"a\nb\n\0" + b"c" * 200, r"d\.txt, line 3: wanted UTF-8 text; got a NUL byte"),
        ("abc".encode("utf-16"), r"d\.txt, line 1: wanted UTF-8 text; got UTF-16"),
        (b"too short", "at least 100 tokens; got 9"),
        (b"a" * 200 + b"\xc3", r"line 1.*0xc3"),
    ],
)
def test_a_file_without_text_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    """The message names file and line."""
    path = tmp_path / "d.txt"
    path.write_bytes(content)

    with pytest.raises(DataError, match=message):
        load(path, task="language-modeling")


@pytest.mark.parametrize("end", ["", "\u00e9"], ids=["ascii", "other"])
def test_a_large_file_needs_hardly_more_memory(end: str, tmp_path: Path) -> None:
    """Ten million characters take less than 30 MB more than a hundred thousand."""
    program = (
        "import resource, sys; from actselect.data import load;"
        "load(sys.argv[1], task='language-modeling');"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for size in (100_000, 10_000_000):
        path = tmp_path / f"{size}.txt"
        path.write_text("to be or not to be\n" * (size // 19) + end, encoding="utf-8")
        found = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, check=True
        )
        peaks.append(int(found.stdout))

    assert peaks[1] - peaks[0] < 30 * 1024


def test_a_mapped_array_travels_as_its_path(tmp_path: Path) -> None:
    """Ten megabytes become a few hundred bytes, and are the same on the other side."""
    path = tmp_path / "d.bin"
    values = np.random.default_rng(0).normal(size=(12_500, 100)).astype("<f8")
    path.write_bytes(b"head" + values.tobytes())

    mapped = map_file(path, "<f8", (12_500, 100), offset=4)

    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        sent = pickle.dumps(mapped, protocol)
        assert len(sent) < 1000
        back = pickle.loads(sent)  # noqa: S301 - our own
        assert isinstance(back, MappedArray)
        assert np.array_equal(back, values)


def test_parts_of_a_mapped_array_are_ordinary(tmp_path: Path) -> None:
    """Slices, views and sums are pickled with their content."""
    path = tmp_path / "d.bin"
    path.write_bytes(bytes(range(100)))
    mapped = map_file(path, "uint8", (100,))

    for part in (mapped[10:20], mapped.reshape(10, 10), mapped + 1, mapped[mapped > 50]):
        back = pickle.loads(pickle.dumps(part))  # noqa: S301 - our own
        assert type(back) is np.ndarray
        assert np.array_equal(back, part)
    assert type(mapped[10:20]) is np.ndarray
    assert mapped.sum() == 4950


def test_a_file_that_became_shorter_is_refused(tmp_path: Path) -> None:
    """The message says what to do."""
    path = tmp_path / "d.bin"
    path.write_bytes(bytes(10))

    with pytest.raises(DataError, match=r"d\.bin: wanted a file that holds"):
        map_file(path, "uint8", (11,))
