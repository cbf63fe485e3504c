"""What a network writes, against loops that read everything again for each symbol.

Notation: B prefixes, T steps, V symbols, L symbols that may be written.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from actselect.architecture import Architecture, LayerSpec
from actselect.encoders import Captions, Encoder, Symbols
from actselect.model import RecurrentModel
from actselect.tasks import Batch
from actselect.tasks._vocabulary import BEGIN, END, FIRST, PADDING, Vocabulary
from actselect.tasks._writing import as_texts, write

KNOWN, LONGEST = 3, 4
SIZE = FIRST + KNOWN + 2  # outputs: two more than the vocabulary has use for
MAY = range(FIRST, FIRST + KNOWN)
CELLS = {
    "rnn": LayerSpec(activation="tanh"),
    "gru": LayerSpec(activation="tanh", recurrent_activation="sigmoid"),
    "lstm": LayerSpec(activation="tanh", recurrent_activation="sigmoid", output_activation="tanh"),
}
LENGTHS = torch.tensor([4, 1, 3, 4, 2])
SEEDS = pytest.mark.parametrize("seed", range(4))


def network(cell: str = "gru", encoder: Encoder | None = None, seed: int = 0) -> RecurrentModel:
    """Return a network of two layers that is sure of what it says, though it was never trained."""
    model = RecurrentModel(
        Architecture(cell=cell, layers=(CELLS[cell],) * 2, hidden_size=6),
        encoder=encoder or Symbols(size=SIZE, width=5),
        output_size=SIZE,
        every=True,
        generator=torch.Generator().manual_seed(seed),
    )
    with torch.no_grad():
        model.output.weight *= 4
    return model


def prefixes() -> Batch:
    """Return five prefixes of one to four symbols, each of which ends with the mark."""
    inputs = torch.randint(FIRST, FIRST + KNOWN, (5, 4), generator=torch.Generator().manual_seed(1))
    inputs[torch.arange(5), LENGTHS - 1] = BEGIN
    inputs[torch.arange(4) >= LENGTHS[:, None]] = PADDING
    return Batch(inputs=inputs, lengths=LENGTHS, targets=inputs)


def captions(pictures: int = 5) -> tuple[RecurrentModel, Batch]:
    """Return a network that looks at features, and a mark with the features of some pictures."""
    encoder = Captions(size=SIZE, embedding=5, vector=4, picture=(3,))
    context = torch.randn(pictures, 3, generator=torch.Generator().manual_seed(2)) * 3
    begin = torch.full((pictures, 1), BEGIN)
    return network(encoder=encoder), Batch(
        inputs=begin, lengths=None, targets=begin, context=context
    )


@torch.no_grad()
def next_scores(
    model: RecurrentModel, read: list[int], context: torch.Tensor | None
) -> dict[int, float]:
    """Return log probabilities of what may come next, after reading all symbols from the start."""
    output = model(torch.tensor([read]), context=context)[0, -1].double().tolist()
    allowed = {symbol: output[symbol] for symbol in (END, *MAY)}
    total = float(np.log(sum(np.exp(value) for value in allowed.values())))
    return {symbol: value - total for symbol, value in allowed.items()}


def rows(batch: Batch) -> list[tuple[list[int], torch.Tensor | None]]:
    """Return the symbols of each prefix, and its picture."""
    lengths = batch.lengths if batch.lengths is not None else [batch.inputs.shape[1]] * 5
    return [
        (batch.inputs[i, : int(n)].tolist(), None if batch.context is None else batch.context[[i]])
        for i, n in enumerate(lengths)
    ]


def unpadded(row: torch.Tensor) -> list[int]:
    """Return a row up to its padding, and make sure that nothing comes after."""
    symbols = row.tolist()
    end = symbols.index(PADDING) if PADDING in symbols else len(symbols)
    assert set(symbols[end:]) <= {PADDING}
    return symbols[:end]


def greedy(model: RecurrentModel, prefix: list[int], context: torch.Tensor | None) -> list[int]:
    """Return the likeliest symbols, one after the other."""
    answer: list[int] = []
    while len(answer) < LONGEST:
        scores = next_scores(model, prefix + answer, context)
        best = max(scores, key=lambda symbol: scores[symbol])
        if best == END:
            break
        answer.append(best)
    return answer


@SEEDS
@pytest.mark.parametrize("cell", list(CELLS))
def test_greedy_writing_takes_the_likeliest_symbol_at_every_step(cell: str, seed: int) -> None:
    """Prefixes of unequal lengths together, states carried on: as each by itself, read anew."""
    model, batch = network(cell, seed=seed), prefixes()
    written = write(model, batch, LONGEST, known=KNOWN)

    assert [unpadded(row) for row in written] == [greedy(model, *row) for row in rows(batch)]


def test_captions_are_written_of_their_own_pictures() -> None:
    """The picture is looked at again with every word; greedily, and with a beam for one."""
    model, batch = captions()
    greedily = [greedy(model, *row) for row in rows(batch)]
    written = write(model, batch, LONGEST, known=KNOWN)
    best = write(model, batch, LONGEST, known=KNOWN, beam=KNOWN**LONGEST)

    assert [unpadded(row) for row in written] == greedily
    assert len({tuple(row) for row in greedily}) > 1
    for row, (prefix, context) in zip(best, rows(batch), strict=True):
        assert unpadded(row) == exhaustive(model, prefix, context)


def exhaustive(model: RecurrentModel, prefix: list[int], context: torch.Tensor | None) -> list[int]:
    """Return the best of all answers there are, by the mean of what was said at each step."""
    answers = [list(a) for n in range(LONGEST + 1) for a in product(MAY, repeat=n)]
    known: dict[tuple[int, ...], dict[int, float]] = {
        tuple(a): next_scores(model, prefix + a, context) for a in answers
    }

    def score(answer: list[int]) -> float:
        steps = [known[tuple(answer[:n])][s] for n, s in enumerate([*answer, END])]
        return sum(steps) / len(steps)

    return max(answers, key=score)


@SEEDS
def test_a_beam_wide_enough_finds_the_best_of_all_answers(seed: int) -> None:
    """All 121 answers of at most four symbols are scored one by one."""
    model, batch = network(seed=seed), prefixes()
    written = write(model, batch, LONGEST, known=KNOWN, beam=KNOWN**LONGEST)

    for row, (prefix, context) in zip(written, rows(batch), strict=True):
        assert unpadded(row) == exhaustive(model, prefix, context)


def beam_search(model: RecurrentModel, prefix: list[int], width: int) -> list[int]:
    """Return what a beam finds, with lists: each step keeps the ``width`` likeliest beginnings."""
    kept: list[tuple[float, list[int]]] = [(0.0, [])]
    ended: list[tuple[float, list[int]]] = []
    for _ in range(LONGEST + 1):
        longer = []
        for total, answer in kept:
            scores = next_scores(model, prefix + answer, None)
            ended.append(((total + scores.pop(END)) / (len(answer) + 1), answer))
            longer += [(total + value, [*answer, symbol]) for symbol, value in scores.items()]
        kept = sorted(longer, reverse=True)[:width]
    return max(ended)[1]


@SEEDS
@pytest.mark.parametrize("width", range(2, KNOWN + 1))
def test_a_beam_keeps_the_likeliest_beginnings(seed: int, width: int) -> None:
    """As a beam search with lists that reads everything again; it may be worse than greedy."""
    model, batch = network("lstm", seed=seed), prefixes()
    written = write(model, batch, LONGEST, known=KNOWN, beam=width)

    for row, (prefix, _) in zip(written, rows(batch), strict=True):
        assert unpadded(row) == beam_search(model, prefix, width)


@pytest.mark.parametrize("beam", [1, 3])
def test_a_network_that_ends_at_once_writes_nothing(beam: int) -> None:
    """The answer is empty, in as many columns as there might have been symbols."""
    model = network()
    with torch.no_grad():
        model.output.bias[END] = 100.0

    assert write(model, prefixes(), LONGEST, known=KNOWN, beam=beam).tolist() == [[0] * LONGEST] * 5


@pytest.mark.parametrize("beam", [1, 3])
def test_only_what_is_known_is_written(beam: int) -> None:
    """Marks, and outputs beyond the vocabulary, are never chosen, however sure the network is."""
    model = network()
    with torch.no_grad():
        model.output.bias[:END] = 100.0
        model.output.bias[FIRST + KNOWN :] = 100.0
        model.output.bias[END] = -100.0

    assert set(write(model, prefixes(), LONGEST, known=KNOWN, beam=beam).flatten().tolist()) <= {
        *MAY
    }


@pytest.mark.parametrize("beam", [1, 3])
def test_nothing_is_written_where_nothing_is_known(beam: int) -> None:
    """An empty vocabulary leaves only the end."""
    assert not write(network(), prefixes(), LONGEST, known=0, beam=beam).any()


@pytest.mark.parametrize(
    ("tokenizer", "text"), [(None, "a b , c"), ("characters", "ab,c"), ("words", "a b , c")]
)
def test_symbols_become_text_as_the_tokenizer_joins_them(tokenizer: str | None, text: str) -> None:
    """Characters without spaces; padding and marks are no text."""
    known = Vocabulary(known=("a", "b", ",", "c"))
    written = np.array([[4, 5, 6, 7, 0, 0], [0] * 6])

    assert as_texts(written, known, tokenizer, "sequence-to-sequence") == [text, ""]
