"""Names from data and from a study of somebody else cannot become code of an exported module."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from actselect import activations
from actselect.activations import register_activation
from actselect.exceptions import StudyError
from actselect.exporting import export

Planted = Callable[..., Path]
HOSTILE = (
    "x\nimport os; os.system('id')",
    '"""\nimport os\n"""',
    "'\"\\",
    "a\\",
    "{os.system('id')}",
    "coding: utf-7 +AAo-import os+AAo-",
    "-*- coding=utf-7 -*- +AAo-import os+AAo-",
    "\r\x0c\x0b\x85\u2028import os",
    "\u202e\u2066 # x",
    "lone \x00 \x1b[31m",
    "long " * 300,
)


def shape(text: str) -> str:
    """Return the structure of a module, as Python reads the file, without its constants."""
    tree = ast.parse(text.encode())
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


def code(study: Path, **options: str) -> str:
    """Return the module that an export gives."""
    found = export(study, **options).code  # type: ignore[arg-type]
    assert found is not None
    return found


def described(study: Path, **changes: object) -> None:
    """Change what a study says of its network."""
    file = study / "model" / "architecture.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes), encoding="utf8")


@pytest.mark.parametrize("flavour", ["torch", "actselect", "keras"])
@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_data_stay_in_comments(planted: Planted, name: str, flavour: str) -> None:
    """Of the data set, its columns and classes: the module is that of plain names."""
    plain, hostile = (planted("gru", "tanh/sigmoid", dataset=one) for one in ("sales", name))
    described(
        hostile, features=[name, "y", "z"], target=name,
        facts={"classes": [name, "b", "c", "d"], "several": False},
    )  # fmt: skip
    text = code(hostile, flavour=flavour)

    assert shape(code(plain, flavour=flavour)) == shape(text)
    assert re.search(r"coding[:=]", text) is None
    assert set(text) & set("\r\x0b\x0c\x1b\x85\u2028\u202e\u2066\x00") == set()


@pytest.fixture
def own() -> Iterator[tuple[str, ...]]:
    """Activations of the user's, with names that are no identifiers."""
    names = ('x", [1, 2], "' + "y" * 30, "a[b, c]" + "d" * 60, "q'\"\\\n#")
    for name in names:
        register_activation(name, lambda x: 0.5 * torch.tanh(x), low=-0.5, high=0.5)
    yield names
    for name in names:
        del activations._table[name]


def test_registered_names_are_literals(planted: Planted, own: tuple[str, ...]) -> None:
    """In layers and in the head, however long the line is."""
    found = ast.parse(code(planted("indrnn", *own, head_activation=own[0])).encode())
    plain = ast.parse(code(planted("indrnn", "tanh", "relu", "elu", head_activation="tanh")))
    texts = {node.value for node in ast.walk(found) if isinstance(node, ast.Constant)}
    calls = {ast.unparse(node.func) for node in ast.walk(found) if isinstance(node, ast.Call)}
    usual = {ast.unparse(node.func) for node in ast.walk(plain) if isinstance(node, ast.Call)}

    assert set(own) <= texts
    assert calls - usual <= {"get_activation", "get_activation(own).function"} | {
        name for name in calls if name.startswith("get_activation(")
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_size": "5\nimport os"},
        {"hidden_size": True},
        {"bidirectional": "os"},
        {"layers": [{"activation": 7}]},
    ],
)
def test_sizes_that_are_no_numbers_are_refused(
    planted: Planted, changes: dict[str, object]
) -> None:
    """They would stand in the code as they are."""
    study = planted("gru", "tanh/sigmoid")
    file = study / "model" / "architecture.json"
    described(study, architecture=json.loads(file.read_text())["architecture"] | changes)

    with pytest.raises(StudyError, match="is damaged"):
        export(study)


@pytest.mark.parametrize(
    ("task", "part", "change"),
    [
        ("forecasting", "facts", {"lookback": "9)\nimport os"}),
        ("forecasting", "encoder", {"width": "3)\nimport os"}),
        ("text-classification", "encoder", {"per_step": "1"}),
    ],
)
def test_sizes_of_inputs_that_are_no_numbers_are_refused(
    planted: Planted, task: str, part: str, change: dict[str, object]
) -> None:
    """The same of the encoder, and of what the task noted."""
    study = planted("gru", "tanh/sigmoid", task=task)
    file = study / "model" / "architecture.json"
    described(study, **{part: json.loads(file.read_text())[part] | change})

    with pytest.raises(StudyError, match="is damaged"):
        export(study)


def test_onnxruntime_does_not_report_its_use() -> None:
    """It makes up its mind when it is loaded."""
    source = (Path(export.__code__.co_filename).parent / "_onnx").glob("*.py")
    loading = [path.name for path in source if "\nimport onnxruntime" in path.read_text()]

    assert loading == ["_runtime.py"]
