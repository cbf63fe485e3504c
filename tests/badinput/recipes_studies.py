"""Studies that somebody else sent: planted whole, then damaged or made to deceive.

The planted study has an untrained network of three units; what reads it cannot tell.
"""

from __future__ import annotations

import functools
import io
import json
import os
import pickle
import re
import shutil
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
import torch
from click.testing import CliRunner, Result
from optuna.storages import RDBStorage
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from actselect.api import _folder_name
from actselect.architecture import Architecture, LayerSpec
from actselect.artifact import Artifact, save_artifact
from actselect.cli import cli
from actselect.encoders import Numbers, encoder_facts
from actselect.exceptions import StudyError
from actselect.folder import StudyFolder
from actselect.journal import Journal
from actselect.model import RecurrentModel
from actselect.report import load as load_record
from actselect.report import to_json
from actselect.request import Request
from actselect.storage import quiet

_GOLDEN = Path(__file__).parents[1] / "golden" / "report-v1-full.json"
_HOSTILE = "<script>alert(1)</script>\x1b[31m\u202egnp"


def whole_study(folder: Path) -> Path:
    """Write a study that nobody has touched."""
    study = folder / "study"
    study.mkdir()
    layers = (LayerSpec(activation="tanh", recurrent_activation="sigmoid"),)
    encoder = Numbers(width=1)
    architecture = Architecture(cell="gru", layers=layers, hidden_size=3)
    model = RecurrentModel(
        architecture, encoder=encoder, output_size=6, generator=torch.Generator().manual_seed(0)
    )
    scaling = {"mean": torch.tensor([[280.0]]).numpy(), "scale": torch.tensor([[120.0]]).numpy()}
    facts = {
        "task": "forecasting", "facts": {"horizon": 6, "lookback": 12},
        "encoder": encoder_facts(encoder), "every": False, "features": ["Passengers"],
        "target": "Passengers",
    }  # fmt: skip
    artifact = Artifact(architecture=architecture, model=model, scaling=scaling, facts=facts)
    save_artifact(artifact, study / "model")
    record = load_record(_GOLDEN)
    (study / "report.json").write_text(to_json(record), encoding="utf-8")
    request = Request(source="airpassengers", task="forecasting", horizon=6)
    settings = {
        "settings_version": 1, "id": "0" * 32, "request": request.to_dict(), "name": "data",
        "sha256": "", "command": "actselect recommend airpassengers",
    }  # fmt: skip
    (study / "study.json").write_text(json.dumps(settings), encoding="utf-8")
    return study


# -- weights --------------------------------------------------------------------------------------


def weights_of_pickle(folder: Path) -> Path:
    """Put a pickle that runs a program in place of the weights."""
    return _with_weights(folder, pickle.dumps(_Touch()))


def weights_of_torch(folder: Path) -> Path:
    """Put a file of torch.save, which holds a pickle, in place of the weights."""
    return _with_weights(folder, _torch_archive("data.pkl"))


def weights_of_script(folder: Path) -> Path:
    """Put a TorchScript archive, which holds code, in place of the weights."""
    return _with_weights(folder, _torch_archive("constants.pkl", "code/__torch__.py"))


def huge_weights_header(folder: Path) -> Path:
    """Say that the header of the weights has 2^63 bytes."""
    return _with_weights(folder, struct.pack("<Q", 2**63) + b"{}")


def overlapping_weights(folder: Path) -> Path:
    """Let two tensors be the same bytes."""

    def same(header: dict[str, Any]) -> None:
        first, second = sorted(header)[:2]
        header[second]["data_offsets"] = header[first]["data_offsets"]

    return _with_header(folder, same)


def weights_outside(folder: Path) -> Path:
    """Let a tensor end behind the file."""
    return _with_header(folder, lambda header: header[min(header)].update(data_offsets=[0, 10**12]))


def huge_weights_shape(folder: Path) -> Path:
    """Say that a tensor has more numbers than can be counted."""
    return _with_header(folder, lambda header: header[min(header)].update(shape=[2**62, 2**62]))


def weights_of_other_shape(folder: Path) -> Path:
    """Give a weight other axes, and as many numbers."""
    return _with_tensors(folder, lambda found: {**found, "model.output.weight": torch.zeros(3, 6)})


def weights_missing(folder: Path) -> Path:
    """Leave a weight out."""
    return _with_tensors(
        folder, lambda found: {n: t for n, t in found.items() if n != "model.output.bias"}
    )


def scaling_missing(folder: Path) -> Path:
    """Leave out what inputs are scaled with."""
    return _with_tensors(folder, lambda found: {n: t for n, t in found.items() if "mean" not in n})


def weights_not_finite(folder: Path) -> Path:
    """Put NaN in a weight."""
    return _with_tensors(
        folder, lambda found: {**found, "model.output.bias": torch.full((6,), torch.nan)}
    )


def weights_of_other_type(folder: Path) -> Path:
    """Write scaling in a type that numpy does not have."""
    return _with_tensors(
        folder, lambda found: {**found, "scaling.mean": torch.zeros(1, 1, dtype=torch.bfloat16)}
    )


def weights_of_other_study(folder: Path) -> Path:
    """Put weights of the same shapes in place, which the digest tells apart."""
    study = whole_study(folder)
    file = study / "model" / "weights.safetensors"
    found = load_tensors(file.read_bytes())
    file.write_bytes(save_tensors({**found, "model.output.bias": torch.ones(6)}))
    return study


def weights_with_metadata(folder: Path) -> Path:
    """Put markup into the metadata of the weights, where nobody looks."""
    return _with_header(folder, lambda header: header.update(__metadata__={"format": _HOSTILE}))


def weights_folder(folder: Path) -> Path:
    """Put a folder in place of the weights."""
    study = whole_study(folder)
    file = study / "model" / "weights.safetensors"
    file.unlink()
    file.mkdir()
    return study


# -- what describes the network, the study and the report -----------------------------------------


def huge_network(folder: Path) -> Path:
    """Describe a network of 10^12 units."""
    return _edited(folder, "model/architecture.json", "architecture", "hidden_size", to=10**12)


def network_with_code(folder: Path) -> Path:
    """Put code where a number should be."""
    return _edited(folder, "model/architecture.json", "output_size", to="__import__('os')")


def network_of_other_task(folder: Path) -> Path:
    """Describe the network of another task."""
    return _edited(folder, "model/architecture.json", "task", to="classification")


def newer_network(folder: Path) -> Path:
    """Say that a newer version wrote the network."""
    return _edited(folder, "model/architecture.json", "artifact_version", to=99)


def newer_settings(folder: Path) -> Path:
    """Say that a newer version wrote the study."""
    return _edited(folder, "study.json", "settings_version", to=99)


def newer_report(folder: Path) -> Path:
    """Say that a newer version wrote the report."""
    return _edited(folder, "report.json", "schema_version", to=99)


def settings_of_other_type(folder: Path) -> Path:
    """Write a number where the name of a column should be."""
    return _edited(folder, "study.json", "request", "target", to=7)


def report_too_large(folder: Path) -> Path:
    """Write a learning rate of minus one, whose logarithm there is none of."""
    return _edited(folder, "report.json", "ranking", 0, "learning_rate", to=-1.0)


def report_too_deep(folder: Path) -> Path:
    """Nest a report too deeply."""
    study = whole_study(folder)
    (study / "report.json").write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")
    return study


def report_pipe(folder: Path) -> Path:
    """Put a pipe in place of the report."""
    study = whole_study(folder)
    (study / "report.json").unlink()
    os.mkfifo(study / "report.json")
    return study


def linked_journal(folder: Path) -> Path:
    """Let the journal be a link to a file that the study would append to."""
    study = whole_study(folder)
    (study / "report.json").unlink()
    (folder / "outside").write_text("mine", encoding="utf-8")
    (study / "journal.jsonl").symlink_to(folder / "outside")
    return study


def linked_model(folder: Path) -> Path:
    """Let the folder of the network be a link to another one."""
    study = whole_study(folder)
    (study / "model").rename(folder / "outside")
    (study / "model").symlink_to(folder / "outside")
    return study


def hostile_names(folder: Path) -> Path:
    """Put markup and signs that move a cursor into names of the report."""
    study = whole_study(folder)
    record = load_record(study)
    first = replace(record.ranking[0], label=_HOSTILE, reason=_HOSTILE)
    data = replace(record.dataset, name=_HOSTILE, target=_HOSTILE, features=(_HOSTILE,))
    hostile = replace(
        record, dataset=data, ranking=(first, *record.ranking[1:]), command=_HOSTILE,
        notes=(_HOSTILE,),
    )  # fmt: skip
    (study / "report.json").write_text(to_json(hostile), encoding="utf-8")
    return study


# -- databases and data ---------------------------------------------------------------------------


def damaged_database(folder: Path) -> Path:
    """Write a database and overwrite its middle."""
    path = _database(folder)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    return path


def newer_database(folder: Path) -> Path:
    """Write a database of Optuna whose tables a later version made."""
    path = _database(folder)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0.a'")
        connection.execute("UPDATE version_info SET schema_version = 99")
    return path


def foreign_database(folder: Path) -> Path:
    """Write a database of another program."""
    path = folder / "shop.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    return path


def pickled_data(folder: Path) -> Path:
    """Write a .pt that runs a program when it is loaded."""
    path = folder / "data.pt"
    path.write_bytes(_torch_archive("data.pkl"))
    return path


def pickled_table(folder: Path) -> Path:
    """Call a pickle that runs a program .csv."""
    path = folder / "data.csv"
    path.write_bytes(pickle.dumps(_Touch(), protocol=0))
    return path


# -- journals -------------------------------------------------------------------------------------


def torn_journal(folder: Path) -> Path:
    """Cut off the last line of a journal."""
    return _journal(folder, b'{"key":"c","val')


def nul_journal(folder: Path) -> Path:
    """Let a journal end in zeros, as some file systems leave it after a power cut."""
    return _journal(folder, bytes(4096))


def optuna_journal(folder: Path) -> Path:
    """Put a line of Optuna's own journal into ours."""
    return _journal(folder, b'{"op_code": 4, "worker_id": "x", "study_id": 0}\n')


def pickled_journal(folder: Path) -> Path:
    """Put a pickle that runs a program into a journal."""
    return _journal(folder, pickle.dumps(_Touch(), protocol=0).replace(b"\n", b"") + b"\n")


def journal_of_null(folder: Path) -> Path:
    """Put a line of JSON that is no object into a journal."""
    return _journal(folder, b"null\n")


# -- checks ---------------------------------------------------------------------------------------


def whole_study_is_read(study: Path) -> None:
    """Every command that loads a study reads it."""
    for words in _loaders(study):
        assert _asked(words).exit_code == 0, words


def unread_metadata_change_nothing(study: Path) -> None:
    """Predictions are made, and nothing of the metadata is shown."""
    done = _asked(("predict", str(study), "airpassengers"))

    assert done.exit_code == 0
    assert done.stdout.startswith("series,step,Passengers\n")
    assert "script" not in done.output


def every_loader_refuses(study: Path) -> None:
    """Whichever command loads the weights says so in one line, and runs nothing in them."""
    recipes = (
        weights_of_pickle, weights_of_torch, weights_of_script, huge_weights_header,
        overlapping_weights, weights_outside, huge_weights_shape, weights_of_other_shape,
        weights_missing, weights_not_finite, weights_of_other_study, weights_folder, huge_network,
        newer_network, linked_model,
    )  # fmt: skip
    for recipe in recipes:
        shutil.rmtree(study)
        shutil.rmtree(study.parent / "outside", ignore_errors=True)
        recipe(study.parent)
        for words in _loaders(study):
            done = _asked(words)
            assert (recipe, done.exit_code) == (recipe, 2), done.output
            assert done.stderr.count("\n") == 1
            assert done.stderr.startswith("Error: ")
            assert not (study.parent / "exported").exists()
            assert not Path("marker").exists()


def names_are_shown_harmlessly(study: Path) -> None:
    """Each form of the report shows names without live markup and control characters."""
    for how in ("table", "markdown", "html"):
        done = _asked(("show", str(study), "--format", how))
        live = re.sub(r"(?ms)^```$.*?^```$", "", done.stdout)  # what is no code in Markdown

        assert done.exit_code == 0
        assert how == "table" or "<script>alert" not in live
        assert not {"\x1b", "\u202e"} & set(done.stdout)
        assert "alert(1)" in done.stdout


def torn_line_is_dropped(path: Path) -> None:
    """What was whole is kept, what was cut off is gone, and the journal says so."""
    journal = Journal(path)

    assert journal.torn
    assert dict(journal.items()) == {"a": {"loss": 1.0}, "b": {"loss": 2.0}}
    assert path.read_bytes().endswith(b"}\n")


def foreign_line_is_refused(path: Path) -> None:
    """The file is named with the line, nothing is changed, and nothing is run."""
    before = path.read_bytes()
    with pytest.raises(StudyError, match=r"journal\.jsonl, line 3: not a journal entry"):
        Journal(path)

    assert path.read_bytes() == before
    assert not Path("marker").exists()


def nothing_is_written_outside(study: Path) -> None:
    """A link that leads out is refused, and what it leads to stays as it was."""
    done = _asked(("resume", str(study), "--quiet"))

    assert done.exit_code == 2
    assert "journal.jsonl must be a plain file of the study" in done.stderr
    assert (study.parent / "outside").read_text(encoding="utf-8") == "mine"


def password_is_not_shown(study: Path) -> None:
    """Neither a refusal nor what is written holds the password of an address."""
    words = ("recommend", "airpassengers", "--task", "forecasting", "--horizon", "6", "--storage")
    for url in (
        "postgresql://me:hunter2pass@127.0.0.1:9/db", "mysql://me:hunter2pass@h/db",
        "postgresql://me:hunter2pass@h:x/db", "nosuch://me:hunter2pass@h/db?password=hunter2pass",
    ):  # fmt: skip
        done = _asked((*words, url))

        assert done.exit_code == 2
        assert "hunter2pass" not in done.output
    request = Request(source="x", task="forecasting", storage="postgresql://me:hunter2pass@h/db")
    assert "hunter2pass" not in repr(request) + json.dumps(request.to_dict())
    assert list(study.glob("*.db")) == []


def odd_names_stay_inside(folder: Path) -> None:
    """Whatever a study is called, its folder is one in studies."""
    for name in ("../../x", "/etc/x", "<script>", "..", "a/b\\c", "\x1b[31m", "CON:"):
        made = _folder_name("data", "forecasting", name)

        assert Path(made).name == made
        assert re.fullmatch(r"[\w-][\w.-]*", made)
    assert folder.is_dir()


class _Touch:
    """Makes a folder here when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("marker",))


def _asked(words: tuple[str, ...]) -> Result:
    done = CliRunner().invoke(cli, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def _loaders(study: Path) -> tuple[tuple[str, ...], ...]:
    """Return the commands that load the weights of a study."""
    out = str(study.parent / "exported")
    return (
        ("predict", str(study), "airpassengers"),
        ("export", str(study), "--format", "torch", "--out", out, "--force"),
        ("export", str(study), "--format", "onnx", "--out", f"{out}.onnx", "--force"),
    )


def _with_weights(folder: Path, data: bytes) -> Path:
    """Write a study with these bytes as its weights, and nothing that tells of others."""
    study = whole_study(folder)
    (study / "model" / "weights.safetensors").write_bytes(data)
    description = study / "model" / "architecture.json"
    found = json.loads(description.read_text(encoding="utf-8"))
    del found["weights_sha256"]
    description.write_text(json.dumps(found), encoding="utf-8")
    return study


def _database(folder: Path) -> Path:
    """Write a database with a study of Optuna."""
    path = folder / "studies.db"
    with quiet():
        storage = RDBStorage(f"sqlite:///{path}")
        optuna.create_study(storage=storage)
        storage.engine.dispose()
    return path


@functools.cache
def _usual_weights(folder: Path) -> bytes:
    place = folder / "usual"
    place.mkdir()
    return (whole_study(place) / "model" / "weights.safetensors").read_bytes()


def _with_tensors(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]
) -> Path:
    return _with_weights(folder, save_tensors(change(load_tensors(_usual_weights(folder)))))


def _with_header(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Write a study whose weights have another header, over the same bytes."""
    data = _usual_weights(folder)
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return _with_weights(folder, struct.pack("<Q", len(text)) + text + data[8 + size :])


def _edited(folder: Path, file: str, *keys: str | int, to: object) -> Path:
    """Write a study with another value in one of its files."""
    study = whole_study(folder)
    path = study / file
    whole = found = json.loads(path.read_text(encoding="utf-8"))
    for key in keys[:-1]:
        found = found[key]
    found[keys[-1]] = to
    path.write_text(json.dumps(whole), encoding="utf-8")
    return study


def _torch_archive(pickled: str, *others: str) -> bytes:
    """Return what torch.save or torch.jit.save writes, with a pickle that runs a program."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"archive/{pickled}", pickle.dumps(_Touch(), protocol=2))
        archive.writestr("archive/version", "3\n")
        for name in others:
            archive.writestr(f"archive/{name}", "import os\nos.mkdir('marker')\n")
    return file.getvalue()


def _journal(folder: Path, tail: bytes) -> Path:
    """Write a journal of two entries, and what stands behind them."""
    path = StudyFolder(folder).journal
    journal = Journal(path)
    journal.put("a", {"loss": 1.0})
    journal.put("b", {"loss": 2.0})
    with path.open("ab") as file:
        file.write(tail)
    return path
