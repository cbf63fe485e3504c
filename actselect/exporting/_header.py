"""The comment on top of generated code: verdict, scores, and what goes in and comes out."""

from __future__ import annotations

import shlex

from actselect.exporting._flavour import own_names, torch_refuses
from actselect.exporting._meaning import meaning
from actselect.exporting._python import comment
from actselect.exporting._source import Source
from actselect.model_files import WEIGHTS
from actselect.optimiser import CLIP_NORM
from actselect.report.wording import INTERVAL, Scale


def header(source: Source, flavour: str, *, beside: bool) -> str:
    """Return the comment.

    Args:
        source: the study.
        flavour: ``torch`` or ``actselect``.
        beside: whether weights and scaling lie beside the module, and not in the study.
    """
    told = meaning(source)
    weights = str(source.folder.model / WEIGHTS)
    if beside:
        told = meaning(source, numbers="config.json", words="scaling.known of config.json")
        weights = "the file beside this one"
    parts = [
        [headline(source)],
        [f"Verdict: {source.record.verdict.sentence}", *scores(source)],
        [_training(source, told.loss), _needs(source, flavour)],
        [f"Inputs: {told.inputs}", f"Outputs: {told.outputs}", *_lengths(source)],
        [
            f"Network() has fresh weights, drawn as in the study; load_trained() reads {weights}.",
            (
                "From data to predictions: actselect predict "
                f"{shlex.quote(str(source.folder.path))} DATA"
            ),
            f"The study was made by: {source.record.command}",
        ],
    ]
    blocks = ("\n".join(comment(line, hang="  ") for line in part) for part in parts)
    return "\n#\n".join(blocks)


def headline(source: Source) -> str:
    """Return what this is, in a sentence."""
    record = source.record
    by = f"actselect {record.actselect_version}"
    what = f"what {by} recommends"
    if record.verdict.kind == "baseline":
        what = f"the best recurrent network that {by} found"
    return f"{source.architecture.label}: {what} for {record.dataset.name} ({record.task})."


def scores(source: Source) -> list[str]:
    """Return the validation and the test score, each in a sentence, as far as there are any."""
    record, row = source.record, source.row
    scale, metric = Scale.of(record), record.metric.name
    better = "lower" if record.metric.direction == "minimize" else "higher"
    found = []
    if row is not None:
        found.append(
            f"Validation: {metric} {scale.both(row.validation)} ({INTERVAL}, "
            f"{row.validation.repeats} repeats; {better} is better)."
        )
    tested, baseline = record.test.recommended, record.test.baseline
    if tested is not None:
        text = f"Test: {metric} {scale.both(tested)}"
        if baseline is not None:
            text += f"; best baseline, {baseline.label}: {scale.text(baseline.mean)}"
        found.append(f"{text}.")
    return found


def _training(source: Source, loss: str) -> str:
    rate = "" if source.row is None else f" at learning rate {source.row.learning_rate:g}"
    return f"Trained by Adam{rate}, gradients clipped to norm {CLIP_NORM:g}; loss: {loss}."


def _needs(source: Source, flavour: str) -> str:
    if flavour == "torch":
        return "Plain PyTorch: needs torch and safetensors, not actselect."
    text = "Needs actselect"
    if (reason := torch_refuses(source.architecture)) is not None:
        text += f": {reason}"
    names = [name for part in own_names(source.architecture) for name in part]
    if names:
        text += (
            f". Import the module that registers {', '.join(names)} before the network is built: "
            "see below"
        )
    return f"{text}."


def _lengths(source: Source) -> list[str]:
    if not source.ragged:
        return []
    return [
        (
            "Shorter sequences are padded on the right, and lengths (B,) int64 says how many steps "
            "each has, at least 1; without it all have T."
        )
    ]
