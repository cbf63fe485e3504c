"""JSON that can be looked at: nothing in it moves a cursor, turns text round, or hides."""

from __future__ import annotations

import json
import re
from typing import Any

# ``json`` writes controls below U+0020 as escapes, and leaves these to whoever shows the text.
UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def dumps(value: Any) -> str:  # noqa: ANN401 - JSON
    r"""Return ``value`` as JSON in UTF-8, one line a field; it reads back as the same.

    Raises:
        ValueError: a number is NaN or infinite.

    >>> print(dumps("na\u00efve \u202egnp.exe"))
    "naïve \u202egnp.exe"
    """
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, indent=1)
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
