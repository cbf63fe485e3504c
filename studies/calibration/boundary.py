"""``python -m studies.calibration.boundary``: the table of ``actselect.statistics._looks``.

Differences of two equal architectures are simulated as normal, with an error of variance rho that
all repeats share (the model of Nadeau and Bengio 2003).  After every repeat from the first look to
the last the corrected t-test is made; what counts is the smallest p-value of a path.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.special import stdtr

from actselect.records import FloatArray
from actselect.statistics import FIRST, LAST

RHOS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
LEVELS = (0.5, 0.3, 0.2, 0.1, 0.05, 0.025, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
CHUNK = 20_000


def least_p(rho: float, paths: int, rng: np.random.Generator) -> FloatArray:
    """Return the smallest one-sided p-value of each path, (2 * paths,): both sides are one each."""
    k = np.arange(FIRST, LAST + 1)
    found = []
    for _ in range(-(-paths // CHUNK)):
        x = rng.standard_normal((CHUNK, LAST))
        x += np.sqrt(rho) * rng.standard_normal((CHUNK, 1))
        mean = np.cumsum(x, axis=1)[:, k - 1] / k
        square = np.cumsum(x * x, axis=1)[:, k - 1] / k
        variance = (square - mean**2) * k / (k - 1)
        p = stdtr(k - 1, -mean / np.sqrt(variance * (1 / k + rho)))
        found += [p.min(axis=1), (1 - p).min(axis=1)]
    return np.concatenate(found)


def main() -> None:
    """Print the table as Python."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=2_000_000)
    paths = parser.parse_args().paths
    print(f"LEVELS = {LEVELS}\nNOMINAL = {{")
    for i, rho in enumerate(RHOS):
        nominal = np.quantile(least_p(rho, paths, np.random.default_rng([2026, i])), LEVELS)
        print(f"    {rho}: ({', '.join(f'{p:.3g}' for p in nominal)}),", flush=True)
    print("}")


if __name__ == "__main__":
    main()
