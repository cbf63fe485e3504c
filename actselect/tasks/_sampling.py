"""A language model writes.

Notation: V symbols, W tokens written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch

from actselect.exceptions import UsageError
from actselect.tasks._base import Network
from actselect.tasks._vocabulary import BEGIN, FIRST, UNKNOWN, Vocabulary


@torch.no_grad()
def sample(
    network: Network,
    state: Mapping[str, npt.NDArray[np.generic]],
    *,
    tokens: int,
    temperature: float,
    start: Sequence[str],
    random: np.random.Generator,
) -> list[str]:
    """Return W tokens, drawn one by one from what a network foretells; only what is known.

    A draw is the largest of the logits plus Gumbel noise (Maddison, Tarlow and Minka 2014,
    arXiv:1411.0030, section 2).

    Args:
        network: a trained language model.
        state: the saved vocabulary.
        tokens: W.
        temperature: below 1 bolder guesses, above 1 more surprise; 0 always takes the likeliest.
        start: tokens that it goes on from.
        random: where the randomness comes from.

    Raises:
        UsageError: the model knows no token.
    """
    vocabulary = Vocabulary.restored(state, parts=False)
    if not vocabulary.known:
        raise UsageError("The model knows no token: nothing occurred twice where it was trained.")
    symbol = {entry: s for s, entry in enumerate(vocabulary.known, start=FIRST)}
    read = [BEGIN, *(symbol.get(token, UNKNOWN) for token in start)]
    written: list[str] = []
    output, memory = network.run(torch.tensor([read]))
    for _ in range(tokens):
        logits = output[0, -1, FIRST:].double().numpy()[: len(vocabulary.known)]
        if temperature > 0:
            logits = (logits - logits.max()) / temperature + random.gumbel(size=len(logits))
        best = int(logits.argmax())
        written.append(vocabulary.known[best])
        output, memory = network.run(torch.tensor([[FIRST + best]]), memory=memory)
    return written
