"""Finding the period of a series."""

from __future__ import annotations

import numpy as np
import pytest

from actselect.tasks._periods import common_period, find_period

# Box and Jenkins 1976, series G: airline passengers, thousands per month, 1949 to 1957.
AIRLINE = """
112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140
145 150 178 163 172 178 199 199 184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194
196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306
315 301 356 348 355 422 465 467 404 347 305 336
"""


def test_airline_passengers_have_a_period_of_twelve_months() -> None:
    """A trend and a growing amplitude do not hide the year."""
    assert find_period(np.array(AIRLINE.split(), dtype=float)) == 12


@pytest.mark.parametrize("period", [4, 7, 12, 24, 48, 168])
def test_a_noisy_wave_is_found(period: int) -> None:
    """A sine with noise of a third of its amplitude has its own period, to 1 % of it."""
    random = np.random.default_rng(period)
    steps = np.arange(12 * period + 200)
    wave = np.sin(2 * np.pi * steps / period + 1.0) + 0.33 * random.normal(size=len(steps))

    assert abs((find_period(wave) or 0) - period) <= period // 100


def test_a_week_of_half_hours_wins_over_the_day() -> None:
    """Where weekends differ, the week forecasts better than the day, so the week is the period."""
    random = np.random.default_rng(0)
    steps = np.arange(336 * 10)
    day = np.sin(2 * np.pi * steps / 48)
    weekend = (steps // 48) % 7 >= 5

    assert find_period(day - 1.5 * weekend + 0.1 * random.normal(size=len(steps))) == 336


@pytest.mark.parametrize("length", [60, 144, 1000])
@pytest.mark.parametrize("kind", ["white noise", "random walk", "autoregression"])
def test_noise_has_no_period(kind: str, length: int) -> None:
    """At most one of fifty draws of a process without season is taken for seasonal."""
    random = np.random.default_rng(7)
    found = 0
    for _ in range(50):
        x = random.normal(size=length)
        if kind == "random walk":
            x = x.cumsum()
        if kind == "autoregression":
            x = np.convolve(x, 0.8 ** np.arange(30))[:length]
        found += find_period(x) is not None

    assert found <= 1


@pytest.mark.parametrize("series", [np.zeros(100), np.arange(100.0), np.ones(2), np.arange(5.0)])
def test_constants_lines_and_very_short_series_have_none(series: np.ndarray) -> None:
    """There is nothing to repeat."""
    assert find_period(series) is None


def test_the_period_of_most_series_counts() -> None:
    """A third with the same period is enough, a sixth is not."""
    wave = np.sin(2 * np.pi * np.arange(300) / 12)
    noise = np.random.default_rng(0).normal(size=300)

    assert common_period([wave, noise, noise]) == 12
    assert common_period([wave, *[noise] * 5]) is None
    assert common_period([]) is None
