"""Keeps pytest from importing what is only run as a program: ``python -m tests.fuzz``."""

from __future__ import annotations

collect_ignore_glob = ["[!t]*.py", "targets.py"]
