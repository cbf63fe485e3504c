"""The public functions: recommend and resume, and what one does with a finished study."""

from __future__ import annotations

import re
import time as time_module
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from actselect import clock
from actselect.answer import Report, load_report
from actselect.application import export, predict, sample
from actselect.data import Source, load
from actselect.data.dataset import SequenceDataset
from actselect.data.saved import load_saved, save_dataset
from actselect.exceptions import StudyError, UsageError
from actselect.fingerprint import check_fingerprint, fingerprint
from actselect.folder import STUDIES, StudyFolder
from actselect.planning import Match
from actselect.progress import make_progress
from actselect.request import Request
from actselect.stages import Stages
from actselect.storage_url import absolute, redacted

__all__ = ["Report", "export", "load_report", "predict", "recommend", "resume", "sample"]

MOST_PASSED = 120.0  # seconds from the start of a process until here; more: the clock was set
MAX_NAME = 80  # characters: of three bytes each they still fit the name of a file
LIMITS = {"name": MAX_NAME, "out": 4000}


def recommend(
    data: Source,
    y: Sequence[Any] | np.ndarray[Any, Any] | pd.Series | None = None,
    *,
    task: str,
    target: str | None = None,
    time: str | None = None,
    series: str | None = None,
    group: str | None = None,
    groups: Sequence[Any] | None = None,
    lengths: Sequence[int] | None = None,
    features: Sequence[str] | None = None,
    horizon: int | None = None,
    lookback: int | None = None,
    period: int | None = None,
    quantiles: Sequence[float] | None = None,
    test_data: Source | None = None,
    validation_data: Source | None = None,
    tokenizer: str | Path | None = None,
    images: str | Path | None = None,
    multilabel: bool = False,
    format: str | None = None,  # noqa: A002 - the user's word
    metric: str | None = None,
    space: str = "small",
    cells: Sequence[str] | None = None,
    activations: Sequence[str] | None = None,
    recurrent_activations: Sequence[str] | None = None,
    output_activations: Sequence[str] | None = None,
    head_activations: Sequence[str] | None = None,
    depths: Sequence[int] | None = None,
    mix: bool | None = None,
    bidirectional: bool | None = None,
    match: Match = "parameters",
    hidden_size: int | None = None,
    budget: str = "5m",
    epochs_budget: int | None = None,
    workers: int | None = None,
    random_state: int = 0,
    margin: float | None = None,
    check_aa: bool = False,
    storage: str | None = None,
    backend: str = "auto",
    language: str = "en",
    name: str | None = None,
    out: str | Path | None = None,
    executor: str | Executor = "local",
    reopen_test: bool = False,
    progress: str = "auto",
    command: str | None = None,
    started: float | None = None,
) -> Report:
    """Say which cell, activations and depth suit these sequences, and how sure that is.

    Args:
        data: a file or folder, a built-in name, a frame, an array (N, T, F) or (N, T), or a list of
            arrays (T_i, F) or texts; see :func:`actselect.data.load`.
        y: (N,) targets, for arrays; for texts what belongs to each.
        task: one of ``actselect list tasks``.
        target: column to predict.
        time: column that orders the steps.
        series: column that names the sequence a row belongs to.
        group: column whose groups stay on one side of every split.
        groups: (N,) the same, for arrays.
        lengths: (N,) valid steps of padded arrays.
        features: input columns; all by default.
        horizon: steps to forecast.
        lookback: steps a forecast looks back.
        period: steps of a season; found when not given.
        quantiles: levels to forecast, such as (0.1, 0.5, 0.9), instead of one value.
        test_data: a test part of your own, of the same form as ``data``.
        validation_data: a part of your own to stop training and to screen by.
        tokenizer: ``"words"``, ``"characters"``, or the path of a tokenizer.json.
        images: captioning: folder of the images, or an .npz file with features of them.
        multilabel: classification: a sequence has a set of labels.
        format: format of the files, where their names and content mislead.
        metric: see ``actselect list metrics``.
        space: ``"small"`` or ``"full"``.
        cells: cells to search; replaces the space's own, as do the next five.
        activations: candidate activations.
        recurrent_activations: gate activations.
        output_activations: cell state activations, or ``"same"``.
        head_activations: activations of the head's hidden layer; ``"identity"``: none.
        depths: numbers of layers.
        mix: whether layers may differ in their activation.
        bidirectional: whether both directions are searched.
        match: ``"parameters"`` or ``"hidden"``: what all architectures have equal.
        hidden_size: of the one-layer LSTM that sets the size of everything else; the task's own by
            default.
        budget: wall time of everything, such as ``"5m"``.
        epochs_budget: training epochs instead of time; makes the run deterministic.
        workers: processes; all cores by default, 0 for none beside this one.
        random_state: the root seed.
        margin: differences below it do not matter; in the metric's unit.
        check_aa: also let a duplicate of the default compete, unseen, and report how often the
            verdict makes false claims on these data.
        storage: URL of a database for Optuna's study instead of ``study.db``, such as
            ``postgresql://user@host/database``; a password in it is not written down.
        backend: what runs the recurrent layers of all architectures: ``"native"`` (compiled
            kernels), ``"bptt"`` or ``"reference"``; ``"auto"`` takes the first that can do it.
        language: of report.html and report.md: ``"en"`` or ``"zh"``; report.json is in English.
        name: of the study.
        out: its folder; ``studies/<name>`` by default.
        executor: where trainings run: ``"local"``, ``"dask://host:port"``, or any
            ``concurrent.futures.Executor``, which is not shut down and runs ``workers`` jobs at
            once; the report does not depend on it.
        reopen_test: allow a second look at the same test part; the report will say so.
        progress: ``"auto"`` or ``"quiet"``.
        command: shown in the report as the way to rerun it.
        started: when the budget's clock started (``time.time()``); now by default.

    Returns:
        The report; its folder holds the rest.

    Raises:
        DataError: the data cannot be used as asked.
        UsageError: an argument is wrong.
        StudyError: the folder is taken, or the test part was opened before.
        RunError: the run failed.
    """
    for argument, value in (("name", name), ("out", out)):
        if value is not None and not 0 < len(str(value)) <= LIMITS[argument]:
            raise UsageError(
                f"{argument} must have from 1 to {LIMITS[argument]} characters. "
                f"Got {len(str(value))}."
            )
    began = _clock_of(started)
    in_memory = not isinstance(data, str | Path)
    request = Request(
        source=None if in_memory else _absolute(data),
        task=task,
        target=target,
        time=time,
        series=series,
        group=group,
        features=_tuple(features),
        horizon=horizon,
        lookback=lookback,
        period=period,
        quantiles=_tuple(quantiles),
        test_data=None if test_data is None or in_memory else _absolute(test_data),
        validation_data=(
            None if validation_data is None or in_memory else _absolute(validation_data)
        ),
        tokenizer=None if tokenizer is None else _absolute(tokenizer),
        images=None if images is None else _absolute(images),
        multilabel=multilabel,
        format=format,
        metric=metric,
        space=space,
        cells=_tuple(cells),
        activations=_tuple(activations),
        recurrent_activations=_tuple(recurrent_activations),
        output_activations=_tuple(output_activations),
        head_activations=_tuple(head_activations),
        depths=_tuple(depths),
        mix=mix,
        bidirectional=bidirectional,
        match=match,
        hidden_size=hidden_size,
        budget=budget,
        epochs_budget=epochs_budget,
        workers=workers,
        random_state=random_state,
        margin=margin,
        check_aa=check_aa,
        storage=None if storage is None else absolute(storage),
        backend=backend,
        language=language,
    )
    dataset = load(
        data, task=task, y=y, groups=groups, lengths=lengths, test_data=test_data,
        validation_data=validation_data, **request.columns,
    )  # fmt: skip
    dataset = dataset if name is None else replace(dataset, name=name)
    path = Path(out) if out is not None else STUDIES / _folder_name(dataset.name, task, name)
    shown = command or f"actselect.recommend(..., task={task!r}, random_state={random_state})"
    shown = redacted(shown, storage)
    stages = Stages(
        request, dataset, started=began, progress=make_progress(progress), command=shown,
        executor=executor,
    )  # fmt: skip
    settings = {"request": stages.request.to_dict(), "sha256": dataset.sha256, "name": dataset.name,
                "command": shown, **fingerprint(stages.space)}  # fmt: skip
    held = [part for part in (data, test_data, validation_data) if part is not None]
    from_files = all(isinstance(part, str | Path) for part in held)
    stages.check_disk(path, data=not from_files)
    folder = StudyFolder.create(
        path,
        settings,
        sha256=dataset.sha256,
        reopen=reopen_test,
        save=None if from_files else partial(save_dataset, dataset),
    )
    with folder.locked():
        return Report(stages.run(folder), folder.path)


def resume(
    study: str | Path,
    *,
    workers: int | None = None,
    executor: str | Executor = "local",
    storage: str | None = None,
    progress: str = "auto",
    started: float | None = None,
) -> Report:
    """Continue a study that was cut off; what was finished is not done again.

    Args:
        study: its folder.
        workers: processes; as asked when the study began by default.
        executor: where trainings run from now on; see :func:`recommend`.
        storage: where its storage is now, or its URL with the password, which is not kept.
        progress: ``"auto"`` or ``"quiet"``.
        started: when the budget's clock goes on; now by default.

    Raises:
        StudyError: there is no study, or its data, its search space or the versions of actselect,
            torch and optuna have changed, or another process runs it.
    """
    began = _clock_of(started)
    folder = StudyFolder.open(study)
    if folder.report.exists():
        return load_report(folder.path)
    settings = folder.read_settings()
    request = Request.from_dict(settings["request"])
    if workers is not None:
        request = replace(request, workers=workers)
    if storage is not None:
        request = replace(request, storage=absolute(storage))
    dataset = _reloaded(request, folder, settings["name"])
    if dataset.sha256 != settings["sha256"]:
        raise StudyError(
            f"The data of {folder.path} have changed since the study began ({request.source}). "
            "Bring the old data back, or start a new study."
        )
    stages = Stages(
        request,
        dataset,
        started=began,
        progress=make_progress(progress),
        command=settings["command"],
        executor=executor,
    )
    check_fingerprint(settings, fingerprint(stages.space), folder.path)
    with folder.locked():
        return Report(stages.run(folder), folder.path)


def _clock_of(started: float | None) -> float:
    """Return the time of a study's clock that a wall time just before was."""
    passed = 0.0 if started is None else time_module.time() - started
    return clock.now() - min(max(0.0, passed), MOST_PASSED)


def _tuple(values: Sequence[Any] | None) -> tuple[Any, ...] | None:
    if isinstance(values, str):
        raise UsageError(f"A list of names was wanted; got the text {values!r}.")
    return None if values is None else tuple(values)


def _absolute(source: object) -> str:
    """Return a path that stays right when the working folder changes, or a built-in name as it
    is.
    """
    try:
        there = Path(str(source)).exists()
    except OSError:  # such as a name that is too long
        there = False
    return str(Path(str(source)).resolve()) if there else str(source)


def _folder_name(data: str, task: str, name: str | None) -> str:
    text = name if name is not None else f"{data[: MAX_NAME - 30]}-{task}"
    return re.sub(r"[^\w.-]+", "_", text).strip("._") or "study"


def _reloaded(request: Request, folder: StudyFolder, name: str) -> SequenceDataset:
    if request.source is None or folder.data.exists():
        return load_saved(folder.data, name)
    dataset = load(
        request.source, task=request.task, test_data=request.test_data,
        validation_data=request.validation_data, **request.columns,
    )  # fmt: skip
    return replace(dataset, name=name)
