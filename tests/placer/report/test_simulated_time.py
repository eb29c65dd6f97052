"""The time that a verification simulates, in words."""

from __future__ import annotations

import pytest

from placer.report.simulated_time import simulated_time


@pytest.mark.parametrize(
    ("rates", "text"),
    [
        ([8.0, 0.25], "1,200 s"),
        ([8.0, 0.24], "at least 1,200 s"),
        ([0.0, 8.0], "1,200 s"),
        ([], "1,200 s"),
    ],
)
def test_a_window_is_longer_until_300_requests_are_expected(rates: list[float], text: str) -> None:
    assert simulated_time(1200.0, rates) == text
