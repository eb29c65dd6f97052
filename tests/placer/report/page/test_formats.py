"""Numbers in pages."""

from __future__ import annotations

import math

import pytest

from placer.report.page.formats import count, milliseconds, number, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((None, "–"), (math.nan, "–"), (math.inf, "∞"), (-math.inf, "-∞")),
        *((4.0, "4"), (0.12345, "0.123"), (39_768.4, "39,768"), (-2.5, "-2.5")),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0 %"), (0.0625, "6.25 %"), (12.0, "12 ×"), (math.inf, "any")],
)
def test_shares(value: float | None, text: str) -> None:
    assert percent(value) == text


def test_times_and_counts() -> None:
    assert milliseconds(0.1214) == "121"
    assert milliseconds(None) == "–"
    assert count(1, "GPU") == "1 GPU"
    assert count(1200, "adapter") == "1,200 adapters"
