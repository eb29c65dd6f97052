"""Curves of a benchmark."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from placer.benchmark.curves import value_curves
from placer.benchmark.row import Row
from placer.report.charts.chart import Level, Line
from placer.report.charts.static import picture
from tests.placer.benchmark.example_row import ROW
from twin.files.errors import InputError


def row(strategy: str, limit: float, value: float, instance: str = "one") -> Row:
    return replace(ROW, strategy=strategy, max_estimates=limit, value=(value,), instance=instance)


ROWS = [
    *(row("best", 50.0, 6.0), row("best", 25.0, 8.0), row("best", 100.0, 4.0)),
    *(row("greedy", 25.0, 8.0), row("greedy", 50.0, 5.0)),
]


def test_a_line_goes_through_the_limits_and_holds_behind_the_last() -> None:
    (chart,) = value_curves(ROWS)
    assert chart.title == "one"
    lines = [mark for mark in chart.marks if isinstance(mark, Line) and mark.stepped]
    assert [line.points for line in lines] == [
        ((25.0, 8.0), (50.0, 6.0), (100.0, 4.0), (150.0, 4.0)),
        ((25.0, 8.0), (50.0, 5.0), (150.0, 5.0)),
    ]
    assert [mark.value for mark in chart.marks if isinstance(mark, Level)] == [3.0]
    assert "best from 8 to 4, greedy from 8 to 5; bound 3" in chart.summary


def test_names_stand_above_the_lines() -> None:
    (chart,) = value_curves(ROWS)
    names = {mark.label: mark for mark in chart.marks if isinstance(mark, Line) and mark.label}
    assert list(names) == ["best", "greedy"]
    assert all(height > 8.0 for mark in names.values() for _, height in mark.points)
    assert b"<svg" in picture([chart], "svg")


def test_what_is_not_complete_begins_later_or_is_left_out() -> None:
    incomplete = replace(row("best", 25.0, math.inf), feasible=False)
    (chart,) = value_curves([incomplete, *ROWS[:1], ROWS[2], row("best", 50.0, 3.0, "two")])
    (line,) = (mark for mark in chart.marks if isinstance(mark, Line) and mark.stepped)
    assert line.points[0] == (50.0, 6.0)


def test_without_two_limits_there_is_no_curve() -> None:
    with pytest.raises(InputError, match="no instance has a complete placement under two limits"):
        value_curves([row("best", math.inf, 4.0), row("best", 50.0, 4.0)])
