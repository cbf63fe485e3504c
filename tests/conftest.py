"""What all tests share: one thread, as a worker has (two slow each other down at these sizes), and
no network.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before a test imports onnxruntime itself

_spec = importlib.util.spec_from_file_location(
    "offline", Path(__file__).parent / "offline" / "sitecustomize.py"
)
assert _spec is not None
assert _spec.loader is not None
_offline = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_offline)


@pytest.fixture(scope="session")
def reached() -> list[str]:
    """What this process wanted of other machines; none of it was done."""
    found: list[str] = _offline.REACHED
    return found


@pytest.fixture(autouse=True)
def _no_network(reached: list[str]) -> Iterator[None]:
    """Fail a test that wants something of another machine."""
    reached.clear()
    yield
    assert reached == []
