"""Adam with clipped gradients, on all weights of a network as one vector.

Clipping and updating then handle one tensor instead of many.  The update is the operator that
``torch.optim.Adam(fused=True)`` calls; the class itself would import torch's compiler first, three
seconds in every process, and takes longer to find out what to do than the operator to do it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

CLIP_NORM = 1.0  # Pascanu et al. 2013, arXiv:1211.5063, section 3.2


class Adam:
    """Adam (Kingma, Ba 2015, arXiv:1412.6980, algorithm 1) with gradients of norm at most 1.

    Args:
        weights: parameters to train; each becomes a view of one vector.
        learning_rate: its step size.

    Attributes:
        state: what to save: step, and moving averages of gradient and squared gradient.

    >>> layer = nn.Linear(3, 1)
    >>> optimiser = Adam(layer.parameters(), learning_rate=0.01)
    >>> optimiser.step([torch.ones(1, 3), torch.ones(1)])
    True
    """

    def __init__(self, weights: Iterable[nn.Parameter], learning_rate: float) -> None:
        self.weights, self.learning_rate = list(weights), learning_rate
        self._vector = torch.cat([weight.detach().flatten() for weight in self.weights])
        start = 0
        for weight in self.weights:
            weight.data = self._vector[start : start + weight.numel()].view_as(weight)
            start += weight.numel()
        self.state = {
            "step": torch.zeros(()),
            "mean": torch.zeros_like(self._vector),
            "square": torch.zeros_like(self._vector),
        }

    def step(self, gradients: Iterable[Tensor]) -> bool:
        """Update the weights; return False, and change nothing, when a gradient is not finite.

        Args:
            gradients: one for each weight, in the same order.
        """
        gradient = torch.cat([part.flatten() for part in gradients])
        norm = torch.linalg.vector_norm(gradient).item()
        if not math.isfinite(norm):
            return False
        self.state["step"] += 1.0
        torch._fused_adam_(
            [self._vector],
            [gradient.mul_(CLIP_NORM / norm) if norm > CLIP_NORM else gradient],
            [self.state["mean"]],
            [self.state["square"]],
            [],
            [self.state["step"]],
            lr=self.learning_rate,
            beta1=0.9,
            beta2=0.999,
            weight_decay=0.0,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )
        return True
