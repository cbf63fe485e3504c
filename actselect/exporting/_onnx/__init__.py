"""A recommended network as an ONNX file, checked before it is written.

Every cell and activation of the catalogue, with any batch size and any number of steps: as ONNX's
own operator where that knows the activations, else as a Scan over the cell's formula.
"""

from __future__ import annotations

import json
from pathlib import Path

import onnx
from onnx import helper

from actselect import __version__
from actselect.artifact import load_artifact
from actselect.exporting._meaning import meaning
from actselect.exporting._onnx._check import Agreement, check
from actselect.exporting._onnx._network import arrays, network
from actselect.exporting._onnx._pointwise import refuse_unknown
from actselect.exporting._source import Source
from actselect.exporting._torch import listed_scaling
from actselect.files import write_atomically

OPSET = 18  # of December 2022: what onnxruntime 1.14 and later read
IR_VERSION = 8
LENGTHS = "input lengths (batch,) int64: steps of each sequence, which is padded on the right"
STATE = (
    "inputs h (and c of an LSTM) (layers, batch, units) float32: zeros to begin with, h_after and "
    "c_after of the run before to go on"
)


def write_onnx(source: Source, file: Path) -> Agreement:
    """Write the network to ``file``, unless it answers otherwise than the network.

    Raises:
        UsageError: a cell or an activation is the user's own.
        StudyError: the study holds no model.
        RunError: file and network do not agree; nothing is written.
    """
    refuse_unknown(source.architecture)
    model = load_artifact(source.folder.model).model
    weights = arrays({name: tensor.numpy() for name, tensor in source.weights().items()})
    proto = helper.make_model(
        network(source, weights),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="actselect",
        producer_version=__version__,
    )
    onnx.checker.check_model(proto)
    found = check(source, model, proto.SerializeToString())
    helper.set_model_props(proto, _properties(source, found))
    write_atomically(file, proto.SerializeToString())
    return found


def _properties(source: Source, found: Agreement) -> dict[str, str]:
    """Return what the file says about itself: ``metadata_props``."""
    place = "the entry scaling of this file's metadata"
    told = meaning(source, numbers=place, words=f"known in {place}")
    shapes = ", ".join(f"{batch} x {steps}" for batch, steps in found.shapes)
    return {
        "architecture": source.architecture.label,
        "task": source.task,
        "verdict": source.record.verdict.sentence,
        "inputs": told.inputs,
        "outputs": told.outputs,
        "features": json.dumps(list(source.features)),
        "facts": json.dumps(source.facts),
        "scaling": json.dumps(listed_scaling(source)),
        "shapes": "any batch size and any number of steps",
        "lengths": LENGTHS if source.ragged else "all sequences have all steps",
        "states": STATE if source.writes else "none",
        "checked": f"with onnxruntime at batch x steps {shapes}: difference {found.difference:.1e}",
    }
