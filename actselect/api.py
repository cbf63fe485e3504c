"""The public functions: recommend, resume, predict, load_report."""

from __future__ import annotations

import re
import time as time_module
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd

from actselect import clock, exporting
from actselect.artifact import load_artifact, prediction_frame, sampled
from actselect.data import Source, load
from actselect.data.dataset import SequenceDataset
from actselect.data.saved import load_saved, save_dataset
from actselect.exceptions import DataError, StudyError, UsageError
from actselect.fingerprint import check_fingerprint, fingerprint
from actselect.folder import STUDIES, StudyFolder
from actselect.model import RecurrentModel
from actselect.planning import Match
from actselect.progress import make_progress
from actselect.records import RankedRecord, ReportRecord, VerdictRecord
from actselect.report import load as load_record
from actselect.report import save as save_record
from actselect.request import Request
from actselect.stages import Stages
from actselect.storage_url import absolute, redacted


@final
class Report:
    """The answer of a study.

    Args:
        record: everything that the report says.
        path: the study folder; None for a report without one.
    """

    def __init__(self, record: ReportRecord, path: Path | None) -> None:
        self.record = record
        self.path = path

    @property
    def verdict(self) -> VerdictRecord:
        """The verdict: kind, sentence, margin, confidence, what more evidence would cost."""
        return self.record.verdict

    @property
    def ranking(self) -> tuple[RankedRecord, ...]:
        """Confirmed architectures, best first."""
        return self.record.ranking

    @property
    def best(self) -> RankedRecord:
        """The recommended architecture: the one that was refitted, tested and saved."""
        tested = self.record.test.recommended
        label = tested.label if tested is not None else self.record.ranking[0].label
        return next(row for row in self.record.ranking if row.label == label)

    def to_frame(self) -> pd.DataFrame:
        """Return the ranking as a frame, one row per architecture."""
        rows = [
            {
                "rank": row.rank,
                "tier": row.tier,
                "architecture": row.label,
                "hidden_size": row.architecture.hidden_size,
                "learning_rate": row.learning_rate,
                "mean": row.validation.mean,
                "low": row.validation.low,
                "high": row.validation.high,
                "repeats": row.validation.repeats,
                "probability_best": row.probability_best,
                "parameters": row.parameters,
                "train_ms_per_step": row.train_ms_per_step,
                "infer_ms_per_sequence": row.infer_ms_per_sequence,
                "diverged": row.diverged,
                "reason": row.reason,
            }
            for row in self.record.ranking
        ]
        return pd.DataFrame(rows)

    def save(self, path: str | Path, *, language: str = "en") -> None:
        """Write report.json, report.md and report.html into a folder, the latter in a language."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        save_record(self.record, folder, language=language)

    def build_model(self) -> RecurrentModel:
        """Return the recommended network with its trained weights.

        Raises:
            StudyError: the study folder, and so the weights, are not at hand.
        """
        if self.path is None:
            raise StudyError("This report was loaded without its study folder: no weights.")
        return load_artifact(StudyFolder(self.path).model).model

    def __repr__(self) -> str:
        return f"<Report: {self.verdict.sentence}>"


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


def load_report(path: str | Path) -> Report:
    """Load the report of a study folder, or a report.json.

    Raises:
        StudyError: there is none, or it is damaged or from another version.
    """
    place = Path(path)
    folder = place if place.is_dir() else place.parent
    return Report(load_record(place), folder if StudyFolder(folder).model.exists() else None)


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


def _clock_of(started: float | None) -> float:
    """Return the time of a study's clock that a wall time just before was."""
    passed = 0.0 if started is None else time_module.time() - started
    return clock.now() - max(0.0, passed)


def _tuple(values: Sequence[Any] | None) -> tuple[Any, ...] | None:
    if isinstance(values, str):
        raise UsageError(f"A list of names was wanted; got the text {values!r}.")
    return None if values is None else tuple(values)


def _absolute(source: object) -> str:
    """Return a path that stays right when the working folder changes, or a built-in name as it
    is.
    """
    return str(Path(str(source)).resolve()) if Path(str(source)).exists() else str(source)


def _folder_name(data: str, task: str, name: str | None) -> str:
    text = name if name is not None else f"{data}-{task}"
    return re.sub(r"[^\w.-]+", "_", text).strip("._") or "study"


def _reloaded(request: Request, folder: StudyFolder, name: str) -> SequenceDataset:
    if request.source is None or folder.data.exists():
        return load_saved(folder.data, name)
    dataset = load(
        request.source, task=request.task, test_data=request.test_data,
        validation_data=request.validation_data, **request.columns,
    )  # fmt: skip
    return replace(dataset, name=name)
