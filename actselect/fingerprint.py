"""What must not change between a study's beginning and its end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from actselect import __version__
from actselect.activations import get_activation
from actselect.exceptions import StudyError
from actselect.search_space import SAME, SearchSpace

POINTS = torch.linspace(-6.0, 6.0, 49, dtype=torch.float64)  # where activations are compared
OURS = "actselect"
LIBRARIES = ("torch", "optuna")  # whose numbers are in a study; up to the minor release


def fingerprint(space: SearchSpace) -> dict[str, Any]:
    """Return versions, and a hash of the search space with what its activations compute.

    Args:
        space: of the study.
    """
    names = {*space.functions, *space.head_activations} - {SAME}
    values = {name: get_activation(name).function(POINTS).tolist() for name in sorted(names)}
    text = json.dumps([asdict(space), values], sort_keys=True)
    versions = {OURS: __version__, **{name: _minor(version(name)) for name in LIBRARIES}}
    return {"versions": versions, "space": hashlib.sha256(text.encode()).hexdigest()}


def check_fingerprint(began: Mapping[str, Any], now: Mapping[str, Any], study: Path) -> None:
    """Refuse to go on with a study that began as another.

    Args:
        began: the study's settings.
        now: its fingerprint here and now.
        study: its folder, for the message.

    Raises:
        StudyError: versions or search space differ.
    """
    before = began.get("versions", {OURS: "an older version"})
    for name, here in now["versions"].items():
        if before.get(name) != here:
            raise StudyError(
                f"{study} began with {name} {before.get(name)}; here is {here}. Results of both "
                f"must not be mixed. Type: pip install {name}=={before.get(name)}, or start a new "
                "study."
            )
    if began.get("space") != now["space"]:
        raise StudyError(
            f"The search space of {study} is not the one it began with: a registered activation or "
            "cell has changed. Register what it began with, or start a new study."
        )


def _minor(release: str) -> str:
    return ".".join(release.split("+", maxsplit=1)[0].split(".")[:2])
