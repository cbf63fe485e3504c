"""Long sequences: where gradients are cut off.

Truncated backpropagation through time (Williams and Peng 1990, Neural Computation 2, section 4): a
network goes through a sequence in stretches, and carries its states, but no gradient, from one to
the next.  With an answer at every step each stretch is one optimiser step.  With one answer at the
end there is a target in the last stretch only, so gradients go through that one.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from actselect.records import IntArray

WHOLE: Final = 2000  # steps, with one answer at the end: what is kept of them then fits in memory


def truncation_note(longest: int, truncation: int) -> str:
    """Return what a report says of long sequences.

    >>> truncation_note(1000, 64)[:42]
    'Sequences of up to 1000 steps were trained'
    """
    return (
        f"Sequences of up to {longest} steps were trained on by truncated backpropagation: states "
        f"are carried on, gradients are cut off after {truncation} steps."
    )


def cut_where_long(lengths: IntArray) -> tuple[int | None, tuple[str, ...]]:
    """Return the truncation of a task with one answer a sequence, and the note of it.

    Args:
        lengths: (N,) steps of each sequence.

    >>> cut_where_long(np.array([50, 2000]))
    (None, ())
    """
    if int(np.max(lengths)) <= WHOLE:
        return None, ()
    note = truncation_note(int(lengths.max()), WHOLE)
    return WHOLE, (f"{note} Networks that read both ways see all of it at once.",)
