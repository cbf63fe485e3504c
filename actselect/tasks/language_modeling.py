"""Language modelling: the next character or word of a text.

Notation: N documents, S tokens of all of them, E passages; V symbols; B passages in a batch, T
tokens.

The score is what a text costs: bits per character, or the perplexity of a token.  Of words, a
character count is that of the word and one separator.  Unknown words count as one word.
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
from actselect.encoders import Encoder, Symbols
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray, MetricRecord
from actselect.tasks import _sequences
from actselect.tasks._base import (
    Baseline,
    Batch,
    Fold,
    Network,
    Scaled,
    Task,
    TaskBaseline,
    series_names,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._evaluation import outputs
from actselect.tasks._passages import MANY, Passages, last_part, passages_of
from actselect.tasks._texts import required_texts
from actselect.tasks._truncation import truncation_note
from actselect.tasks._vocabulary import (
    BEGIN,
    FIRST,
    PADDING,
    UNKNOWN,
    Vocabulary,
    occurrences_of,
)

METRICS: Final[Mapping[str, MetricRecord]] = {
    "bits_per_character": MetricRecord(name="bits_per_character", direction="minimize"),
    "perplexity": MetricRecord(name="perplexity", direction="minimize"),
}
IGNORED: Final = -100
MOST_STOP: Final = 32  # passages: enough to see when to stop
MOST_SCORED: Final = 128
LN2: Final = float(np.log(2.0))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """What follows from what a token is.

    Args:
        passage: tokens of a passage at most.
        truncation: tokens after which gradients are cut off.
        most: symbols that are known at most.
        least: occurrences below which a token stays unknown.
        width: numbers for each symbol.
        order: of the n-gram to beat.
        metric: the default.
    """

    passage: int
    truncation: int
    most: int
    least: int
    width: int
    order: int
    metric: str


CHARACTERS: Final = Grain(
    passage=1024, truncation=64, most=1000, least=2, width=32, order=6, metric="bits_per_character"
)
WORDS: Final = Grain(
    passage=256, truncation=32, most=10_000, least=2, width=64, order=3, metric="perplexity"
)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledText(Scaled):
    """Passages in symbols.

    Args:
        codes: (S,) entries of the lexicon, perhaps mapped from a file.
        passages: where examples are.
        vocabulary: what is known.
        table: (L,) symbol of each entry of the lexicon.
        characters: (L,) characters of each entry.
    """

    codes: npt.NDArray[np.unsignedinteger]
    passages: Passages
    vocabulary: Vocabulary
    table: IntArray
    characters: IntArray

    @property
    def sizes(self) -> IntArray:
        """Tokens of each passage."""
        return self.passages.lengths

    def batch(self, examples: IntArray) -> Batch:
        """Return the symbols before (B, T), lengths (B,) if any, and the symbols (B, T)."""
        starts, lengths = self.passages.starts[examples], self.passages.lengths[examples]
        step = np.arange(int(lengths.max()))
        exists = step < lengths[:, None]
        index = np.where(exists, starts[:, None] + step, 0)
        targets = self.table[self.codes[index]]
        before = np.empty_like(targets)
        before[:, 1:] = targets[:, :-1]
        lead = self.table[self.codes[np.maximum(starts - 1, 0)]]
        before[:, 0] = np.where(self.passages.first[examples], BEGIN, lead)
        ragged = int(lengths.min()) < len(step)
        return Batch(
            inputs=torch.from_numpy(np.where(exists, before, PADDING)),
            lengths=torch.from_numpy(lengths) if ragged else None,
            targets=torch.from_numpy(np.where(exists, targets, IGNORED)),
        )

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy of a token, of outputs (B, T, V)."""
        return functional.cross_entropy(
            output.flatten(0, 1), targets.flatten(), ignore_index=IGNORED
        )

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return nats, tokens and characters of each passage, (E, 3)."""
        rows = self.sizes_of(examples)
        width = len(self.vocabulary.known)
        for positions, batch, output in outputs(network, self, examples, width):
            nats = functional.cross_entropy(
                output.transpose(1, 2), batch.targets, ignore_index=IGNORED, reduction="none"
            )
            rows[positions, 0] = nats.double().sum(1).numpy()
        return rows

    def sizes_of(self, examples: IntArray) -> FloatArray:
        """Return rows (E, 3) with zero nats, tokens, and characters."""
        rows = np.zeros((len(examples), 3))
        for row, (start, length) in enumerate(
            zip(self.passages.starts[examples], self.passages.lengths[examples], strict=True)
        ):
            rows[row, 1:] = length, self.characters[self.codes[start : start + length]].sum()
        return rows

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``known``, the vocabulary."""
        return self.vocabulary.state()


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LanguageModelingTask(Task):
    """Texts to their next token; made by :func:`bind`.

    Bidirectional networks are not allowed: they would see what they are to foretell.
    """

    name: ClassVar[str] = "language-modeling"
    metrics: ClassVar[Mapping[str, MetricRecord]] = METRICS
    bidirectional_allowed: ClassVar[bool] = False
    every: ClassVar[bool] = True
    most_steps: ClassVar[int] = 128
    hidden_size: ClassVar[int] = 128

    dataset: SequenceDataset
    metric: MetricRecord
    encoder: Encoder
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]
    truncation: int | None
    texts: Tokens
    passages: Passages
    grain: Grain

    @property
    def facts(self) -> Mapping[str, Any]:
        """Whether tokens are characters."""
        return {"characters": self.grain == CHARACTERS}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part; a fifth of many documents; the last tenth of a few."""
        document = self.passages.document
        if self.dataset.test is None and len(self.dataset) < MANY:
            last = last_part(self.passages, len(self.dataset))
            return np.flatnonzero(~last), np.flatnonzero(last)
        strata = np.zeros(len(self.dataset), dtype=np.int64)
        chosen = _sequences.split_test(self.dataset, strata, np.arange(len(strata)), seed)
        development, test = (np.flatnonzero(np.isin(document, part)) for part in chosen)
        return development, test

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Deal blocks: 70 % train, 10 % stop, 20 % score; of the last two evenly spaced ones.

        What is left of the stopping part is trained on.
        """
        fold = _sequences.resample(
            self._by_passage, development, np.zeros(len(self.passages), dtype=np.int64),
            self.passages.blocks, repeat, seed,
        )  # fmt: skip
        return _thinned(fold)

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Stop on a few passages of development, train on the rest."""
        strata = np.zeros(len(self.passages), dtype=np.int64)
        return _thinned(
            _sequences.refit(self._by_passage, development, strata, self.passages.blocks, seed)
        )

    @property
    def _by_passage(self) -> npt.NDArray[np.bool_] | None:
        """The user's own validation part, by passage."""
        given = self.dataset.validation
        return None if given is None else given[self.passages.document]

    def scaled(self, train: IntArray) -> ScaledText:
        """Choose the vocabulary from these passages."""
        counts = np.zeros(len(self.texts.lexicon), dtype=np.int64)
        for start, length in zip(
            self.passages.starts[train], self.passages.lengths[train], strict=True
        ):
            counts += occurrences_of(self.texts.codes[start : start + length], len(counts))
        grain = self.grain
        return self._scaled(
            Vocabulary.fit(self.texts.lexicon, counts, most=grain.most, least=grain.least)
        )

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledText:
        """Return the texts in the symbols of a saved vocabulary."""
        return self._scaled(Vocabulary.restored(state, parts=False))

    def _scaled(self, vocabulary: Vocabulary) -> ScaledText:
        return scaled_text(self.texts, self.passages, vocabulary, self.grain)

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return bits per character, or the perplexity of a token, of rows (E, 3)."""
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        nats, tokens, characters = finite_predictions(predictions, (len(examples), 3)).sum(axis=0)
        if name == "perplexity":
            return float(np.exp(min(nats / tokens, 700.0)))
        return float(nats / LN2 / characters)

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return rows of tokens foretold for sure; as if all were alike; and worse than that."""
        del order
        sizes = self._scaled(Vocabulary(known=())).sizes_of(examples)
        cost = np.zeros_like(sizes)
        cost[:, 0] = sizes[:, 1] * np.log(self.output_size)
        return sizes, sizes + cost, sizes + 2 * cost

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the document of each passage, or its stretch of one."""
        return self.passages.blocks[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return how frequent tokens are, and an interpolated n-gram."""
        table = {"unigram": _unigram, f"{self.grain.order}-gram": _ngram}
        return tuple(
            TaskBaseline(name=name, kind=LanguageModelingTask, function=function)
            for name, function in table.items()
        )


def _thinned(fold: Fold) -> Fold:
    """Keep evenly spaced passages to stop on and to score on; train on the rest of the former."""
    stop = fold.stop[:: -(-len(fold.stop) // MOST_STOP)]
    rest = np.setdiff1d(fold.stop, stop)
    score = fold.score[:: max(1, -(-len(fold.score) // MOST_SCORED))]
    return Fold(train=np.sort(np.concatenate([fold.train, rest])), stop=stop, score=score)


def scaled_text(
    texts: Tokens, passages: Passages, vocabulary: Vocabulary, grain: Grain
) -> ScaledText:
    """Look up every entry of the lexicon."""
    extra = 0 if grain == CHARACTERS else 1
    return ScaledText(
        codes=texts.codes,
        passages=passages,
        vocabulary=vocabulary,
        table=vocabulary.table(texts.lexicon)[:, 0],
        characters=np.array([len(entry) + extra for entry in texts.lexicon], dtype=np.int64),
    )


def _unigram(task: LanguageModelingTask, fold: Fold, examples: IntArray) -> FloatArray:
    return _counted(task, fold, examples, 1)


def _ngram(task: LanguageModelingTask, fold: Fold, examples: IntArray) -> FloatArray:
    return _counted(task, fold, examples, task.grain.order)


def _counted(task: LanguageModelingTask, fold: Fold, examples: IntArray, order: int) -> FloatArray:
    """Count n-grams in runs of passages that stand together, and score runs in the same way."""
    train = np.sort(np.concatenate([fold.train, fold.stop]))
    scaled = task.scaled(train)
    model = baselines.fit_ngram(*_runs(task, scaled, train), task.output_size, order)
    rows = scaled.sizes_of(examples)
    ordered = np.sort(examples)
    nats = -model(*_runs(task, scaled, ordered))
    lengths = task.passages.lengths[ordered]
    sums = np.add.reduceat(nats, np.cumsum(lengths) - lengths)
    rows[np.argsort(examples, kind="stable"), 0] = sums
    return rows


def _runs(
    task: LanguageModelingTask, scaled: ScaledText, ordered: IntArray
) -> tuple[IntArray, IntArray]:
    """Return the symbols of passages in order, and the lengths of runs without a gap."""
    passages = task.passages
    starts, lengths = passages.starts[ordered], passages.lengths[ordered]
    parts = [
        scaled.table[scaled.codes[start : start + length]]
        for start, length in zip(starts, lengths, strict=True)
    ]
    fresh = passages.first[ordered].copy()
    fresh[0] = True
    fresh[1:] |= starts[1:] != starts[:-1] + lengths[:-1]
    return np.concatenate(parts), np.add.reduceat(lengths, np.flatnonzero(fresh))


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledText, IntArray]:
    """Return new texts in the symbols of a saved vocabulary, and their passages: all."""
    grain = CHARACTERS if facts["characters"] else WORDS
    texts = required_texts(dataset)
    passages = passages_of(texts.lengths, grain.passage)
    scaled = scaled_text(texts, passages, Vocabulary.restored(state, parts=False), grain)
    return scaled, np.arange(len(passages))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series``, ``tokens``, ``bits_per_character`` and ``perplexity``, a row a text."""
    scaled, examples = unlabelled(dataset, state, facts)
    rows = scaled.predictions(network, examples)
    total = np.zeros((len(dataset), 3))
    np.add.at(total, scaled.passages.document, rows)
    return pd.DataFrame(
        {
            "series": series_names(dataset),
            "tokens": total[:, 1].astype(np.int64),
            "bits_per_character": total[:, 0] / LN2 / total[:, 2],
            "perplexity": np.exp(total[:, 0] / total[:, 1]),
        }
    )


@torch.no_grad()
def sample(
    network: Network,
    state: Mapping[str, npt.NDArray[np.generic]],
    *,
    tokens: int,
    temperature: float,
    start: list[str],
    random: np.random.Generator,
) -> list[str]:
    """Let a network write.

    Args:
        network: a trained language model.
        state: the saved vocabulary.
        tokens: how many to write.
        temperature: below 1 bolder guesses, above 1 more surprise; 0 always takes the likeliest.
        start: tokens that it goes on from.
        random: where the randomness comes from.
    """
    vocabulary = Vocabulary.restored(state, parts=False)
    known = {entry: symbol for symbol, entry in enumerate(vocabulary.known, start=FIRST)}
    symbols = [BEGIN, *(known.get(token, UNKNOWN) for token in start)]
    written: list[str] = []
    output, memory = network.run(torch.tensor([symbols]))
    for _ in range(tokens):
        scores = output[0, -1, FIRST:].double().numpy()[: len(vocabulary.known)]
        if temperature > 0:
            scores = scores / temperature + random.gumbel(size=len(scores))
        best = int(scores.argmax())
        written.append(vocabulary.known[best])
        output, memory = network.run(torch.tensor([[best + FIRST]]), memory=memory)
    return written


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> LanguageModelingTask:
    """Return the task of foretelling each token of the data set's texts.

    Args:
        dataset: texts, in characters or words.
        metric: ``bits_per_character`` (default for characters) or ``perplexity`` (for words).

    Raises:
        UnknownNameError: there is no such metric.
        DataError: there are no texts, or too little of them.

    >>> data = SequenceDataset(name="toy", values=np.zeros((900, 0)), lengths=np.array([900]),
    ...                        feature_names=("text",), tokens=Tokens.of([list("abc" * 300)]))
    >>> bind(data).metric.name
    'bits_per_character'
    """
    texts = required_texts(dataset)
    grain = CHARACTERS if all(len(entry) <= 1 for entry in texts.lexicon) else WORDS
    record = chosen_metric(METRICS, grain.metric if metric is None else metric)
    passages = passages_of(texts.lengths, min(grain.passage, _shortened(texts)))
    size = _size(texts, grain)
    notes: tuple[str, ...] = ()
    longest = int(passages.lengths.max())
    if longest > grain.truncation:
        notes = (truncation_note(longest, grain.truncation),)
    return LanguageModelingTask(
        dataset=dataset,
        metric=record,
        encoder=Symbols(size=size, width=grain.width),
        output_size=size,
        n_examples=len(passages),
        length=int(np.median(passages.lengths)),
        notes=notes,
        truncation=grain.truncation,
        texts=texts,
        passages=passages,
        grain=grain,
    )


LEAST_PASSAGES: Final = 40  # into which a short text is cut, so that there is something to deal


def _shortened(texts: Tokens) -> int:
    """Return the tokens of a passage that make ``LEAST_PASSAGES`` of a short text."""
    wanted = int(texts.lengths.sum()) // LEAST_PASSAGES
    if wanted < 2:
        raise DataError(
            wanted=f"at least {2 * LEAST_PASSAGES} tokens",
            got=str(int(texts.lengths.sum())),
            where="the text",
            todo="Give more text.",
        )
    return wanted


def _size(texts: Tokens, grain: Grain) -> int:
    """Return V: room for whatever a part of the text could make known."""
    counts = np.zeros(len(texts.lexicon), dtype=np.int64)
    for start in range(0, len(texts.codes), 2**20):
        counts += occurrences_of(texts.codes[start : start + 2**20], len(counts))
    every = Vocabulary.fit(texts.lexicon, counts, most=grain.most, least=grain.least)
    return FIRST + len(every.known)
