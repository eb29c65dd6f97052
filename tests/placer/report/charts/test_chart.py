"""Charts as data: they can be compared and kept."""

from __future__ import annotations

from placer.report.charts.axis import Axis
from placer.report.charts.chart import Chart, Dot, Dots, Line


def test_equal_figures_are_equal_charts() -> None:
    def chart(name: str) -> Chart:
        marks = (Line(((0, 1), (1, 2)), "all"), Dots((Dot(1, 2, name),)))
        return Chart("title", "summary", Axis("x", 0, 1), Axis("y", 0, 2), marks)

    assert chart("a") == chart("a")
    assert chart("a") != chart("b")
    assert len({chart("a"), chart("a")}) == 1
