"""NumPy archives, JSON lines and Parquet; and content that decides where the ending does not."""

from __future__ import annotations

import io
import json
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from actselect.data import load
from actselect.exceptions import DataError, MissingExtraError

X = np.arange(12 * 4 * 2, dtype=np.float32).reshape(12, 4, 2)
Y = np.array(["a", "b"] * 6)


def test_an_archive_gives_sequences_targets_and_groups(tmp_path: Path) -> None:
    """X, y, lengths, groups and feature_names are read; other arrays are noted."""
    np.savez(
        tmp_path / "d.npz",
        X=X, y=Y, lengths=[4] * 11 + [2], groups=np.arange(12) // 4, feature_names=["u", "v"],
        extra=[1],
    )  # fmt: skip

    data = load(tmp_path / "d.npz", task="classification")

    assert (data.sequence(1) == X[1]).all()
    assert data.lengths[-1] == 2
    assert data.groups is not None
    assert data.groups.tolist() == ["0"] * 4 + ["1"] * 4 + ["2"] * 4
    assert data.feature_names == ("u", "v")
    assert any("extra" in note for note in data.notes)


def test_steps_of_all_sequences_may_lie_in_one_array(tmp_path: Path) -> None:
    """X of shape (S, F) with lengths that sum to S."""
    lengths = np.array([1, 3, 2, 4, 5, 1, 1, 1, 1, 1, 1, 3])
    values = np.arange(48.0).reshape(24, 2)
    np.savez(tmp_path / "d.npz", X=values, y=Y, lengths=lengths)

    data = load(tmp_path / "d.npz", task="classification")

    assert data.lengths.tolist() == lengths.tolist()
    assert np.array_equal(data.sequence(4), values[10:15])


def npz(folder: Path, **members: bytes) -> Path:
    """Write an archive of raw members."""
    with zipfile.ZipFile(folder / "d.npz", "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return folder / "d.npz"


def header(shape: tuple[int, ...]) -> bytes:
    """Return a .npy file that promises a shape and holds nothing."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    return buffer.getvalue()


def test_a_header_that_promises_terabytes_is_refused(tmp_path: Path) -> None:
    """Sizes are checked before memory is asked for."""
    with pytest.raises(DataError, match=r"'X.npy' of shape \(1000000, 1000000\)"):
        load(npz(tmp_path, X=header((10**6, 10**6))), task="classification")


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    """An archive that would run code is refused, and the code has not run."""
    marker = tmp_path / "ran"

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch.__get__(marker), ()  # type: ignore[return-value]

    trap = np.array([Evil()], dtype=object)
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, trap, allow_pickle=True)
    path = npz(tmp_path, X=buffer.getvalue())

    with pytest.raises(DataError, match=r"objects in 'X\.npy'"):
        load(path, task="classification")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"Z": X}, "wanted an array X; got the arrays Z"),
        ({"X": X}, "a target for each sequence"),
        ({"X": X, "y": Y[:3]}, "d.npz, y: .*12 sequences"),
        ({"X": X[0, 0], "y": Y}, r"d.npz, X: .*shape \(2,\)"),
        ({"X": X, "y": Y, "lengths": [9] * 12}, r"d.npz, lengths\[0\]"),
    ],
)
def test_archives_that_do_not_fit_are_refused(
    tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    """The message names file and array."""
    np.savez(tmp_path / "d.npz", **arrays)

    with pytest.raises(DataError, match=message):
        load(tmp_path / "d.npz", task="classification")


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"no archive", pickle.dumps([1])])
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever the bytes are, the answer is a DataError."""
    (tmp_path / "d.npz").write_bytes(content)

    with pytest.raises(DataError, match=r"an \.npz archive"):
        load(tmp_path / "d.npz", task="classification")


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    """The checksum of the archive is checked."""
    np.savez(tmp_path / "d.npz", X=X, y=Y)
    raw = bytearray((tmp_path / "d.npz").read_bytes())
    raw[300] ^= 0xFF
    (tmp_path / "d.npz").write_bytes(raw)

    with pytest.raises(DataError, match="CRC"):
        load(tmp_path / "d.npz", task="classification")


def jsonl(folder: Path, *lines: object) -> Path:
    """Write JSON lines; text is written as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path = folder / "d.jsonl"
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def test_json_lines_of_values_are_rows(tmp_path: Path) -> None:
    """NaN, null and a missing key are missing values."""
    rows: list[object] = [{"t": i, "y": float(i)} for i in range(40)]
    rows[5], rows[6], rows[7] = {"t": 5, "y": None}, {"t": 6}, '{"t": 7, "y": NaN}'

    data = load(jsonl(tmp_path, *rows), task="forecasting", target="y", time="t")

    np.testing.assert_equal(data.sequence(0)[:, 0], [*range(5), *[np.nan] * 3, *range(8, 40)])


def test_json_lines_of_lists_are_sequences(tmp_path: Path) -> None:
    """Each line is one sequence; its lists are features."""
    rows = [{"u": [i, i + 1], "v": [0.5, 1.5], "label": "ab"[i % 2]} for i in range(12)]

    data = load(jsonl(tmp_path, *rows), task="classification", target="label")

    assert data.feature_names == ("u", "v")
    assert data.sequence(3).tolist() == [[3, 0.5], [4, 1.5]]
    assert data.targets is not None
    assert data.targets.tolist() == ["a", "b"] * 6


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[1, 2]", "line 2: .*a list"),
        ('{"y": 1,}', "line 2: wanted one JSON object"),
        ('{"y": 1} {"y": 2}', "line 2: .*Extra data"),
        ('{"y": 1, "y": 2}', "line 2: .*a key twice"),
        ('{"y": {"z": 1}}', "line 2, key 'y': .*nested"),
        ('{"y": [[1]]}', "line 2, key 'y': .*nested"),
        ('{"y": [1, 2], "x": [1]}', "lists of one length"),
        ('{"y": "\\ud800"}', "line 2: .*surrogate"),
        ('{"y": 1, "\\udfff": 2}', "line 2: .*surrogate"),
        ('{"y": ' + "[" * 100_000, "line 2"),
        ('{"y": ' + "1" * 5000 + "}", "line 2"),
        ('{"y": "many"}', "line 2, column 'y': .*'many'"),
    ],
)
def test_a_bad_json_line_is_refused_with_its_number(
    tmp_path: Path, line: str, message: str
) -> None:
    """Nothing is guessed about a damaged line."""
    path = jsonl(tmp_path, {"y": 1.0}, line, *[{"y": 1.0}] * 12)

    with pytest.raises(DataError, match=message):
        load(path, task="forecasting", target="y")


def test_parquet_keeps_types(tmp_path: Path) -> None:
    """Dates stay dates, text stays text."""
    days = pd.date_range("2020-01-01", periods=20)
    frame = pd.DataFrame({"id": ["007"] * 20, "ds": days, "y": np.arange(20)})
    frame.to_parquet(tmp_path / "d.parquet")

    data = load(tmp_path / "d.parquet", task="forecasting", target="y", series="id")

    assert data.series == ("007",)
    assert data.time is not None
    assert (data.time == days.to_numpy()).all()


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    """The answer is a DataError that names the file."""
    (tmp_path / "d.parquet").write_bytes(b"PAR1 and nothing else")

    with pytest.raises(DataError, match=r"d\.parquet: wanted a Parquet file"):
        load(tmp_path / "d.parquet", task="forecasting")


def test_without_pyarrow_the_message_is_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing extra is told as what to type."""
    (tmp_path / "d.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'actselect\[parquet\]'"):
        load(tmp_path / "d.parquet", task="forecasting")


def test_content_decides_when_the_ending_says_nothing(tmp_path: Path) -> None:
    """An archive without an ending is still an archive, and text is CSV."""
    np.savez(tmp_path / "d.npz", X=X, y=Y)
    (tmp_path / "d.npz").rename(tmp_path / "archive")
    (tmp_path / "table.txt").write_text("y\n" + "1\n2\n" * 10, encoding="utf-8")

    assert len(load(tmp_path / "archive", task="classification")) == 12
    assert load(tmp_path / "table.txt", task="forecasting").lengths.tolist() == [20]
