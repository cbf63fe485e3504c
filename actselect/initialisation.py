"""Initial weights that know the activation; drawn from a given generator, never the global state.

Input weights: Glorot uniform (Glorot, Bengio 2010, AISTATS, equation 16) times the activation's
gain. Recurrent weights: orthogonal per gate (Saxe et al. 2014, arXiv:1312.6120); for relu and
leaky_relu in an Elman network the identity (Le et al. 2015, arXiv:1504.00941: gradients then
neither grow nor shrink while units are active; leaky_relu differs from relu by one percent of a
slope); for an elementwise recurrence uniform in [0, 1], which spreads memory lengths (Li et al.
2018, arXiv:1803.04831, section 4.1). Biases: zero, but the LSTM's forget gate 1 (Gers et al. 2000;
Jozefowicz et al. 2015, PMLR 37:2342) and the gate through which a GRU keeps (z) and an MGU
overwrites (f) its state +1 and -1, for the same reason.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from actselect.activations import ActivationSpec
from actselect.cells import get_cell

IDENTITY_FOR = ("relu", "leaky_relu")
OPEN_GATES = {"lstm": (1, 1.0), "gru": (1, 1.0), "mgu": (0, -1.0)}  # gate, bias: remember at first


def initialise(
    cell: str,
    activation: ActivationSpec,
    weights: tuple[Tensor, Tensor, Tensor | None, Tensor | None],
    generator: torch.Generator,
) -> None:
    """Fill the weights of one layer and direction in place.

    Args:
        cell: name of the cell.
        activation: the layer's, on the candidate.
        weights: input weights (G * H, F), recurrent weights (G * H, H) or (H,), biases or None.
        generator: source of randomness.
    """
    w_x, w_h, b_x, b_h = weights
    n_gates = get_cell(cell).n_gates
    with torch.no_grad():
        for block in w_x.unflatten(0, (n_gates, -1)):
            bound = activation.gain * math.sqrt(6.0 / sum(block.shape))
            block.uniform_(-bound, bound, generator=generator)
        if w_h.ndim == 1:
            w_h.uniform_(0.0, 1.0, generator=generator)
        else:
            for block in w_h.unflatten(0, (n_gates, -1)):
                random = torch.empty_like(block)
                torch.nn.init.orthogonal_(random, generator=generator)
                one = cell == "rnn" and activation.name in IDENTITY_FOR
                block.copy_(torch.eye(len(block)) if one else random)
        for bias in (b_x, b_h):
            if bias is not None:
                bias.zero_()
        if b_x is not None and cell in OPEN_GATES:
            gate, value = OPEN_GATES[cell]
            b_x.unflatten(0, (n_gates, -1))[gate].fill_(value)
