"""Language modelling: what a text costs, what a network knows, n-grams, and writing."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from actselect import baselines
from actselect.architecture import Architecture, LayerSpec
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError, RunError, UnknownNameError, UsageError
from actselect.model import RecurrentModel
from actselect.search_space import make_space
from actselect.tasks import _evaluation, _ngrams
from actselect.tasks._ngrams import ngram_predictions
from actselect.tasks._passages import passages_of
from actselect.tasks._reading import CHARACTERS, scaled_text
from actselect.tasks._vocabulary import BEGIN, FIRST, UNKNOWN, Vocabulary
from actselect.tasks.language_modeling import LanguageModelingTask, bind, predict, sample
from actselect.training import Trainer, TrainingJob

GRU = Architecture(
    cell="gru",
    layers=(LayerSpec(activation="tanh", recurrent_activation="sigmoid"),),
    hidden_size=16,
)
WORDS = ["the", "cat", "sat", "on", "the", "mat", "and", "the", "dog", "sat", "on", "the", "log"]
MEGABYTES = """
import sys
from pathlib import Path
import numpy as np
from actselect.data import load
from actselect.tasks import bind

task = bind("language-modeling", load(Path(sys.argv[1]), task="language-modeling"))
development, test = task.development_and_test(0)
fold = task.fold(development, 0, 0)
scaled = task.scaled(fold.train)
random = np.random.default_rng(0)
for _ in range(20):
    scaled.batch(random.choice(fold.train, 64))
task.ladder(development, development)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) / 1024)  # getrusage begins with the peak of the parent
"""


def _data(texts: list[list[str]], **more: object) -> SequenceDataset:
    tokens = Tokens.of(texts)
    return SequenceDataset(
        name="toy", values=np.zeros((len(tokens.codes), 0)), lengths=tokens.lengths,
        feature_names=("text",), tokens=tokens, **more,
    )  # fmt: skip


def _letters(n: int, seed: int = 0) -> list[str]:
    """Return letters of which some are frequent."""
    random = np.random.default_rng(seed)
    return random.choice(list("abcdefgh "), n, p=np.arange(1, 10) / 45).tolist()


def _network(task: LanguageModelingTask) -> RecurrentModel:
    """Return an untrained network that is sure of something."""
    model = RecurrentModel(
        GRU, encoder=task.encoder, output_size=task.output_size, every=True,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    with torch.no_grad():
        model.output.weight.mul_(5.0)
    return model


@torch.no_grad()
def _nats(network: RecurrentModel, before: int, symbols: list[int]) -> float:
    """Return what symbols cost after another one, a step at a time."""
    total, memory = 0.0, None
    for symbol in symbols:
        output, memory = network.run(torch.tensor([[before]]), memory=memory)
        total -= float(output[0, 0].double().log_softmax(0)[symbol])
        before = symbol
    return total


def _train(text: str) -> tuple[LanguageModelingTask, RecurrentModel, dict[str, np.ndarray], float]:
    """Return a task, a trained network, its vocabulary, and its score."""
    task = bind(_data([list(text)]))
    trainer = Trainer(task, task.development_and_test(0)[0])
    job = TrainingJob(
        architecture=GRU, learning_rate=0.02, repeat=0, until_epoch=8, seed=0, keep=True
    )
    result = job.run(trainer)
    assert result.checkpoint is not None
    assert result.score is not None
    _, scaled = trainer.fold(repeat=0, seed=0, refit=False)
    return task, trainer.model(job, result.checkpoint), scaled.state(), result.score


def test_a_score_is_what_the_text_costs_symbol_by_symbol() -> None:
    """Two texts of different lengths, in passages: bits per character and perplexity, by a loop."""
    texts = [_letters(301), _letters(140, seed=1)]
    task = bind(_data(texts))
    scaled = task.scaled(np.arange(task.n_examples))
    network, known = _network(task), scaled.vocabulary.known
    each = []
    for text in texts:
        symbols = [known.index(letter) + FIRST for letter in text]
        for own in np.array_split(np.arange(len(text)), -(-len(text) // 11)):  # 11: 441 over 40
            before = symbols[own[0] - 1] if own[0] else BEGIN
            each.append(_nats(network, before, [symbols[i] for i in own]))
    expected = sum(each)

    everything = np.arange(task.n_examples)
    rows = scaled.predictions(network, everything)
    np.testing.assert_allclose(rows[:, 0], each, rtol=1e-4)
    assert rows[:, 1:].sum(0).tolist() == [441, 441]
    assert task.score(rows, everything) == pytest.approx(expected / np.log(2) / 441, rel=1e-5)
    assert task.score(rows, everything, "perplexity") == pytest.approx(
        np.exp(expected / 441), rel=1e-5
    )


def test_passages_cost_the_same_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever batches, and in whatever order they are asked for."""
    task = bind(_data([_letters(500), _letters(33, seed=1)]))
    scaled, network = task.scaled(np.arange(20)), _network(task)
    chosen = np.random.default_rng(0).permutation(task.n_examples)
    alone = np.concatenate([scaled.predictions(network, np.array([i])) for i in chosen])

    for most in (512, 7):
        monkeypatch.setattr(_evaluation, "MOST_EXAMPLES", most)
        np.testing.assert_allclose(scaled.predictions(network, chosen), alone, rtol=1e-5)


def test_what_a_network_sees_is_the_symbol_before() -> None:
    """By hand: a text in two passages, and one in one; padded with 0 and what the loss ignores."""
    texts = Tokens.of([list("abcab"), list("ab")])
    scaled = scaled_text(
        texts, passages_of(texts.lengths, 3), Vocabulary(known=("a", "b")), CHARACTERS
    )
    a, b = FIRST, FIRST + 1

    batch = scaled.batch(np.array([0, 1, 2]))

    assert batch.inputs.tolist() == [[BEGIN, a, b], [UNKNOWN, a, 0], [BEGIN, a, 0]]
    assert batch.targets.tolist() == [[a, b, UNKNOWN], [a, b, -100], [a, b, -100]]
    assert batch.lengths is not None
    assert batch.lengths.tolist() == [3, 2, 2]
    assert scaled.batch(np.array([1, 2])).lengths is None


def test_the_vocabulary_is_that_of_the_training_passages() -> None:
    """What occurs once there, or only elsewhere, is unknown; a saved one gives the same batches."""
    text = ["a", "b"] * 30 + ["c"] + ["z", "y"] * 20
    task = bind(_data([text]))
    train = np.flatnonzero(task.passages.starts + task.passages.lengths <= 61)

    scaled = task.scaled(train)

    assert sorted(scaled.vocabulary.known) == ["a", "b"]
    rest = scaled.batch(np.arange(task.n_examples)[task.passages.starts > 61])
    assert set(rest.targets.flatten().tolist()) <= {UNKNOWN, -100}
    assert task.output_size == FIRST + 4  # c occurs once in all
    again = task.restored(scaled.state()).batch(np.arange(5))
    assert torch.equal(again.targets, scaled.batch(np.arange(5)).targets)


def test_words_are_judged_by_perplexity_and_count_with_their_separator() -> None:
    """By hand: characters of each passage are letters plus one a word."""
    task = bind(_data([WORDS * 20]))

    rows = task.scaled(np.arange(10)).sizes_of(np.array([3, 0]))

    assert task.metric.name == "perplexity"
    assert [b.name for b in task.baselines()] == ["unigram", "3-gram"]
    spans = [
        (int(task.passages.starts[i]), int(task.passages.starts[i] + task.passages.lengths[i]))
        for i in (3, 0)
    ]
    words = [(WORDS * 20)[start:stop] for start, stop in spans]
    assert rows.tolist() == [[0, len(own), sum(len(w) + 1 for w in own)] for own in words]


def test_characters_are_judged_by_bits() -> None:
    """Unless perplexity is asked for; other metrics are refused."""
    data = _data([_letters(200)])

    assert bind(data).metric.name == "bits_per_character"
    assert bind(data, metric="perplexity").metric.name == "perplexity"
    assert [b.name for b in bind(data).baselines()] == ["unigram", "6-gram"]
    with pytest.raises(UnknownNameError, match="Unknown metric 'bleu'"):
        bind(data, metric="bleu")


@pytest.mark.parametrize("metric", ["bits_per_character", "perplexity"])
def test_a_better_prediction_scores_better(metric: str) -> None:
    """Certain beats equal odds, which cost log V each, beats worse; infinite costs are refused."""
    task = bind(_data([_letters(200)]), metric=metric)
    examples = np.arange(3, 30)

    right, even, wrong = (
        task.score(rows, examples) for rows in task.ladder(examples, examples[::-1])
    )

    size = task.output_size
    assert right == {"bits_per_character": 0.0, "perplexity": 1.0}[metric]
    assert even == pytest.approx(size if metric == "perplexity" else np.log2(size))
    assert wrong > even
    with pytest.raises(RunError, match="not finite"):
        task.score(np.full((27, 3), np.inf), examples)


def test_runs_of_passages_are_texts_to_an_n_gram() -> None:
    """Neighbours are joined; across a gap, or a new text, nothing is seen: as joined by hand."""
    text, other = _letters(400), _letters(50, seed=1)
    task = bind(_data([text, other]))
    train = np.array([7, 2, 3, 20, 21, 22, 4, 36, 37, 38])
    examples = np.array([12, 30, 11, 5])
    scaled = task.scaled(train)
    known = scaled.vocabulary.known
    starts, ends = task.passages.starts, task.passages.starts + task.passages.lengths
    assert np.flatnonzero(task.passages.first).tolist() == [0, 37]

    def joined(*runs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return the symbols of passages a to b, both included, of each run."""
        whole = [known.index(c) + FIRST if c in known else UNKNOWN for c in text + other]
        parts = [whole[starts[a] : ends[b]] for a, b in runs]
        return np.concatenate(parts), np.array([len(part) for part in parts])

    for order in (1, 2, 4):
        rows = ngram_predictions(scaled, train, examples, task.output_size, order)
        model = baselines.fit_ngram(
            *joined((2, 4), (7, 7), (20, 22), (36, 36), (37, 38)), task.output_size, order
        )
        each = -model(*joined((5, 5), (11, 12), (30, 30)))
        sizes = (ends - starts)[[5, 11, 12, 30]]
        sums = [part.sum() for part in np.split(each, np.cumsum(sizes)[:-1])]

        np.testing.assert_allclose(rows[[3, 2, 0, 1], 0], sums, rtol=1e-12)
        assert rows[:, 1].tolist() == (ends - starts)[examples].tolist()


def test_baselines_know_what_networks_know() -> None:
    """Their vocabulary is that of the training part, so perplexities are of the same symbols."""
    task = bind(_data([WORDS * 40 + ["rare", "odd"] * 2 + WORDS]))
    fold = task.fold(task.development_and_test(0)[0], 0, 0)
    rare = int(np.flatnonzero(task.passages.starts <= 40 * len(WORDS))[-1])
    stop = np.array([rare, rare + 1])
    train = np.setdiff1d(np.concatenate([fold.train, fold.score]), stop)

    rows = task.baselines()[0].predict(task, replace(fold, train=train, stop=stop), stop)

    scaled = task.scaled(train)
    assert UNKNOWN in scaled.symbols(stop)
    counted = scaled.symbols(np.sort(np.concatenate([train, stop])))
    model = baselines.fit_unigram(counted, np.array([len(counted)]), task.output_size)
    expected = [
        -model(own, np.array([len(own)])).sum() for own in map(scaled.symbols, stop[:, None])
    ]
    np.testing.assert_allclose(rows[:, 0], expected)


def test_a_long_text_is_counted_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evenly spaced passages of about as many tokens as are allowed, and a note."""
    data = _data([_letters(2000)])
    assert not any("counted" in note for note in bind(data).notes)
    monkeypatch.setattr(_ngrams, "MOST_COUNTED", 500)
    task = bind(data)
    seen: list[np.ndarray] = []
    original = baselines.fit_ngram

    def watched(codes: np.ndarray, *rest: object) -> object:
        seen.append(codes)
        return original(codes, *rest)

    monkeypatch.setattr(baselines, "fit_ngram", watched)
    scaled = task.scaled(np.arange(40))
    ngram_predictions(scaled, np.arange(36), np.arange(36, 40), task.output_size, 2)

    assert any("6-gram is counted on at most 500 tokens" in note for note in task.notes)
    counted = scaled.symbols(np.array([0, 3, 7, 10, 14, 18, 21, 25, 28, 32]))
    assert seen[0].tolist() == counted.tolist()


def test_a_rule_is_learnt_and_continued() -> None:
    """Of abcabc... a character costs less than a tenth of a bit, and it is written on and on."""
    _, network, state, score = _train("abc" * 1000)

    assert score < 0.1
    for start in ("ca", "b", "abcabcabca"):
        written = sample(
            network, state, tokens=12, temperature=0, start=list(start),
            random=np.random.default_rng(0),
        )  # fmt: skip
        follow = "abc" * 5
        first = follow.index(start[-1]) + 1
        assert "".join(written) == follow[first : first + 12]


def test_writing_depends_on_the_generator_alone() -> None:
    """Same seed, same text; another seed, another text; what is unknown is never written."""
    task = bind(_data([_letters(300)]))
    network, state = _network(task), task.scaled(np.arange(5)).state()

    def write(seed: int) -> list[str]:
        random = np.random.default_rng(seed)
        return sample(network, state, tokens=50, temperature=1.0, start=["?"], random=random)

    assert write(1) == write(1)
    assert write(1) != write(2)
    assert set(write(3)) <= set(state["known"].tolist())
    with pytest.raises(UsageError, match="knows no token"):
        sample(
            network, {"known": np.array([], dtype=np.str_)}, tokens=1, temperature=1.0, start=[],
            random=np.random.default_rng(0),
        )  # fmt: skip


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@torch.no_grad()
def test_what_is_written_is_as_frequent_as_foretold(temperature: float) -> None:
    """First tokens follow the softmax over what is known (Pearson's test, 2000 draws)."""
    task = bind(_data([_letters(300)]))
    network, state = _network(task), task.scaled(np.arange(task.n_examples)).state()
    known = state["known"].tolist()
    output = network(torch.tensor([[BEGIN, known.index("a") + FIRST]]))[0, -1]
    odds = (output[FIRST : FIRST + len(known)].double() / temperature).softmax(0).numpy()
    random = np.random.default_rng(0)

    drawn = Counter(
        sample(network, state, tokens=1, temperature=temperature, start=["a"], random=random)[0]
        for _ in range(2000)
    )

    observed = [drawn[token] for token in known]
    assert stats.chisquare(observed, 2000 * odds / odds.sum()).pvalue > 0.01


def test_a_row_a_text_is_predicted() -> None:
    """New texts, shorter and longer than a passage: costs by a loop, per character and token."""
    task = bind(_data([_letters(300)]))
    scaled, network = task.scaled(np.arange(task.n_examples)), _network(task)
    known = scaled.vocabulary.known
    texts = [list("abba"), list("a?b")]

    frame = predict(network, _data(texts, series=("x", "y")), scaled.state(), task.facts)

    symbols = [[known.index(c) + FIRST if c in known else UNKNOWN for c in text] for text in texts]
    nats = np.array([_nats(network, BEGIN, own) for own in symbols])
    assert frame.columns.tolist() == ["series", "tokens", "bits_per_character", "perplexity"]
    assert frame["series"].tolist() == ["x", "y"]
    assert frame["tokens"].tolist() == [4, 3]
    np.testing.assert_allclose(frame["bits_per_character"], nats / np.log(2) / [4, 3], rtol=1e-5)
    np.testing.assert_allclose(frame["perplexity"], np.exp(nats / [4, 3]), rtol=1e-5)


def test_little_text_is_enough_or_refused() -> None:
    """80 tokens can be dealt, trained on and scored; 79 cannot, nor what never occurs twice."""
    task = bind(_data([_letters(80)]))
    trainer = Trainer(task, task.development_and_test(0)[0])
    job = TrainingJob(architecture=GRU, learning_rate=0.01, repeat=0, until_epoch=1, seed=0)

    assert job.run(trainer).score is not None
    with pytest.raises(DataError, match="toy: wanted at least 80 tokens; got 79"):
        bind(_data([_letters(79)]))
    with pytest.raises(DataError, match="occur 2 times or more; got none"):
        bind(_data([[f"word{i}" for i in range(90)]]))
    numbers = SequenceDataset(
        name="toy", values=np.zeros((90, 1)), lengths=np.array([90]), feature_names=("x",)
    )
    with pytest.raises(DataError, match="wanted texts; got numbers"):
        bind(numbers)


def test_long_passages_are_said_to_be_cut() -> None:
    """Passages of 100 characters, gradients of 64; of 50, nothing is said."""
    long, short = bind(_data([_letters(4000)])), bind(_data([_letters(2000)]))

    assert any("cut off after 64 steps" in note for note in long.notes)
    assert not short.notes


def test_a_text_is_never_read_backwards() -> None:
    """What is to be foretold would be known."""
    task = bind(_data([_letters(200)]))
    with pytest.raises(UsageError, match="cannot read its sequences backwards"):
        make_space(
            "small", input_size=task.input_size, output_size=task.output_size,
            bidirectional_allowed=task.bidirectional_allowed, bidirectional=True,
        )  # fmt: skip


@pytest.mark.slow
def test_a_large_text_needs_hardly_more_memory(tmp_path: Path) -> None:
    """Three million characters of a file through splits, vocabulary and batches: below 1.5 times
    what a hundred thousand need.
    """
    peaks = []
    for size in (100_000, 3_000_000):
        path = tmp_path / f"{size}.txt"
        path.write_text("".join(_letters(size // 10)) * 10, encoding="ascii")
        found = subprocess.run(
            [sys.executable, "-c", MEGABYTES, str(path)], capture_output=True, check=True
        )
        peaks.append(float(found.stdout))

    assert peaks[1] < 1.5 * peaks[0]
    assert peaks[1] - peaks[0] < 30


def test_what_is_run_together_is_bounded_by_the_states_of_a_network() -> None:
    """Of few symbols too: a step's states take more memory than its outputs."""
    sizes = np.full(600, 1024)

    together = list(_evaluation.parts(np.arange(600), sizes, 17))

    assert max(map(len, together)) * 1024 * 128 <= _evaluation.MOST_CELLS
    assert sorted(np.concatenate(together).tolist()) == list(range(600))
