"""Letting a network write: greedily, or with a beam.

Notation: B prefixes, T steps of the longest, V symbols, L symbols that may be written, W hypotheses
of a beam.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from actselect.nn import Memory
from actselect.tasks._base import Batch, Network
from actselect.tasks._vocabulary import BEGIN, END, PADDING, UNKNOWN

NEVER: Final = (PADDING, UNKNOWN, BEGIN)  # symbols that are not written


@torch.no_grad()
def write(network: Network, prefix: Batch, longest: int, *, beam: int = 1) -> Tensor:
    """Return what a network writes after each prefix, (B, L) symbols, padded after the end.

    Args:
        network: answers at every step.
        prefix: inputs (B, T), with lengths and context; targets are not looked at.
        longest: L, symbols at most, the end not counted.
        beam: hypotheses that are kept; 1 takes the likeliest symbol at every step.
    """
    if beam == 1:
        return _greedy(network, prefix, longest)
    rows = [_beam(network, one, longest, beam) for one in prefix.split(1)]
    return torch.cat(rows)


def _begun(network: Network, prefix: Batch) -> tuple[Tensor, Memory]:
    """Return log probabilities of what comes after each prefix, (B, V), and the states there."""
    output, memory = network.run(prefix.inputs, prefix.lengths, prefix.context)
    if prefix.lengths is None:
        last = output[:, -1]
    else:
        last = output[torch.arange(len(output)), prefix.lengths - 1]
    return _scores(last), memory


def _scores(output: Tensor) -> Tensor:
    """Return log probabilities (B, V); what is never written has none."""
    output = output.clone()
    output[:, list(NEVER)] = -torch.inf
    return functional.log_softmax(output, -1)


def _greedy(network: Network, prefix: Batch, longest: int) -> Tensor:
    scores, memory = _begun(network, prefix)
    written = torch.full((len(scores), longest), PADDING, dtype=torch.int64)
    going = torch.ones(len(scores), dtype=torch.bool)
    for step in range(longest):
        chosen = scores.argmax(-1)
        going &= chosen != END
        written[going, step] = chosen[going]
        if not going.any() or step == longest - 1:
            break
        output, memory = network.run(chosen[:, None], context=prefix.context, memory=memory)
        scores = _scores(output[:, -1])
    return written


def _beam(network: Network, prefix: Batch, longest: int, width: int) -> Tensor:
    """Return the hypothesis with the best log probability per symbol, (1, L)."""
    scores, memory = _begun(network, prefix)
    written = torch.full((1, longest), PADDING, dtype=torch.int64)
    total = torch.zeros(1)
    best, best_score = written, -torch.inf
    for step in range(longest + 1):
        ended = (total + scores[:, END]) / (step + 1)
        if float(ended.max()) > best_score:
            best_score, best = float(ended.max()), written[ended.argmax()][None]
        if step == longest:
            break
        scores[:, END] = -torch.inf
        flat = (total[:, None] + scores).flatten()
        total, index = flat.topk(min(width, int((flat > -torch.inf).sum())))
        row, symbol = index // scores.shape[1], index % scores.shape[1]
        written = written[row].clone()
        written[:, step] = symbol
        memory = [tuple(state[row] for state in states) for states in memory]
        context = prefix.context
        if context is not None:
            context = context.expand(len(row), *context.shape[1:])
        output, memory = network.run(symbol[:, None], context=context, memory=memory)
        scores = _scores(output[:, -1])
    return best
