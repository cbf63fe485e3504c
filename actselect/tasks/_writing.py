"""Letting a network write: greedily, or with a beam.

Notation: B prefixes, T steps of the longest, V symbols, L symbols that may be written, W hypotheses
of a beam.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from actselect.data.tokenizing import tokenizer_for
from actselect.nn import Memory
from actselect.records import IntArray
from actselect.tasks._base import Batch, Network
from actselect.tasks._vocabulary import BEGIN, END, FIRST, PADDING, UNKNOWN, Vocabulary

NEVER: Final = (PADDING, UNKNOWN, BEGIN)  # symbols that are not written


@torch.no_grad()
def write(network: Network, prefix: Batch, longest: int, *, known: int, beam: int = 1) -> Tensor:
    """Return what a network writes after each prefix, (B, L) symbols, padded after the end.

    Args:
        network: answers at every step.
        prefix: inputs (B, T), with lengths and context; targets are not looked at.
        longest: L, symbols at most, the end not counted.
        known: entries of the vocabulary; a network may have outputs for more, which mean nothing.
        beam: hypotheses that are kept; 1 takes the likeliest symbol at every step.
    """
    symbols = FIRST + known
    if beam == 1:
        return _greedy(network, prefix, longest, symbols)
    rows = [_beam(network, one, longest, symbols, beam) for one in prefix.split(1)]
    return torch.cat(rows)


def as_texts(
    written: IntArray, vocabulary: Vocabulary, tokenizer: str | None, task: str
) -> list[str]:
    """Return rows of symbols, (B, L), as texts.

    Args:
        written: symbols, padded.
        vocabulary: what they mean.
        tokenizer: as the study was asked for, None for the task's own.
        task: name of the task.

    >>> import numpy as np
    >>> known = Vocabulary(known=("b", "c"))
    >>> as_texts(np.array([[5, 4, 0]]), known, "characters", "captioning")
    ['cb']
    """
    split = tokenizer_for(tokenizer, task)
    if split is None:
        raise ValueError(f"{task} writes no texts")
    return [split.join(tokens) for tokens in as_tokens(written, vocabulary)]


def as_tokens(written: IntArray, vocabulary: Vocabulary) -> list[list[str]]:
    """Return rows of symbols, (B, L), as the tokens that they mean.

    >>> import numpy as np
    >>> as_tokens(np.array([[5, 4, 0]]), Vocabulary(known=("b", "c")))
    [['c', 'b']]
    """
    known = vocabulary.known
    return [[known[s - FIRST] for s in row if s >= FIRST] for row in written.tolist()]


def _begun(network: Network, prefix: Batch, symbols: int) -> tuple[Tensor, Memory]:
    """Return log probabilities of what comes after each prefix, (B, V), and the states there."""
    output, memory = network.run(prefix.inputs, prefix.lengths, prefix.context)
    if prefix.lengths is None:
        last = output[:, -1]
    else:
        last = output[torch.arange(len(output)), prefix.lengths - 1]
    return _scores(last, symbols), memory


def _scores(output: Tensor, symbols: int) -> Tensor:
    """Return log probabilities (B, V); what is never written has none."""
    output = output.clone()
    output[:, list(NEVER)] = -torch.inf
    output[:, symbols:] = -torch.inf
    return functional.log_softmax(output, -1)


def _greedy(network: Network, prefix: Batch, longest: int, symbols: int) -> Tensor:
    scores, memory = _begun(network, prefix, symbols)
    written = torch.full((len(scores), longest), PADDING, dtype=torch.int64)
    going = torch.ones(len(scores), dtype=torch.bool)
    for step in range(longest):
        chosen = scores.argmax(-1)
        going &= chosen != END
        written[going, step] = chosen[going]
        if not going.any() or step == longest - 1:
            break
        output, memory = network.run(chosen[:, None], context=prefix.context, memory=memory)
        scores = _scores(output[:, -1], symbols)
    return written


def _beam(network: Network, prefix: Batch, longest: int, symbols: int, width: int) -> Tensor:
    """Return the hypothesis with the best mean log probability of its symbols and the end, (1, L).

    The mean, because a sum prefers short answers (Wu et al. 2016, arXiv:1609.08144, section 7).
    """
    scores, memory = _begun(network, prefix, symbols)
    written = torch.full((1, longest), PADDING, dtype=torch.int64)
    total = torch.zeros(1)
    best, best_score = written, -torch.inf
    for step in range(longest + 1):
        ended = (total + scores[:, END]) / (step + 1)
        if float(ended.max()) > best_score:
            best_score, best = float(ended.max()), written[ended.argmax()][None]
        scores[:, END] = -torch.inf
        flat = (total[:, None] + scores).flatten()
        count = min(width, int((flat > -torch.inf).sum()))
        if step == longest or count == 0:
            break
        total, index = flat.topk(count)
        row, symbol = index // scores.shape[1], index % scores.shape[1]
        written = written[row].clone()
        written[:, step] = symbol
        memory = [tuple(state[row] for state in states) for states in memory]
        context = prefix.context
        if context is not None:
            context = context.expand(len(row), *context.shape[1:])
        output, memory = network.run(symbol[:, None], context=context, memory=memory)
        scores = _scores(output[:, -1], symbols)
    return best
