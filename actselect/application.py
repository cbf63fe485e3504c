"""What the network that a study recommends can be used for: predict, write text, be exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from actselect import exporting
from actselect.artifact import load_artifact, prediction_frame, sampled
from actselect.data import Source, load
from actselect.exceptions import DataError, UsageError
from actselect.folder import StudyFolder
from actselect.request import Request


def predict(
    study: str | Path,
    data: Source,
    *,
    beam: int = 1,
    **columns: Any,
) -> pd.DataFrame:
    """Use a study's recommended network on new data.

    Args:
        study: its folder.
        data: of the same form as the study's data; targets may be missing.
        beam: hypotheses kept while captions or answers are written; 1 is greedy.
        columns: ``time``, ``series``, ``images`` and the like where they differ from the study's.

    Returns:
        One row per sequence: label and class probabilities, number, caption, answer, what the text
        costs, or the probability of each event at the next step; forecasting: one row per series
        and step ahead; tagging: one row per step.

    Raises:
        StudyError: the study holds no model.
        DataError: the data do not fit it.
    """
    if beam < 1:
        raise UsageError(f"beam must be at least 1. Got {beam}.")
    folder = StudyFolder.open(study)
    artifact = load_artifact(folder.model)
    request = Request.from_dict(folder.read_settings()["request"])
    dataset = load(data, task=request.task, predict=True, **{**request.columns, **columns})
    wanted, got = artifact.facts["features"], dataset.feature_names
    if len(wanted) != len(got):
        raise DataError(
            wanted=f"{len(wanted)} features: {', '.join(wanted)}",
            got=f"{len(got)}: {', '.join(got)}",
            where=dataset.name,
            todo="Give the columns the network was trained on.",
        )
    return prediction_frame(artifact, dataset, beam=beam, tokenizer=request.tokenizer)


def export(
    study: str | Path,
    *,
    format: str = "code",  # noqa: A002 - the user's word
    flavour: str = "auto",
    out: str | Path | None = None,
    force: bool = False,
) -> exporting.Exported:
    """Bring the network that a study recommends into your own code.

    Args:
        study: its folder.
        format: ``"code"``, a PyTorch module with a loader of the trained weights; ``"torch"``, a
            folder with weights, config.json and that module; ``"onnx"``, a file.
        flavour: of the code: ``"torch"`` for plain PyTorch, ``"actselect"`` for layers of
            ``actselect.nn``, ``"keras"``; ``"auto"`` is torch where it has the activations.
        out: file (code, onnx) or folder (torch) to write; code may do without.
        force: replace what is there.

    Returns:
        The code, where there is some, and what was written; as text, the one or the other.

    Raises:
        UsageError: an argument is wrong, or the network cannot be expressed so.
        StudyError: there is no finished study.
        MissingExtraError: ONNX is not installed.
        RunError: the ONNX file does not answer as the network does; it is not written.
    """
    return exporting.export(study, form=format, flavour=flavour, out=out, force=force)


def sample(
    study: str | Path,
    length: int,
    *,
    start: str = "",
    temperature: float = 0.8,
    random_state: int = 0,
) -> str:
    """Let a study's language model write.

    Args:
        study: its folder.
        length: characters or words to write.
        start: text that it goes on from.
        temperature: 0 always takes the likeliest; 1 follows the model's own probabilities.
        random_state: same seed, same text.

    Raises:
        StudyError: the study holds no model.
        UsageError: it is no language model, or an argument is out of range.
    """
    if length < 1:
        raise UsageError(f"length must be at least 1. Got {length}.")
    if not 0 <= temperature < float("inf"):
        raise UsageError(f"temperature must not be negative. Got {temperature}.")
    folder = StudyFolder.open(study)
    artifact = load_artifact(folder.model)
    request = Request.from_dict(folder.read_settings()["request"])
    if request.task != "language-modeling":
        raise UsageError(f"Only language models write by themselves; this study is {request.task}.")
    return start + sampled(artifact, length, start, temperature, request.tokenizer, random_state)
