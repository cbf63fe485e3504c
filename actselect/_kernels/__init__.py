"""The compiled kernels, if this installation has any.

Nothing but :mod:`actselect.recurrence.native` and the doctor know what lies here.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from types import ModuleType

OVERRIDE = "ACTSELECT_KERNELS"  # path of another build of the module, or "none" for no kernels


def load() -> ModuleType | None:
    """Return the compiled module; None when there is none, which is no error.

    >>> module = load()
    >>> module is None or module.instruction_set() in module.instruction_sets()
    True
    """
    override = os.environ.get(OVERRIDE)
    if override == "none":
        return None
    if override:
        spec = importlib.util.spec_from_file_location("_native", override)
        if spec is None or spec.loader is None:
            raise ImportError(f"{OVERRIDE} must be an extension module or 'none'. Got {override}.")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    try:
        return importlib.import_module("actselect._kernels._native")
    except ModuleNotFoundError:
        return None
