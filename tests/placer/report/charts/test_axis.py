"""Axes."""

from __future__ import annotations

import math

import pytest

from placer.report.charts.axis import Axis


@pytest.mark.parametrize(
    ("values", "options", "ends", "ticks"),
    [
        ([3, 47], {"zero": True}, (0, 50), (0, 10, 20, 30, 40, 50)),
        ([0.12, 0.31], {}, (0.1, 0.35), (0.1, 0.15, 0.2, 0.25, 0.3, 0.35)),
        ([4, 7], {"zero": True, "whole": True}, (0, 8), (0, 2, 4, 6, 8)),
        ([1, 2], {"zero": True, "whole": True}, (0, 2), (0, 1, 2)),
        ([30, 900], {"log": True}, (20, 1000), (20, 50, 100, 200, 500, 1000)),
        ([110, 190], {"log": True}, (100, 200), (100, 150, 200)),
        ([2, 90_000], {"log": True}, (1, 100_000), (1, 10, 100, 1000, 10_000, 100_000)),
        ([5], {}, (5, 6), (5, 5.2, 5.4, 5.6, 5.8, 6)),
        ([], {"zero": True}, (0, 10), (0, 2, 4, 6, 8, 10)),
    ],
)
def test_ends_and_ticks_are_round(
    values: list[float],
    options: dict[str, bool],
    ends: tuple[float, float],
    ticks: tuple[float, ...],
) -> None:
    axis = Axis.around("x", values, **options)
    assert (axis.low, axis.high) == pytest.approx(ends)
    assert axis.ticks == pytest.approx(ticks)


@pytest.mark.parametrize("log", [False, True])
def test_every_value_is_between_the_ends(log: bool) -> None:
    for k in range(1, 400):
        values = [1.37**k * 1e-20, 1.37**k * 7.7e-20]
        axis = Axis.around("x", values, log=log)
        assert axis.low <= values[0] * (1 + 1e-9)
        assert axis.high >= values[1] * (1 - 1e-9)
        assert 2 <= len(axis.ticks) <= 9


def test_what_is_no_number_is_left_out() -> None:
    values = [math.nan, math.inf, 0.0, 2.0, 9.0]
    assert Axis.around("x", values, log=True).low == 1
    assert Axis.around("x", values).high == 10


def test_places() -> None:
    assert Axis("x", 0, 10).place(2.5) == 0.25
    assert Axis("x", 1, 100, log=True).place(10) == pytest.approx(0.5)
    assert Axis("x", 0, 10).place(11) == 1
    assert Axis("x", 0, 10).place(-math.inf) == 0


def test_ticks_in_words() -> None:
    assert [Axis.text(v) for v in (0.1 * 3, 20_000.0, 5.0)] == ["0.3", "20,000", "5"]
