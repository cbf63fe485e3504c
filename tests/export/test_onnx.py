"""ONNX files, run by onnxruntime beside the network, at batches and lengths of all kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from actselect import activations
from actselect.artifact import load_artifact
from actselect.encoders import Captions
from actselect.exceptions import RunError, UsageError
from actselect.exporting import export
from actselect.exporting._onnx import IR_VERSION, OPSET
from actselect.exporting._onnx._check import check
from actselect.exporting._onnx._graph import Graph
from actselect.exporting._onnx._network import arrays, network
from actselect.exporting._onnx._pointwise import ACTIVATIONS, CELLS
from actselect.exporting._source import read

FEATURES = Captions(size=20, embedding=4, vector=5, picture=(7,))
FAST = [
    (("lstm", "tanh/sigmoid", "softplus/hard_sigmoid>tanh"), {"bidirectional": True}),
    (("gru", "softsign/sigmoid", "mish/elliott"), {"task": "tagging", "head_activation": "gelu"}),
    (("mgu", "gelu/sigmoid"), {"task": "text-classification", "bidirectional": True}),
    (("indrnn", "sin", "relu"), {"task": "event-forecasting"}),
    (("rnn", "relu", "penalized_tanh"), {"task": "forecasting", "bidirectional": True}),
    (("gru", "tanh/sigmoid"), {"task": "captioning"}),
]
SLOW = [
    *(((cell, gates), {"task": task})
      for cell, gates in (("rnn", "tanh"), ("lstm", "tanh/sigmoid"), ("gru", "elu/hard_sigmoid"),
                          ("mgu", "tanh/elliott"), ("indrnn", "leaky_relu"))
      for task in ("forecasting", "regression", "tagging", "language-modeling", "captioning",
                   "sequence-to-sequence", "text-classification", "event-forecasting")),
    *((("rnn", name), {"bidirectional": True}) for name in ACTIVATIONS),
    (("lstm", "silu/sigmoid", "tanh/sigmoid"), {"task": "captioning", "encoder": FEATURES}),
]  # fmt: skip


def session_of(content: bytes) -> Any:
    """Return what runs a file; it must load without a warning on stderr."""
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def compare(study: Path, file: Path) -> None:
    """Run file and network on two sequences of eleven steps, the second shorter, and compare."""
    session = session_of(file.read_bytes())
    model = load_artifact(study / "model").model.double()
    model.recurrent.backend = "reference"
    random, given = np.random.default_rng(5), {}
    for one in session.get_inputs():
        sizes = {"batch": 2, "time": 11}
        shape = [sizes.get(size, size) for size in one.shape]
        if one.name == "lengths":
            given[one.name] = np.array([11, 4])
        elif one.type == "tensor(int64)":
            given[one.name] = random.integers(0, 20, shape)
        else:
            given[one.name] = random.normal(size=shape).astype(np.float32)
    found = dict(
        zip([o.name for o in session.get_outputs()], session.run(None, given), strict=True)
    )
    tensors = {
        name: torch.from_numpy(array).double() if array.dtype == np.float32 else
        torch.from_numpy(array) for name, array in given.items()
    }  # fmt: skip
    states = [tensors[name].unbind(0) for name in ("h", "c") if name in tensors]
    inputs = next(tensors[name] for name in ("inputs", "symbols", "words") if name in tensors)
    with torch.no_grad():
        outputs, after = model.run(
            inputs, tensors.get("lengths"), tensors.get("pictures"),
            list(zip(*states, strict=True)) if states else None,
        )  # fmt: skip
    torch.testing.assert_close(
        torch.from_numpy(found["outputs"]).double(), outputs, atol=1e-5, rtol=1e-5
    )
    for name, column in zip(("h_after", "c_after"), zip(*after, strict=True), strict=False):
        if name in found:
            wanted = torch.stack(column)
            torch.testing.assert_close(
                torch.from_numpy(found[name]).double(), wanted, atol=1e-5, rtol=1e-5
            )


@pytest.mark.parametrize(
    ("names", "options"), [*FAST, *(pytest.param(*c, marks=pytest.mark.slow) for c in SLOW)]
)
def test_a_file_answers_as_the_network_at_any_batch_and_length(
    planted: Any, tmp_path: Path, names: tuple[str, ...], options: dict[str, Any]
) -> None:
    """Each sequence from its own last step, and states are handed on where a network writes."""
    study = planted(*names, **options)
    done = export(study, form="onnx", out=tmp_path / "network.onnx")

    assert "any batch size and any number of steps" in done.summary
    compare(study, tmp_path / "network.onnx")


def test_activations_are_those_of_the_catalogue() -> None:
    """Every built-in activation, in ONNX's operators, is the same function from -30 to 30."""
    graph = Graph()
    for name, apply in ACTIVATIONS.items():
        graph.rename(apply(graph, "x"), name)
    of = helper.make_tensor_value_info
    proto = helper.make_model(
        graph.proto(
            "all",
            [of("x", TensorProto.FLOAT, ["n"])],
            [of(name, TensorProto.FLOAT, ["n"]) for name in ACTIVATIONS],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    x = torch.linspace(-30, 30, 601)
    found = session_of(proto.SerializeToString()).run(None, {"x": x.numpy()})

    assert set(ACTIVATIONS) == {n for n, s in activations.activations().items() if s.source}
    for name, values in zip(ACTIVATIONS, found, strict=True):
        wanted = activations.get_activation(name).function(x.double())
        torch.testing.assert_close(
            torch.from_numpy(values).double(), wanted, atol=2e-6, rtol=2e-6, msg=name
        )
    assert {"rnn", "lstm", "gru", "mgu", "indrnn"} == set(CELLS)


def test_operators_of_onnx_are_used_where_they_know_the_activations(
    planted: Any, tmp_path: Path
) -> None:
    """LSTM is LSTM; what only a formula expresses is a Scan."""
    kinds = {}
    for names in (("lstm", "tanh/sigmoid"), ("gru", "softsign/sigmoid"), ("lstm", "tanh/elliott")):
        file = tmp_path / "-".join(names).replace("/", "-")
        export(planted(*names), form="onnx", out=file)
        kinds[names] = {node.op_type for node in onnx.load(file).graph.node}

    assert "LSTM" in kinds["lstm", "tanh/sigmoid"]
    assert "GRU" in kinds["gru", "softsign/sigmoid"]
    assert "Scan" in kinds["lstm", "tanh/elliott"]


def test_the_file_says_what_it_reads(planted: Any, tmp_path: Path) -> None:
    """Scaling, columns and shapes are in its metadata."""
    file = tmp_path / "network.onnx"
    export(planted("gru", "tanh/sigmoid", task="language-modeling"), form="onnx", out=file)
    told = {entry.key: entry.value for entry in onnx.load(file).metadata_props}

    assert json.loads(told["scaling"]) == {"known": ["the", "dog"]}
    assert "zeros to begin with" in told["states"]
    assert "padded on the right" in told["lengths"]
    assert told["inputs"].startswith("(B, T) int64.")
    assert told["checked"].startswith("with onnxruntime")


def test_a_file_that_answers_otherwise_is_not_accepted(planted: Any) -> None:
    """One recurrent weight that is slightly off is enough."""
    source = read(planted("gru", "tanh/elliott"))
    weights = arrays({name: tensor.numpy() for name, tensor in source.weights().items()})
    weights["recurrent.weight_hh_l0"] = weights["recurrent.weight_hh_l0"] + np.float32(0.01)
    wrong = helper.make_model(
        network(source, weights), opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )  # fmt: skip
    model = load_artifact(source.folder.model).model
    with pytest.raises(RunError, match="nothing was written"):
        check(source, model, wrong.SerializeToString())


def test_an_activation_of_ones_own_is_refused(planted: Any, tmp_path: Path) -> None:
    """With the formats that can do it, and without a file."""
    activations.register_activation("halved", lambda x: 0.5 * torch.tanh(x), low=-1, high=1)
    try:
        study = planted("rnn", "halved")
        with pytest.raises(UsageError, match=r"this network has halved\. Use --format code"):
            export(study, form="onnx", out=tmp_path / "x.onnx")
    finally:
        activations._table.pop("halved")
    assert not (tmp_path / "x.onnx").exists()
