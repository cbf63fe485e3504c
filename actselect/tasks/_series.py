"""Windows of standardised series, as a network sees them.

Notation: N series, S steps of all series, F features (feature 0 is the target); L look-back, H
horizon, Q levels of quantiles (1 without); B windows in a batch, E windows asked for.

Windows are taken from the series and then standardised, each batch anew: a standardised copy of all
steps would need as much memory as the series, which may be mapped from a file.
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
from actselect.tasks._losses import number_loss, pinball_loss
from actselect.tasks._steps import Steps
from actselect.tasks._windows import Windows


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledForecasting(Scaled):
    """Windows of standardised series.

    Args:
        windows: which windows there are.
        steps: of all series.
        starts: (N,) first step of each series in ``steps``.
        mean: (N, F) of the steps trained on.
        scale: (N, F) of the steps trained on.
        absolute: whether the loss is the smooth absolute error.
        levels: of the quantiles that are forecast, ascending; none: one number a step.
    """

    windows: Windows
    steps: Steps
    starts: IntArray
    mean: FloatArray
    scale: FloatArray
    absolute: bool
    levels: tuple[float, ...] = ()

    @property
    def sizes(self) -> None:
        """None: all windows are alike."""
        return

    def batch(self, examples: IntArray) -> Batch:
        """Return windows (B, L, F) and targets (B, H), NaN where missing.

        A missing feature is as the last known value before; a target that lies beyond the end of
        its series counts as missing.
        """
        series, origin = self.windows.locate(examples)
        aim, lookback, horizon = self.starts[series] + origin, *self._sizes
        inputs = self._standardised(self.steps.windows(aim - lookback, lookback), series)
        last = inputs[:, -1, :1].clone()
        inputs[..., 0] -= last
        targets = torch.full((len(examples), horizon), torch.nan)
        known = origin < self.windows.lengths[series]
        if known.any():
            found = self.steps.targets(aim[known], horizon)[..., None]
            inside = torch.from_numpy(known)
            targets[inside] = self._standardised(found, series[known])[..., 0] - last[inside]
        return Batch(inputs=inputs.nan_to_num_(nan=0.0), lengths=None, targets=targets)

    @property
    def _sizes(self) -> tuple[int, int]:
        return self.windows.lookback, self.windows.horizon

    def _standardised(self, values: FloatArray, series: IntArray) -> Tensor:
        """Return values (B, T, F), or the target alone (B, T, 1), in float32; values are lost."""
        width = values.shape[2]
        mean, scale = (
            torch.from_numpy(x[series, :width])[:, None] for x in (self.mean, self.scale)
        )
        return torch.from_numpy(values).sub_(mean).div_(scale).float()

    def filled_targets(self, examples: IntArray) -> FloatArray:
        """Return targets as in a batch, (E, H), each missing one as the value before.

        Not for windows at the end of a series, which have none.
        """
        series, origin = self.windows.locate(examples)
        before = self.starts[series] + origin - 1
        found = self.steps.windows(before, self.windows.horizon + 1)
        scaled = self._standardised(found, series)[..., 0]
        return np.asarray((scaled[:, 1:] - scaled[:, :1]).double().numpy())

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean error of outputs (B, H), smooth absolute or (for ``rmse``) squared.

        Of quantiles, (B, H * Q), it is the mean pinball loss.
        """
        if self.levels:
            return pinball_loss(output, targets, self.levels)
        return number_loss(output, targets, absolute=self.absolute)

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what :meth:`decode` makes of a network's raw outputs."""
        return self.decode(last_outputs(network, self, examples), examples)

    def decode(self, output: FloatArray, examples: IntArray) -> FloatArray:
        """Return forecasts (E, H * Q) in the target's unit; the quantiles of a step ascend.

        Where the raw ones cross they are sorted, which brings them nearer to the true ones if it
        changes them at all (Chernozhukov, Fernandez-Val and Galichon 2010, Econometrica 78, 1093).
        """
        series, origin = self.windows.locate(examples)
        before = self.steps.observed(self.starts[series] + origin - 1)
        last = self._standardised(before[:, None, None], series)[:, 0].numpy().astype(np.float64)
        scaled = np.asarray(output, dtype=np.float64) + last
        values = np.asarray(scaled * self.scale[series, :1] + self.mean[series, :1])
        if not self.levels:
            return values
        each = values.reshape(len(values), -1, len(self.levels))
        return np.sort(each, axis=-1).reshape(values.shape)

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``mean`` and ``scale``, (N, F)."""
        return {"mean": self.mean, "scale": self.scale}
