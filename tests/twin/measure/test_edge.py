"""Rates around the edge of starvation."""

from __future__ import annotations

import pytest

from twin.measure.edge import Tried, first_rate, next_rate
from twin.measure.traffic import Lengths


def test_the_first_rate_follows_from_closed_loops() -> None:
    rows = [
        {"num_prompts": number, "output_tokens_per_request": "50", "duration_s": duration}
        for number, duration in (("8", "1"), ("64", "2"), ("128", "5"))
    ]
    # 1600 tokens/s are 8 requests/s of 200 tokens.
    assert first_rate(rows, Lengths()) == pytest.approx(0.7 * 8)
    assert first_rate([], Lengths()) == 2.0


def test_rates_rise_until_it_starves_and_close_in_then() -> None:
    assert next_rate([Tried(4.0, False)]) == pytest.approx(6.8)
    assert next_rate([Tried(4.0, True)]) == pytest.approx(2.353)
    assert next_rate([Tried(4.0, False), Tried(6.8, True)]) == pytest.approx(5.4)
    assert next_rate([Tried(4.0, True), Tried(2.353, False)]) == pytest.approx(3.176)
