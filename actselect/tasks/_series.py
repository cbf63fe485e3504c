"""Windows of standardised series, as a network sees them.

Notation: N series, S steps of all series, F features (feature 0 is the target); L look-back, H
horizon; B windows in a batch, E windows asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from actselect.records import FloatArray, IntArray
from actselect.tasks._base import Batch, Network, Scaled
from actselect.tasks._evaluation import last_outputs
from actselect.tasks._losses import number_loss
from actselect.tasks._windows import Windows


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledForecasting(Scaled):
    """Windows of standardised series.

    Args:
        windows: which windows there are.
        values: (S, F) float32, standardised; where the target is missing, the value before.
        targets: (S + H,) float32, target standardised; NaN where missing, and H times at the end.
        starts: (N,) first step of each series in ``values``.
        mean: (N, F) of the steps trained on.
        scale: (N, F) of the steps trained on.
        absolute: whether the loss is the smooth absolute error.
    """

    windows: Windows
    values: Tensor
    targets: Tensor
    starts: IntArray
    mean: FloatArray
    scale: FloatArray
    absolute: bool

    @property
    def sizes(self) -> None:
        """None: all windows are alike."""
        return

    def batch(self, examples: IntArray) -> Batch:
        """Return windows (B, L, F) and targets (B, H), NaN where missing.

        A target that lies beyond the end of its series counts as missing.
        """
        series, origin = self.windows.locate(examples)
        start = torch.from_numpy(self.starts[series] + origin - self.windows.lookback)
        aim = start + self.windows.lookback
        last = self.values[aim - 1, :1]
        inputs = _views(self.values, self.windows.lookback).index_select(0, start)
        inputs[..., 0] -= last
        targets = _views(self.targets, self.windows.horizon).index_select(0, aim) - last
        targets[torch.from_numpy(origin == self.windows.lengths[series])] = torch.nan
        return Batch(inputs=inputs.nan_to_num_(nan=0.0), lengths=None, targets=targets)

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean smooth absolute (for ``rmse``: squared) error of outputs (B, H)."""
        return number_loss(output, targets, absolute=self.absolute)

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what :meth:`decode` makes of a network's raw outputs."""
        return self.decode(last_outputs(network, self, examples), examples)

    def decode(self, output: FloatArray, examples: IntArray) -> FloatArray:
        """Return forecasts (E, H) in the target's unit."""
        series, origin = self.windows.locate(examples)
        last = self.values.numpy()[self.starts[series] + origin - 1, :1].astype(np.float64)
        scaled = np.asarray(output, dtype=np.float64) + last
        return np.asarray(scaled * self.scale[series, :1] + self.mean[series, :1])

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``mean`` and ``scale``, (N, F)."""
        return {"mean": self.mean, "scale": self.scale}


def _views(values: Tensor, size: int) -> Tensor:
    """Return all windows of consecutive rows, (S - size + 1, size, ...), sharing memory."""
    step = values.stride(0)
    shape = (len(values) - size + 1, size, *values.shape[1:])
    return values.as_strided(shape, (step, *values.stride()))
