"""Tagging: one tag for each step of a sequence, of words or of numbers.

Notation: N sequences, S steps of all of them, K tags; B sequences in a batch, T steps; E examples
asked for.

Words are read with their parts, see ``_vocabulary.py``.  Where tags are spans (BIO, IOB1, BIOES),
what counts is the F1 of whole spans, by the rules of conlleval (``metrics/spans.py``); else the
share of steps whose tag is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from actselect import baselines
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.encoders import Encoder, Numbers, Symbols
from actselect.exceptions import DataError, UsageError
from actselect.metrics import spans
from actselect.records import AnswerExample, FloatArray, IntArray, MetricRecord
from actselect.tasks import _sequences
from actselect.tasks._base import (
    Baseline,
    Batch,
    Fold,
    Network,
    Scaled,
    Task,
    TaskBaseline,
    of_kind,
    series_names,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._evaluation import outputs
from actselect.tasks._shown import MOST_ANSWERS, Showing, Shown, tagged
from actselect.tasks._tags import COUNTS, Judge, span_notes
from actselect.tasks._texts import TextInputs, required_texts
from actselect.tasks._vocabulary import (
    LEAST,
    MOST_WORDS,
    PARTS,
    Vocabulary,
    full_notes,
    occurrences,
    size_for,
)

METRICS: Final[Mapping[str, MetricRecord]] = {
    "span_f1": MetricRecord(name="span_f1", direction="maximize", rate=True),
    "token_accuracy": MetricRecord(name="token_accuracy", direction="maximize", rate=True),
}
EMBEDDING: Final = 64
IGNORED: Final = -100  # what cross_entropy leaves out: steps that do not exist


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledTagging(Scaled):
    """Sequences with their tags; ``judge`` is None where tags are not known."""

    inputs: TextInputs | _sequences.ScaledInputs
    lengths: IntArray
    judge: Judge | None

    @property
    def sizes(self) -> IntArray:
        """Steps of each sequence."""
        return self.lengths

    def batch(self, examples: IntArray) -> Batch:
        """Return inputs (B, T, ...), lengths (B,) if any, and tags (B, T), IGNORED where padded."""
        inputs, lengths = self.inputs.gather(examples)
        targets = torch.full(inputs.shape[:2], IGNORED, dtype=torch.int64)
        if self.judge is not None:
            exists = np.arange(inputs.shape[1]) < self.lengths[examples][:, None]
            targets[torch.from_numpy(exists)] = torch.from_numpy(self.judge.true(examples))
        return Batch(inputs=inputs, lengths=lengths, targets=targets)

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy over all steps of outputs (B, T, K)."""
        return functional.cross_entropy(
            output.flatten(0, 1), targets.flatten(), ignore_index=IGNORED
        )

    def tags(self, network: Network, examples: IntArray, width: int) -> IntArray:
        """Return the tags that a network gives, one after the other."""
        ends = np.cumsum(self.lengths[examples])
        found = np.empty(int(ends[-1]), dtype=np.int64)
        for positions, batch, output in outputs(network, self, examples, width):
            chosen = output.argmax(-1).numpy()
            lengths = self.lengths[examples[positions]]
            exists = np.arange(batch.inputs.shape[1]) < lengths[:, None]
            first = np.repeat(ends[positions] - lengths, lengths)
            within = np.arange(len(first)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            found[first + within] = chosen[exists]
        return found

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what is right in a network's tags, (E, COUNTS)."""
        if self.judge is None:
            raise ValueError("there are no true tags to compare with")
        width = len(self.judge.answers.lexicon)
        return self.judge.counts(self.tags(network, examples, width), examples)

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``known``, the vocabulary; of numbers ``mean`` and ``scale``, (1, F)."""
        if isinstance(self.inputs, TextInputs):
            return self.inputs.vocabulary.state()
        return {"mean": self.inputs.mean, "scale": self.inputs.scale}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaggingTask(Task):
    """Sequences to a tag at every step; made by :func:`bind`.

    Bidirectional networks are allowed: the whole sequence is known before it is tagged.

    Args:
        judge: the tags.
        groups: (N,) sequences with the same number stay on one side of a split.
    """

    name: ClassVar[str] = "tagging"
    metrics: ClassVar[Mapping[str, MetricRecord]] = METRICS
    bidirectional_allowed: ClassVar[bool] = True
    every: ClassVar[bool] = True
    most_steps: ClassVar[int] = 32
    hidden_size: ClassVar[int] = 64

    dataset: SequenceDataset
    metric: MetricRecord
    encoder: Encoder
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]
    truncation: int | None = None
    judge: Judge
    groups: IntArray

    @property
    def facts(self) -> Mapping[str, Any]:
        """The tags, in the order of a network's outputs."""
        return {"tags": list(self.judge.answers.lexicon)}

    @property
    def _strata(self) -> IntArray:
        """Whether a sequence has any tag but the most frequent one: so that spans are spread."""
        answers = self.judge.answers
        plain = np.bincount(answers.codes).argmax()
        other = np.add.reduceat((answers.codes != plain).astype(np.int64), self.judge.starts)
        return (other > 0).astype(np.int64)

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part, or 20 %, groups kept whole."""
        return _sequences.split_test(self.dataset, self._strata, self.groups, seed)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Resample 70 % train, 10 % stop, 20 % score."""
        return _sequences.resample(
            self.dataset.validation, development, self._strata, self.groups, repeat, seed
        )

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on, or the user's own parts."""
        return _sequences.refit(
            self.dataset.validation, development, self._strata, self.groups, seed
        )

    def scaled(self, train: IntArray) -> ScaledTagging:
        """Choose the vocabulary, or fit mean and scale, on these sequences."""
        texts = self.dataset.tokens
        if texts is None:
            return self._scaled(_sequences.fit_inputs(self.dataset, train))
        vocabulary = Vocabulary.fit(
            texts.lexicon, occurrences(texts, train), most=MOST_WORDS, least=LEAST, parts=True
        )
        return self._scaled(TextInputs.of(texts, vocabulary))

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledTagging:
        """Return the sequences with a saved vocabulary, or saved statistics."""
        return self._scaled(_inputs(self.dataset, state))

    def _scaled(self, inputs: TextInputs | _sequences.ScaledInputs) -> ScaledTagging:
        return ScaledTagging(inputs=inputs, lengths=self.dataset.lengths, judge=self.judge)

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return the F1 of spans, or the share of tags that are right, of counts (E, COUNTS)."""
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        total = finite_predictions(predictions, (len(examples), COUNTS)).sum(axis=0)
        if name == "span_f1":
            return spans.f1(total[:3].astype(np.int64))
        return float(total[3] / total[4])

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return counts of the true tags; of all replaced in every second example; of all replaced.

        Where there are no spans their F1 is 0 whatever is found, so the three are alike.
        """
        del order
        true = self.judge.true(examples)
        right, wrong = (self.judge.counts((true + k) % self.output_size, examples) for k in (0, 1))
        if self.metric.name == "span_f1" and not right[:, 2].any():
            return right, right, right
        return right, np.where(np.arange(len(examples))[:, None] % 2, right, wrong), wrong

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the group of each example, or the example itself."""
        return self.groups[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return each token's most frequent tag; of numbers the most frequent tag of all."""
        name = "most frequent tag" if self.dataset.tokens is None else "most frequent tag per token"
        return (TaskBaseline(name=name, kind=TaggingTask, function=_most_frequent),)

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return the tags, wanted and given, of the first words (or steps) of some sequences."""
        chosen, texts = how.some(examples, MOST_ANSWERS), self.dataset.tokens
        found = of_kind(scaled, ScaledTagging).tags(network, chosen, self.output_size)
        ends = np.cumsum(self.dataset.lengths[chosen])[:-1]
        names, answers = self.judge.answers.lexicon, []
        for i, given in zip(chosen.tolist(), np.split(found, ends), strict=True):
            steps = map(str, range(1, len(given) + 1))
            words = tuple(steps) if texts is None else texts.text(i)
            shown = series_names(self.dataset)[i] if texts is None else how.text(words)
            wanted = tagged(words, self.judge.answers.text(i))
            answer = tagged(words, [names[k] for k in given])
            answers.append(AnswerExample(shown=shown, wanted=(wanted,), answer=answer))
        return Shown(answers=tuple(answers))


def _most_frequent(task: TaggingTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.concatenate([fold.train, fold.stop])
    tags, texts = task.judge.true(train), task.dataset.tokens
    if texts is None:
        tag = baselines.fit_majority_tag(tags, task.output_size)
        steps = range(int(task.dataset.lengths[examples].sum()))
        return task.judge.counts(tag(steps), examples)
    known = texts.take(train).codes.astype(np.int64)
    model = baselines.fit_most_frequent_tag(known, tags, len(texts.lexicon), task.output_size)
    return task.judge.counts(model(texts.take(examples).codes.astype(np.int64)), examples)


def _inputs(
    dataset: SequenceDataset, state: Mapping[str, npt.NDArray[np.generic]]
) -> TextInputs | _sequences.ScaledInputs:
    if "known" in state:
        return TextInputs.of(required_texts(dataset), Vocabulary.restored(state, parts=True))
    mean, scale = (np.asarray(state[name], dtype=np.float64) for name in ("mean", "scale"))
    return _sequences.scale_inputs(dataset, mean, scale)


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledTagging, IntArray]:
    """Return new sequences with what was saved, and the examples to predict: all."""
    del facts
    scaled = ScaledTagging(inputs=_inputs(dataset, state), lengths=dataset.lengths, judge=None)
    return scaled, np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series``, ``step``, ``token`` (of words), and the tag, a row a step."""
    scaled, examples = unlabelled(dataset, state, facts)
    tags = scaled.tags(network, examples, len(facts["tags"]))
    steps = np.arange(len(tags)) - np.repeat(dataset.offsets[:-1], dataset.lengths)
    frame = pd.DataFrame(
        {"series": np.repeat(series_names(dataset), dataset.lengths), "step": steps + 1}
    )
    if dataset.tokens is not None:
        frame["token"] = np.array(dataset.tokens.lexicon, dtype=object)[dataset.tokens.codes]
    return frame.assign(**{facts["target"]: np.array(facts["tags"])[tags]})


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> TaggingTask:
    """Return the task of tagging every step of each sequence of the data set.

    Args:
        dataset: words or numbers, with as many tags for answers as there are steps.
        metric: ``span_f1`` (default where tags are spans) or ``token_accuracy``.

    Raises:
        UnknownNameError: there is no such metric.
        UsageError: spans were asked for and tags are none.
        DataError: tags are missing, all alike, or of no clear scheme.

    >>> data = SequenceDataset(
    ...     name="toy", values=np.zeros((3, 0)), lengths=np.array([2, 1]), feature_names=("token",),
    ...     tokens=Tokens.of([["Ann", "sat"], ["sit"]]), answers=Tokens.of([["N", "V"], ["V"]]),
    ...     answer_of=np.array([0, 1]))
    >>> bind(data).metric.name
    'token_accuracy'
    """
    answers = _tags(dataset)
    judge = Judge.of(answers)
    if metric is None and judge.spans is None:
        metric = "token_accuracy"
    record = chosen_metric(METRICS, metric)
    if record.name == "span_f1" and judge.spans is None:
        raise UsageError(
            "The metric span_f1 needs tags such as B-PER, I-PER and O. Got "
            f"{', '.join(answers.lexicon[:3])}. Use the metric token_accuracy."
        )
    texts = dataset.tokens
    encoder: Encoder = Numbers(width=dataset.values.shape[1])
    notes = span_notes(judge)
    if texts is not None:
        size = size_for(texts, most=MOST_WORDS, least=LEAST, parts=True)
        notes += full_notes(size, MOST_WORDS)
        encoder = Symbols(size=size, width=EMBEDDING, per_step=PARTS)
    return TaggingTask(
        dataset=dataset,
        metric=record,
        encoder=encoder,
        output_size=len(answers.lexicon),
        n_examples=len(dataset),
        length=int(np.median(dataset.lengths)),
        notes=notes,
        judge=judge,
        groups=_sequences.group_codes(dataset),
    )


def _tags(dataset: SequenceDataset) -> Tokens:
    """Return the tags, checked: one for each step, of at least two kinds."""
    answers = dataset.answers
    where = f"{dataset.name}, target {dataset.target_name!r}"
    if answers is None or not np.array_equal(answers.lengths, dataset.lengths):
        raise DataError(
            wanted="a tag for each step",
            got="none" if answers is None else "another number of tags than of steps",
            where=where,
            todo="Name the column of tags as target.",
        )
    if len(answers.lexicon) < 2:
        raise DataError(
            wanted="at least two different tags",
            got=f"only {answers.lexicon[0]!r}",
            where=where,
            todo="Choose another target.",
        )
    spans.check_tags(answers.lexicon, where)
    return answers
