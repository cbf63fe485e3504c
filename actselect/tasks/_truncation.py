"""Long sequences with an answer at every step: where gradients are cut off.

Truncated backpropagation through time (Williams and Peng 1990, Neural Computation 2, section 4): a
network goes through a sequence in stretches, and carries its states, but no gradient, from one to
the next.  Each stretch is one optimiser step.
"""

from __future__ import annotations


def truncation_note(longest: int, truncation: int) -> str:
    """Return what a report says of long sequences.

    >>> truncation_note(1000, 64)[:42]
    'Sequences of up to 1000 steps were trained'
    """
    return (
        f"Sequences of up to {longest} steps were trained on by truncated backpropagation: states "
        f"are carried on, gradients are cut off after {truncation} steps."
    )
