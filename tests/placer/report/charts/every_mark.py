"""A chart with every kind of mark."""

from __future__ import annotations

from placer.report.charts.axis import Axis
from placer.report.charts.chart import (
    Band,
    Box,
    Cells,
    Chart,
    Dot,
    Dots,
    Level,
    Line,
    Note,
)

__all__ = ["every_mark"]


def every_mark(name: str = "gpu-00") -> Chart:
    """A chart in which everything is called by a name."""
    return Chart(
        name,
        name,
        Axis.around(name, [1, 100], log=True),
        Axis.around(name, [0, 8], zero=True),
        (
            Cells((Box(1, 10, 0, 4, 0), Box(10, 100, 0, 4, 3))),
            Band(((1, 2, 3), (50, 3, 5)), "muted"),
            Line(((1, 2), (10, 4), (100, 6)), name),
            Line(((1, 1), (10, 2)), name, "warn", dashed=True, stepped=True),
            Line((), name),
            Level(7, name),
            Dots((Dot(2, 3, name, name), Dot(99, 8, name, name, href="run/report.html"))),
            Dots((Dot(3, 3, name),), hollow=True),
            Note(20, 6, name),
        ),
    )
