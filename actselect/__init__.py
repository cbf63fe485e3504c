"""actselect: which recurrent cell, activations and depth suit your sequences, and is it worth it.

Names are loaded on first use: ``import actselect`` loads neither torch nor optuna.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # type checkers do not see what is loaded on first use
    from actselect import nn as nn
    from actselect.activations import register_activation as register_activation
    from actselect.api import Report as Report
    from actselect.api import export as export
    from actselect.api import load_report as load_report
    from actselect.api import predict as predict
    from actselect.api import recommend as recommend
    from actselect.api import resume as resume
    from actselect.api import sample as sample
    from actselect.cells import register_cell as register_cell
    from actselect.comparison import compare as compare
    from actselect.estimator import AutoRecurrentClassifier as AutoRecurrentClassifier
    from actselect.estimator import AutoRecurrentRegressor as AutoRecurrentRegressor
    from actselect.estimator import RecurrentClassifier as RecurrentClassifier
    from actselect.estimator import RecurrentRegressor as RecurrentRegressor

__version__ = "0.1.0"

_HOMES = {
    "AutoRecurrentClassifier": "actselect.estimator",
    "AutoRecurrentRegressor": "actselect.estimator",
    "RecurrentClassifier": "actselect.estimator",
    "RecurrentRegressor": "actselect.estimator",
    "Report": "actselect.api",
    "compare": "actselect.comparison",
    "export": "actselect.api",
    "load_report": "actselect.api",
    "predict": "actselect.api",
    "recommend": "actselect.api",
    "register_activation": "actselect.activations",
    "register_cell": "actselect.cells",
    "resume": "actselect.api",
    "sample": "actselect.api",
}

__all__ = [
    "AutoRecurrentClassifier",
    "AutoRecurrentRegressor",
    "RecurrentClassifier",
    "RecurrentRegressor",
    "Report",
    "__version__",
    "compare",
    "export",
    "load_report",
    "nn",
    "predict",
    "recommend",
    "register_activation",
    "register_cell",
    "resume",
    "sample",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name == "nn":
        return import_module("actselect.nn")
    if name not in _HOMES:
        raise AttributeError(f"module 'actselect' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
