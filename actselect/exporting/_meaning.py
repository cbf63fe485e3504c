"""What the numbers that go into a network and come out of it mean, in words, for each task.

Notation: B sequences, T steps, F features, M symbols a step, K outputs, H horizon, Q levels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

from actselect.encoders import Captions, Numbers
from actselect.exporting._source import Source

MOST_NAMES: Final = 12  # names of columns and classes that are listed
SYMBOLS: Final = (
    "Symbol 0 is padding, 1 unknown, 2 begin, 3 end, and 4 + i the i-th entry of the study's "
    "vocabulary ({words})."
)
PARTS: Final = (
    "A step is a word and its parts, M = 9 symbols: the word in lower case, its last 1 to 4 and "
    "first 1 to 3 letters, its shape; 0 for a part that is missing or unknown."
)
STANDARD: Final = (
    "Numbers are (value - mean) / scale, with scaling.mean and scaling.scale of {numbers}, one for "
    "each feature; a missing value is 0."
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Sentences about inputs, outputs and training.

    Args:
        inputs: what goes in, shape first.
        outputs: what comes out, shape first.
        loss: what the study trained with.
    """

    inputs: str
    outputs: str
    loss: str


def meaning(
    source: Source,
    *,
    numbers: str = "the study's model/weights.safetensors",
    words: str = "scaling_text.known of the study's model/architecture.json",
) -> Meaning:
    """Return what the network of a study reads, answers and was trained with.

    Args:
        source: the study.
        numbers: where the reader finds the scaling.
        words: where the reader finds the vocabulary.
    """
    outputs, loss = _ANSWERS[source.task](source)
    inputs = _inputs(source).replace("{numbers}", numbers).replace("{words}", words)
    return Meaning(inputs=inputs, outputs=outputs, loss=loss)


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Return names in order, the last of many left out.

    >>> listed(["a", "b"])
    'a, b'
    """
    shown = ", ".join(list(names)[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown}, ... ({len(names)} in all)"


def _inputs(source: Source) -> str:
    encoder, task = source.encoder, source.task
    if isinstance(encoder, Captions):
        shape = ", ".join(str(size) for size in encoder.picture)
        pixels = "bytes from 0 to 255 as float32"
        if len(encoder.picture) == 1:
            pixels = (
                "features, (value - mean) / scale with scaling.mean and scaling.scale of {numbers}"
            )
        return f"words (B, T) int64, pictures (B, {shape}) {pixels}. {SYMBOLS}"
    if not isinstance(encoder, Numbers):
        shape = "(B, T)" if encoder.per_step == 1 else f"(B, T, {encoder.per_step})"
        return f"{shape} int64. {SYMBOLS}" + ("" if encoder.per_step == 1 else f" {PARTS}")
    columns = f"(B, T, {encoder.width}) float32, features in this order: {listed(source.features)}."
    if task == "forecasting":
        return (
            f"{columns} T is {source.facts['lookback']}, the steps before those to forecast. "
            "Numbers are (value - mean) / scale of their series, with scaling.mean and "
            "scaling.scale of {numbers} (a row a series, a column a feature); then "
            "the target, the first feature, is counted from its last value in the window. A "
            "missing value is the last known one before it."
        )
    if task == "event-forecasting":
        return f"{columns} 1 where an event happens at a step, else 0."
    return f"{columns} {STANDARD}"


def _forecast(source: Source) -> tuple[str, str]:
    horizon, levels = source.facts["horizon"], source.facts.get("quantiles")
    width = f"(B, {source.output_size})"
    what = f"{width}: the next {horizon} steps of {source.target}"
    if levels:
        what += f", for each step the quantiles {', '.join(f'{q:g}' for q in levels)}"
    loss = "smooth absolute error, torch.nn.SmoothL1Loss(beta=0.1)"
    if levels:
        loss = "pinball loss"
    elif source.record.metric.name == "rmse":
        loss = "squared error"
    how = "value = (output + last) * scale + mean, last being the target's last standardised value"
    return f"{what}; {how}.", loss


def _labels(source: Source) -> tuple[str, str]:
    classes = listed(source.facts["classes"])
    if source.facts["several"]:
        return (
            (
                f"(B, {source.output_size}): logits of the labels {classes}; sigmoid makes them "
                "probabilities."
            ),
            "binary cross-entropy, torch.nn.BCEWithLogitsLoss()",
        )
    weighted = source.task == "classification" and source.record.metric.name == "macro_f1"
    loss = "cross-entropy, torch.nn.CrossEntropyLoss()"
    if weighted:
        loss = "cross-entropy, weighted by class (scaling.weights)"
    return (
        (
            f"(B, {source.output_size}): logits of the classes {classes}; softmax makes them "
            "probabilities."
        ),
        loss,
    )


def _number(source: Source) -> tuple[str, str]:
    absolute = source.record.metric.name == "mae"
    return (
        f"(B, 1): {source.target}; value = output * scaling.target[1] + scaling.target[0].",
        "smooth absolute error, torch.nn.SmoothL1Loss(beta=0.1)" if absolute else "squared error",
    )


def _tags(source: Source) -> tuple[str, str]:
    return (
        (
            f"(B, T, {source.output_size}): at every step logits of the tags "
            f"{listed(source.facts['tags'])}."
        ),
        "cross-entropy of every step",
    )


def _next_symbol(source: Source) -> tuple[str, str]:
    what = {
        "language-modeling": "Feed 2 (begin), then the text.",
        "captioning": "Feed 2 (begin), then what was written so far, until 3 (end) is likeliest.",
        "sequence-to-sequence": (
            "Feed the source, 2 (begin), then what was written so far, until 3 (end) is likeliest."
        ),
    }[source.task]
    return (
        f"(B, T, {source.output_size}): at every step logits of the next symbol. {what}",
        "cross-entropy of the next symbol",
    )


def _events(source: Source) -> tuple[str, str]:
    return (
        (
            f"(B, T, {source.output_size}): at every step logits of the events of the next step, "
            f"{listed(source.facts['events'])}; sigmoid makes them probabilities."
        ),
        "binary cross-entropy, torch.nn.BCEWithLogitsLoss()",
    )


_ANSWERS: Final[Mapping[str, Callable[[Source], tuple[str, str]]]] = MappingProxyType(
    {
        "forecasting": _forecast,
        "classification": _labels,
        "text-classification": _labels,
        "regression": _number,
        "tagging": _tags,
        "language-modeling": _next_symbol,
        "captioning": _next_symbol,
        "sequence-to-sequence": _next_symbol,
        "event-forecasting": _events,
    }
)
