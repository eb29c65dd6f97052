"""Up to where an engine serves more and more requests."""

from __future__ import annotations

import pytest

from estimators.testing import example_adapters
from placer.bounds.served_rate import served_rate

GROUP = example_adapters(10, rates=(2.0, 1.0))
TOTAL = sum(adapter.rate for adapter in GROUP)


@pytest.mark.parametrize("capacity", [14.9, 7.0, 0.3])
def test_the_bracket_is_around_what_is_served(capacity: float) -> None:
    served = served_rate(lambda rate: rate <= capacity, GROUP, 0.01)
    assert served.low <= capacity < served.high
    assert served.high <= served.low * 1.02


def test_everything_is_asked_for_at_most() -> None:
    asked: list[float] = []

    def serves(rate: float) -> bool:
        asked.append(rate)
        return True

    assert served_rate(serves, GROUP, 0.01).low == TOTAL
    assert asked == sorted(asked)
    assert asked[-1] == TOTAL


def test_what_serves_hardly_anything_serves_nothing() -> None:
    served = served_rate(lambda rate: rate <= TOTAL * 0.9e-4, GROUP, 0.01)
    assert served.low == 0.0
    assert served.high < TOTAL * 1e-4
