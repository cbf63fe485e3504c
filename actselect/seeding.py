"""One root seed, many named and independent random streams; the global state is never touched.

A stream is named by words and numbers, so adding an architecture or a repeat does not change the
stream of another, and the order in which streams are made does not matter.
"""

from __future__ import annotations

import hashlib

import numpy as np


def seed_sequence(root: int, *name: str | int) -> np.random.SeedSequence:
    """Return the seed sequence called ``name`` under ``root``.

    Args:
        root: the study's seed, a non-negative integer.
        name: words and numbers, such as ``"init", 3``.
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in name)
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.SeedSequence([root, *np.frombuffer(digest[:16], dtype=np.uint32).tolist()])


def generator(root: int, *name: str | int) -> np.random.Generator:
    """Return a numpy generator for the stream ``name``.

    >>> bool(generator(0, "order", 1).random() == generator(0, "order", 1).random())
    True
    """
    return np.random.default_rng(seed_sequence(root, *name))


def integer_seed(root: int, *name: str | int) -> int:
    """Return a 32-bit seed for libraries that want an integer (torch, Optuna, scikit-learn)."""
    return int(seed_sequence(root, *name).generate_state(1, np.uint32)[0])
