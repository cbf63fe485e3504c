"""How wide the words of a picture are, and how they are cut, split and set as numbers.

Widths are estimates from above, in points: a reader's browser chooses the font, and letters of
Chinese are as wide as they are high in all of them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

from actselect.report.wording import clean

SLIM = frozenset("iljtfrI.,:;'|!()[]/ ")
BROAD = frozenset("mwMWO@%…→←") | frozenset("QGD&+=<>~")
HALF = (
    0.43  # of the size: a slim letter; the widest of the common fonts, DejaVu Sans, has 0.28-0.41
)
FULL = 0.66  # others: DejaVu Sans has 0.52-0.77, 0.61 for small letters, 0.64 for digits
LARGE = 0.98
SLASHED = re.compile("[^/]*/|[^/]+")
MINUS = "\N{MINUS SIGN}"
POWERS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def width(text: str, size: float) -> float:
    """Return how wide ``text`` is at most, in points, at a font size in points.

    >>> width("東京", 10.0) > width("ab", 10.0) > width("il", 10.0)
    True
    """
    return size * sum(map(_em, text))


def _em(character: str) -> float:
    if character in SLIM:
        return HALF
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF:
        return 1.3 if unicodedata.category(character) == "So" else 1.0
    return LARGE if character in BROAD else FULL


def fitted(text: str, room: float, size: float) -> str:
    """Return ``text``, cleaned, cut so that it takes at most ``room`` points.

    >>> fitted("hard_sigmoid", 40.0, 9.0)
    'hard_…'
    """
    text = clean(text).strip()
    if width(text, size) <= room:
        return text
    left = room - LARGE * size
    kept = 0
    for character in text:
        left -= size * _em(character)
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def wrapped(text: str, room: float, size: float, lines: int) -> list[str]:
    """Return ``text`` in at most ``lines`` lines of ``room`` points, split at spaces; cut.

    A word that has no room on one line may be split after a slash.

    >>> wrapped("LSTM softsign/hard_sigmoid", 110.0, 9.0, 2)
    ['LSTM softsign/', 'hard_sigmoid']
    """
    words = [
        part
        for word in re.findall(r"[^\s]+|\s+", clean(text).strip())
        for part in (SLASHED.findall(word) if width(word, size) > room else [word])
    ]
    done = [""]
    for word in words:
        if done[-1] and width((done[-1] + word).rstrip(), size) > room and len(done) < lines:
            done.append("")
        done[-1] += "" if not done[-1] and word.isspace() else word
    return [fitted(line, room, size) for line in done]


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, short.

    >>> number(0.83123), number(1234.5), number(12345678.0), number(-2.0) == MINUS + "2"
    ('0.831', '1230', '1.23e7', True)
    """
    if not math.isfinite(value):
        return "\N{EN DASH}"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if -4 <= size < 6:
        rounded = round(value, digits - 1 - size)
        text = f"{rounded:.{max(digits - 1 - size, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", MINUS)


def column(values: Sequence[float]) -> list[str]:
    """Return numbers of one table: as many decimals as give a typical one three digits.

    >>> column([0.8312, 1.0, 0.9]), column([1234.5, 8.0])
    (['0.831', '1.000', '0.900'], ['1234', '8'])
    """
    sizes = sorted(abs(value) for value in values if math.isfinite(value) and value != 0)
    typical = sizes[len(sizes) // 2] if sizes else 1.0
    decimals = 2 - math.floor(math.log10(typical))
    if decimals > 6:
        return [number(value) for value in values]
    return [
        number(v) if not math.isfinite(v) or abs(v) >= 1e6
        else f"{v:.{max(decimals, 0)}f}".replace("-", MINUS)
        for v in values
    ]  # fmt: skip


def alike(values: Sequence[float]) -> list[str]:
    """Return the marks of an axis, all with the same number of decimals.

    >>> alike([0.5, 1.0, 1.5]), alike([0.0, 20000.0]), alike([1e7, 2e7])
    (['0.5', '1.0', '1.5'], ['0', '20000'], ['1e7', '2e7'])
    """
    largest = max(map(abs, values), default=0.0)
    if largest >= 1e6 or 0 < largest < 1e-3:
        return [number(value) for value in values]
    for decimals in range(7):
        if all(abs(round(v, decimals) - v) <= 1e-9 * max(largest, 1e-12) for v in values):
            break
    return [f"{v + 0.0:.{decimals}f}".replace("-", MINUS) for v in values]  # no minus before 0


def power(value: float) -> str:
    """Return a power of ten: written out where that is short.

    >>> power(0.001), power(1e-6), power(100.0)
    ('0.001', '10⁻⁶', '100')
    """
    exponent = round(math.log10(value))
    if -3 <= exponent <= 3 or not math.isclose(value, 10.0**exponent, rel_tol=1e-6):
        return number(value)
    return "10" + str(exponent).translate(POWERS)
