"""Series that stay in their file: the same numbers as in memory, and memory that does not grow."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import actselect.data.pieces
import actselect.tasks._scaling
from actselect.data.dataset import SequenceDataset
from actselect.data.mapped_missing import mapped_gaps
from actselect.data.missing import fill_missing
from actselect.data.readers._npy import read_npy
from actselect.exceptions import DataError
from actselect.tasks import _forecast_choices
from actselect.tasks._scaling import statistics_between
from actselect.tasks._steps import steps_of
from actselect.tasks._windows import Windows
from actselect.tasks.forecasting import bind

Maker = Callable[..., SequenceDataset]

WALK = np.random.default_rng(3).normal(size=400).cumsum()
WIDE = np.column_stack([WALK, np.random.default_rng(4).normal(size=(400, 2))])
MEGABYTES = """
import sys
from pathlib import Path
import numpy as np
from actselect.data.readers._npy import read_npy
from actselect.tasks.forecasting import bind

task = bind(read_npy(Path(sys.argv[1])), horizon=24, lookback=48)
development, test = task.development_and_test(0)
fold = task.fold(development, 0, 0)
scaled = task.scaled(fold.train)
random = np.random.default_rng(0)
for _ in range(50):
    scaled.batch(random.choice(fold.train, 128))
names = [b.name for b in task.baselines() if np.isfinite(b.predict(task, fold, fold.score)).all()]
assert names == ["last value", "seasonal naive", "linear"]
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) / 1024)  # getrusage begins with the peak of the parent
"""


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[np.ndarray], Path]:
    """Write an array to a file."""

    def store(values: np.ndarray) -> Path:
        path = tmp_path / "long.npy"
        np.save(path, values)
        return path

    return store


@pytest.fixture(autouse=True)
def _from_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read also files so small that they are otherwise taken from their map."""
    monkeypatch.setattr(actselect.data.pieces, "SMALL", 0)


def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (actselect.data.pieces, actselect.tasks._scaling):
        monkeypatch.setattr(module, "NUMBERS", 7)


@pytest.mark.parametrize("kind", ["<f4", "<f8", ">f8", "i2", "u8"])
def test_a_series_is_mapped_as_it_is(stored: Callable[..., Path], kind: str) -> None:
    """Whatever the type of number; one feature has a name, several are numbered."""
    values = np.arange(1, 31).astype(kind)

    one, two = read_npy(stored(values)), read_npy(stored(values.reshape(15, 2)))

    assert two.values.dtype == np.dtype(kind)
    np.testing.assert_array_equal(two.values, values.reshape(15, 2))
    assert (one.feature_names, two.feature_names) == (("y",), ("x0", "x1"))
    assert two.lengths.tolist() == [15]
    assert two.notes == ("'x0' is forecast; the other 1 columns are inputs.",)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([1, "a"], dtype=object), r"wanted whole numbers.*got values of type object"),
        (np.ones((4, 3), order="F"), r"wanted an array in C order"),
        (np.ones((4, 3, 2)), r"got shape \(4, 3, 2\)"),
        (np.ones((0, 3)), r"got shape \(0, 3\)"),
        (np.float64(3.0), r"got shape \(\)"),
        (np.ones(4, dtype=complex), r"got values of type complex128"),
        (np.array(["a", "b"]), r"got values of type <U1"),
        (np.array([1.0, np.nan, -np.inf]), r"long\.npy, step 2, feature 0: wanted a finite number"),
        (np.array([[1.0, 2.0], [3.0, 1e39]]), r"long\.npy, step 1, feature 1: .*got 1e\+39"),
    ],
)
def test_other_arrays_are_refused(
    stored: Callable[..., Path], values: np.ndarray, message: str
) -> None:
    """The error says what was wanted and what came."""
    with pytest.raises(DataError, match=message):
        read_npy(stored(values))


@pytest.mark.parametrize("kept", [0, 5, 60, 200])
def test_files_cut_off_are_refused(stored: Callable[..., Path], kept: int) -> None:
    """In the header or in the values."""
    path = stored(np.ones(100))
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(DataError, match=r"long\.npy"):
        read_npy(path)


def test_a_file_that_shrinks_later_is_an_error(stored: Callable[..., Path]) -> None:
    """A study tells what is wrong with its data."""
    path = stored(WALK)
    task = bind(read_npy(path), horizon=3, lookback=5, period=1)
    path.write_bytes(path.read_bytes()[:1000])

    with pytest.raises(DataError, match="the file has become shorter"):
        task.scaled(np.arange(300))


@pytest.mark.parametrize(("gaps", "small"), [(False, 0), (True, 0), (True, 2**24)])
def test_mapped_series_give_the_numbers_of_those_in_memory(
    stored: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, *, gaps: bool, small: int
) -> None:
    """Batches, statistics, baselines and scores are the same, bit for bit; read or mapped."""
    monkeypatch.setattr(actselect.data.pieces, "SMALL", small)
    values = WIDE.copy()
    if gaps:
        values[[7, 50, 51, 52, 399], 0] = np.nan
        values[[7, 8, 120], 1] = np.nan
    held = SequenceDataset(
        name="d", values=values, lengths=np.array([400]), feature_names=("x0", "x1", "x2"),
        series=("0",),
    )  # fmt: skip
    held = fill_missing(held, task="forecasting", where="here")

    one, two = (bind(d, horizon=4, lookback=6) for d in (read_npy(stored(values)), held))

    development, test = one.development_and_test(0)
    fold = one.fold(development, 1, 0)
    first, second = one.scaled(fold.train), two.scaled(fold.train)
    examples = np.concatenate([development, test, one.future])
    assert one.error_scale == two.error_scale
    for name in ("inputs", "targets"):
        ours, theirs = (getattr(s.batch(examples), name) for s in (first, second))
        assert torch.equal(ours.nan_to_num(9e9), theirs.nan_to_num(9e9))
    for ours, theirs in zip(one.baselines(), two.baselines(), strict=True):
        predicted = ours.predict(one, fold, fold.score)
        np.testing.assert_array_equal(predicted, theirs.predict(two, fold, fold.score))
        assert one.score(predicted, fold.score) == two.score(predicted, fold.score)


def test_a_mapped_task_travels_as_a_path(stored: Callable[..., Path]) -> None:
    """A worker gets a few hundred bytes and opens the file again."""
    task = bind(read_npy(stored(np.tile(WALK, 100))), horizon=3, lookback=5, period=1)

    sent = pickle.dumps(task)

    copy = pickle.loads(sent)  # noqa: S301  our own bytes
    assert len(sent) < 2000
    np.testing.assert_array_equal(copy.targets(np.arange(9)), task.targets(np.arange(9)))


def test_leading_gaps_are_left_out_and_the_others_counted(stored: Callable[..., Path]) -> None:
    """The series begins where both columns have had a value; the file stays as it is."""
    values = WIDE[:, :2].copy()
    values[:3, 0] = np.nan
    values[[0, 1, 2, 3, 100], 1] = np.nan
    values[[50, 51], 0] = np.nan

    found = mapped_gaps(read_npy(stored(values)), most=0.1, where="long.npy")

    np.testing.assert_array_equal(found.values, values[4:])
    assert found.lengths.tolist() == [396]
    assert found.notes[-1] == (
        "2 missing values of the target are not scored; 1 missing values of other columns count as "
        "the last value before; 4 leading steps were dropped, where a column had no value yet."
    )


@pytest.mark.parametrize(("kept", "message"), [(0, "without any"), (300, "at most 10%.*got 25%")])
def test_columns_with_too_many_gaps_are_refused(
    stored: Callable[..., Path], kept: int, message: str
) -> None:
    """Also one that is empty."""
    values = WIDE[:, :2].copy()
    values[kept:, 1] = np.nan

    with pytest.raises(DataError, match=message):
        mapped_gaps(read_npy(stored(values)), most=0.1, where="long.npy")


def test_gaps_are_filled_as_a_loop_fills_them(
    series_of: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the last known value, at the start of a series the first, and 0 where there is none."""
    _small_pieces(monkeypatch)
    random = np.random.default_rng(0)
    series = [np.where(random.random(20) < 0.5, np.nan, random.normal(size=20)) for _ in range(9)]
    series.append(np.full(4, np.nan))

    expected = []
    for values in series:
        known = values[~np.isnan(values)]
        last = known[0] if len(known) else 0.0
        for value in values:
            last = last if np.isnan(value) else value
            expected.append(last)
    steps = steps_of(series_of(*series))

    assert steps.observed(np.arange(len(expected))).tolist() == expected
    counts = (~np.isnan(np.concatenate(series)))[10:35].sum()
    assert steps.known(np.array([10]), np.array([35])).tolist() == [counts]


def test_statistics_by_pieces_are_those_of_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row has the mean and deviation of its own steps; one without any has those of all."""
    _small_pieces(monkeypatch)
    values = WIDE.copy()
    values[5:15, 1] = np.nan
    first, last = np.array([3, 40, 100]), np.array([30, 40, 333])

    mean, scale = statistics_between(values.__getitem__, 3, first, last)

    every = np.concatenate([values[3:30], values[100:333]])
    parts = (values[3:30], every, values[100:333])
    np.testing.assert_allclose(mean, [np.nanmean(part, axis=0) for part in parts])
    np.testing.assert_allclose(scale, [np.nanstd(part, axis=0) for part in parts])


def test_the_error_scale_by_pieces_is_that_of_a_loop(
    series_of: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mean absolute seasonal differences of each series, in its development steps."""
    _small_pieces(monkeypatch)
    series = [WALK[:30], WALK[30:33], WALK[100:150]]

    found = _forecast_choices.error_scale(series_of(*series), np.array([20, 2, 50]), 4)

    expected = [
        np.mean([abs(x[t] - x[t - lag]) for t in range(lag, steps)])
        for x, steps, lag in zip(series, (20, 2, 50), (4, 1, 4), strict=True)
    ]
    np.testing.assert_allclose(found, expected)


def test_windows_of_a_long_series_are_thinned_out_evenly() -> None:
    """Of 105 origins every 9th; of 13 every third, as 2 divides the period."""
    windows = Windows(
        lengths=np.array([30, 140]), development=np.array([20, 112]), lookback=5, horizon=3
    )

    series, origin = windows.locate(windows.in_development(most=12, period=20))

    assert origin[series == 0].tolist() == [5, 8, 11, 14, 17]
    assert origin[series == 1].tolist() == list(range(5, 110, 9))


def test_a_long_series_says_how_many_windows_are_trained_on(
    series_of: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last fifth of 4000 steps is for the test; of the other windows 1/8 are taken."""
    monkeypatch.setattr(_forecast_choices, "MOST_WINDOWS", 400)

    task = bind(series_of(np.tile(WALK, 10)), horizon=3, lookback=5, period=1)

    assert "Trained on 400 of 3193 windows, evenly spaced." in task.notes


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_series(tmp_path: Path) -> None:
    """Twenty times the steps need at most a tenth more than 100,000 do."""
    peaks = []
    for steps in (100_000, 2_000_000):
        path = tmp_path / f"{steps}.npy"
        wave = np.sin(2 * np.pi * np.arange(steps) / 24)[:, None]
        np.save(path, wave + np.random.default_rng(0).normal(size=(steps, 2)))
        ran = subprocess.run(
            [sys.executable, "-c", MEGABYTES, str(path)], capture_output=True, text=True, check=True
        )
        peaks.append(float(ran.stdout))

    assert peaks[1] < 1.1 * peaks[0]
