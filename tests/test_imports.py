"""The package is cheap to import, and its public names are what it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

import actselect

HEAVY = {"torch", "optuna", "numpy", "pandas", "scipy", "sklearn", "rich"}
HELP = """
import sys
from actselect.cli import main
try:
    main()
except SystemExit as done:
    assert done.code == 0, done.code
print("\\n" + " ".join(sys.modules))
"""


def loaded_modules(code: str, *arguments: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after ``code``."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_importing_the_package_loads_nothing_heavy() -> None:
    """``import actselect`` loads none of the big libraries, neither torch nor numpy."""
    loaded = loaded_modules("import sys, actselect; print(' '.join(sys.modules))")

    assert "actselect" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize(
    "command",
    [
        "",
        "recommend",
        "resume",
        "show",
        "list",
        "predict",
        "guide",
        "export",
        "compare",
        "dashboard",
        "doctor",
    ],
)
def test_help_loads_nothing_heavy(command: str) -> None:
    """``--help`` of the program and of each command answers without the big libraries."""
    loaded = loaded_modules(HELP, *command.split(), "--help")

    assert "click" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize("name", actselect.__all__)
def test_every_public_name_can_be_loaded(name: str) -> None:
    """What ``__all__`` promises is there."""
    assert getattr(actselect, name) is not None


def test_all_equals_the_names_that_are_loaded_on_first_use() -> None:
    """``__all__`` is sorted and holds the lazy names, the version, and nothing else."""
    lazy = {*actselect._HOMES, "nn", "__version__"}

    assert set(actselect.__all__) == lazy
    assert list(actselect.__all__) == sorted(actselect.__all__)
    assert dir(actselect) == sorted(actselect.__all__)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    """A typing error is told as in any module."""
    with pytest.raises(AttributeError, match="'actselect' has no attribute 'recomend'"):
        actselect.recomend  # noqa: B018 - the access is the test
