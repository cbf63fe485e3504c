"""actselect: which recurrent cell, activations and depth suit your sequences, and is it worth it."""

from __future__ import annotations

__version__ = "0.1.0"
