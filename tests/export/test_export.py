"""``actselect export``: what is written where, and what is refused; from a real study to ONNX."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

import actselect
from actselect.artifact import load_artifact
from actselect.cli import _export, cli
from actselect.exceptions import MissingExtraError, StudyError, UsageError
from actselect.exporting import FLAVOURS, FORMATS, export

BESIDE = """
import runpy, sys
network = runpy.run_path(sys.argv[1])["load_trained"]()
assert not any(name.partition(".")[0] == "actselect" for name in sys.modules)
"""


def test_a_folder_for_torch_stands_on_its_own(planted: Any, tmp_path: Path) -> None:
    """Weights are a plain state_dict, and model.py loads them without the study or actselect."""
    study = planted("gru", "tanh/sigmoid", task="regression")
    folder = tmp_path / "network"
    done = export(study, form="torch", out=folder)
    wanted = load_artifact(study / "model").model.state_dict()
    (study / "model" / "weights.safetensors").unlink()

    assert {"config.json", "model.py", "weights.safetensors"} == {p.name for p in folder.iterdir()}
    assert "plain PyTorch" in done.summary
    found = load_file(folder / "weights.safetensors")
    assert all(torch.equal(wanted[name], tensor) for name, tensor in found.items())
    assert set(wanted) == set(found)
    command = [sys.executable, "-c", BESIDE, str(folder / "model.py")]
    subprocess.run(command, check=True)


def test_config_tells_what_each_key_means(planted: Any, tmp_path: Path) -> None:
    """Every key but the explanation itself is explained; scaling and columns are there."""
    export(planted("mgu", "tanh/sigmoid"), form="torch", out=tmp_path / "network")
    config = json.loads((tmp_path / "network" / "config.json").read_text())

    assert set(config) - {"about"} == set(config["about"])
    assert config["format_version"] == 1
    assert config["needs_actselect"]
    assert [[1.0, 2.0, 3.0]] == config["scaling"]["mean"]
    assert ["x", "y", "z"] == config["features"]
    assert ["a", "b", "c", "d"] == config["facts"]["classes"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "keras"}, "format must be one of code, torch, onnx. Got 'keras'."),
        ({"flavour": "jax"}, "flavour must be one of auto, actselect, torch, keras. Got 'jax'."),
        ({"form": "torch"}, "say where, with --out FOLDER"),
        ({"form": "onnx"}, "say where, with --out FILE.onnx"),
        ({"form": "onnx", "flavour": "torch", "out": "x"}, "is for the format code"),
        ({"form": "torch", "flavour": "keras", "out": "x"}, "is for the format code"),
        ({"out": "missing/x.py"}, "there is no folder"),
    ],
)
def test_a_wrong_argument_is_told(planted: Any, options: dict[str, Any], message: str) -> None:
    """Before anything is read or written."""
    with pytest.raises(UsageError, match=message):
        export(planted("rnn", "tanh"), **options)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_replaced_unless_forced(planted: Any, tmp_path: Path, form: str) -> None:
    """What is there stays, and the message says how to replace it."""
    study, place = planted("rnn", "tanh"), tmp_path / "place"
    export(study, form=form, out=place)
    with pytest.raises(UsageError, match="Pass --force to replace it"):
        export(study, form=form, out=place)
    export(study, form=form, out=place, force=True)


def test_a_file_is_no_folder_and_a_folder_no_file(planted: Any, tmp_path: Path) -> None:
    """Not even with force."""
    study = planted("rnn", "tanh")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="must be a folder"):
        export(study, form="torch", out=tmp_path / "file", force=True)
    with pytest.raises(UsageError, match="must be a file"):
        export(study, out=tmp_path, force=True)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_study_that_is_missing_unfinished_or_damaged_is_told(
    planted: Any, tmp_path: Path
) -> None:
    """Each with what to do."""
    with pytest.raises(StudyError, match="holds no study"):
        export(tmp_path / "nowhere")
    study = planted("rnn", "tanh")
    (study / "model" / "architecture.json").write_text("{")
    with pytest.raises(StudyError, match="is damaged"):
        export(study)
    (study / "model" / "architecture.json").unlink()
    with pytest.raises(StudyError, match="holds no model"):
        export(study)
    (study / "report.json").unlink()
    with pytest.raises(StudyError, match=r"unfinished study.*actselect resume"):
        export(study)


def test_without_onnx_the_command_that_installs_it_is_told(
    planted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And code can still be had."""
    study = planted("rnn", "tanh")
    for name in [name for name in sys.modules if name.startswith("actselect.exporting._onnx")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'actselect\[onnx\]'"):
        export(study, form="onnx", out=tmp_path / "x.onnx")
    assert "nn.RNN" in str(export(study))


def test_the_command_prints_code_or_what_it_wrote(planted: Any, tmp_path: Path) -> None:
    """Code goes to stdout as it is; otherwise one line, and errors exit with 2."""
    study, run = planted("rnn", "tanh"), CliRunner().invoke
    printed = run(cli, ["export", str(study)])
    wrote = run(cli, ["export", str(study), "--out", str(tmp_path / "network.py")])
    refused = run(cli, ["export", str(study), "--format", "torch"])

    assert str(export(study)) == printed.stdout
    assert f"Wrote {tmp_path / 'network.py'}.\n" == wrote.stdout
    assert printed.stdout == (tmp_path / "network.py").read_text()
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--out FOLDER" in refused.stderr


def test_the_command_knows_all_formats_and_flavours() -> None:
    """It lists them itself, so that help is quick."""
    assert FORMATS == _export.FORMATS
    assert FLAVOURS == _export.FLAVOURS


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_study_ends_in_code_that_forecasts_the_same(tmp_path: Path) -> None:
    """From data to the generated module: its outputs, scaled back as its comment says, are the
    forecasts of ``predict``.
    """
    steps = np.arange(160)
    series = 50 + 10 * np.sin(2 * np.pi * steps / 12)
    study = tmp_path / "wave"
    actselect.recommend(
        series[None, :, None], task="forecasting", horizon=4, lookback=12, epochs_budget=360,
        cells=["gru"], activations=["tanh"], depths=[1], workers=0, progress="quiet", out=study,
    )  # fmt: skip
    wanted = actselect.predict(study, series[None, :, None])

    actselect.export(study, format="torch", out=tmp_path / "network")
    actselect.export(study, format="onnx", out=tmp_path / "network.onnx")
    config = json.loads((tmp_path / "network" / "config.json").read_text())
    mean, scale = config["scaling"]["mean"][0][0], config["scaling"]["scale"][0][0]
    window = (series[-12:] - mean) / scale
    inputs = torch.tensor(window - window[-1], dtype=torch.float32)[None, :, None]
    space: dict[str, Any] = {"__file__": str(tmp_path / "network" / "model.py"), "__name__": "m"}
    exec((tmp_path / "network" / "model.py").read_text(), space)  # noqa: S102 - what a user does
    with torch.no_grad():
        outputs = space["load_trained"]()(inputs)[0].double().numpy()
    found = (outputs + window[-1]) * scale + mean

    np.testing.assert_allclose(found, wanted.iloc[:, -1].to_numpy(dtype=float), rtol=1e-5)
