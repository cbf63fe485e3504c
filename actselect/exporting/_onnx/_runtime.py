"""The door to onnxruntime, which from version 1.32 reports its use to its maker unless told not to.

It makes up its mind when it is loaded (its Privacy.md, "Disabling Telemetry"); who wants to report
sets ``ORT_DISABLE_TELEMETRY=0``.
"""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime  # type: ignore[import-untyped]

__all__ = ["onnxruntime"]
