"""Training losses for numbers, chosen so that they aim at what the metric rewards.

An absolute-error metric is minimised by the median, a squared one by the mean (Gneiting 2011,
J. Am. Stat. Assoc. 106, theorems 1 and 2), so the loss follows the metric.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

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
