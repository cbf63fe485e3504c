"""What a data set is loaded for: the task, and the options that decide how its source is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self, final

from actselect.data.tokenizing import Tokenizer, tokenizer_for
from actselect.exceptions import UsageError

TEXT_TASKS = (
    "text-classification",
    "language-modeling",
    "tagging",
    "captioning",
    "sequence-to-sequence",
)
"""Tasks whose sequences or answers are texts."""

MULTILABEL_TASKS = ("classification", "text-classification")
"""Tasks in which a sequence may have several labels."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a source is read for.

    Args:
        task: one of :data:`actselect.data.TASKS`.
        tokenizer: what texts are split into; None where the task has no choice.
        format: the format of files; None lets their names and content decide.
        images: folder of images, or .npz file of their features (captioning).
        multilabel: a sequence has a set of labels.
        predict: targets are not read.
        parts: a split column is respected; False for test data, which are one part themselves.
    """

    task: str
    tokenizer: Tokenizer | None = None
    format: str | None = None
    images: Path | None = None
    multilabel: bool = False
    predict: bool = False
    parts: bool = True

    @classmethod
    def of(
        cls,
        task: str,
        *,
        tokenizer: str | Path | None = None,
        format: str | None = None,  # noqa: A002 - the user's word
        images: str | Path | None = None,
        multilabel: bool = False,
        predict: bool = False,
    ) -> Self:
        """Return the question, checked.

        Raises:
            UsageError: an option does not fit the task.
            DataError: the tokenizer.json is none.
        """
        if multilabel and task not in MULTILABEL_TASKS:
            raise UsageError(
                f"The 'multilabel' parameter of load is for {' and '.join(MULTILABEL_TASKS)}. "
                f"Leave it out for {task}."
            )
        if images is not None and task != "captioning":
            raise UsageError(
                f"The 'images' parameter of load is for captioning. Leave it out for {task}."
            )
        return cls(
            task=task,
            tokenizer=tokenizer_for(tokenizer, task),
            format=format,
            images=None if images is None else Path(images).expanduser(),
            multilabel=multilabel,
            predict=predict,
            parts=not predict,
        )

    @property
    def text(self) -> bool:
        """True where sequences or answers are texts."""
        return self.task in TEXT_TASKS

    @property
    def splits(self) -> Tokenizer:
        """The tokenizer of a task that has one."""
        if self.tokenizer is None:
            raise AssertionError(f"{self.task} splits no texts")
        return self.tokenizer
