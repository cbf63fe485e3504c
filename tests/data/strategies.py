"""What property tests of readers are drawn from: nasty but legal, and always the same."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

drawn = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

NASTY = (
    "007", "NA", "NaN", "null", "-0.0", "1e5", "1_000", "1,5", "a;b", "a\tb", '"', '""', "'", "\\",
    "two\nlines", "two\r\nlines", "\r", " padded ", "\xa0", "e\u0301", "\u2028", "\x85", "\x1c",
    "\ufeff", "#", "@data", "?", "%", "{x}", "=1+1", "<b>", "\U0001f642", "\x1b[31m", "| ", "test",
)  # fmt: skip
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.sampled_from(NASTY) | st.text(LETTERS, max_size=8)
NAME = TEXT.map(str.strip).filter(bool)
"""Text that readers may strip."""
WORD = NAME.filter(lambda word: not set(word) & set(" \t\n\r"))
"""Text between spaces and tabs."""
NUMBER = st.floats(width=32, allow_nan=False, allow_infinity=False)
