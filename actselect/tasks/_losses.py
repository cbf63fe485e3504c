"""Training losses for numbers, chosen so that they aim at what the metric rewards.

An absolute-error metric is minimised by the median, a squared one by the mean (Gneiting 2011,
J. Am. Stat. Assoc. 106, theorems 1 and 2), so the loss follows the metric.  The pinball loss of a
level is minimised by the quantile of that level (Koenker and Bassett 1978, Econometrica 46,
equation 3.1).

Notation: B examples, H numbers of an example, Q levels.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from actselect.records import FloatArray

BETA = 0.1  # of a standard deviation: absolute error beyond, smooth (no jump of the gradient) below


def number_loss(output: Tensor, targets: Tensor, *, absolute: bool) -> Tensor:
    """Return the mean loss of outputs and targets of one shape; NaN targets are left out.

    Args:
        output: raw outputs, in units of a standard deviation of the training targets.
        targets: as output; NaN where missing.
        absolute: smooth absolute error (Huber 1964) instead of squared error.

    >>> number_loss(torch.tensor([1.0, 5.0]), torch.tensor([3.0, float("nan")]), absolute=False)
    tensor(4.)
    """
    observed = ~torch.isnan(targets)
    known = torch.where(observed, targets, output.detach())
    if absolute:
        each = functional.smooth_l1_loss(output, known, beta=BETA, reduction="none")
    else:
        each = functional.mse_loss(output, known, reduction="none")
    return each.sum() / observed.sum().clamp(min=1)


def pinball_loss(output: Tensor, targets: Tensor, levels: tuple[float, ...]) -> Tensor:
    """Return the mean pinball loss; NaN targets are left out.

    Args:
        output: (B, H * Q) raw outputs, the Q levels of a number side by side.
        targets: (B, H); NaN where missing.
        levels: Q of them, in (0, 1).

    >>> pinball_loss(torch.zeros(1, 2), torch.tensor([[4.0]]), (0.25, 0.5))
    tensor(1.5000)
    """
    share = output.new_tensor(levels)
    error = targets.unsqueeze(-1) - output.unflatten(-1, (-1, len(levels)))
    observed = ~torch.isnan(error)
    error = torch.where(observed, error, 0.0)
    each = torch.maximum(share * error, (share - 1) * error)
    return each.sum() / observed.sum().clamp(min=1)


def pinball_errors(
    targets: FloatArray, forecasts: FloatArray, levels: tuple[float, ...]
) -> FloatArray:
    """Return the pinball loss of each number, averaged over levels, (B, H); NaN stays NaN.

    Args:
        targets: (B, H).
        forecasts: (B, H, Q).
        levels: Q of them, in (0, 1).

    >>> pinball_errors(np.array([[4.0]]), np.zeros((1, 1, 2)), (0.25, 0.5)).tolist()
    [[1.5]]
    """
    share, error = np.array(levels), targets[..., None] - forecasts
    return np.asarray(np.maximum(share * error, (share - 1) * error).mean(axis=-1))
