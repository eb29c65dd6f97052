"""Curves of a benchmark: value against the estimates that a search may ask for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from placer.benchmark.row import Row
from placer.report.charts.axis import Axis
from placer.report.charts.chart import Chart, Level, Line, Mark, Tone
from twin.files.errors import InputError

__all__ = ["value_curves"]

_STYLES: tuple[tuple[Tone, bool], ...] = (
    *(("accent", False), ("warn", True), ("ink", True), ("muted", True)),
)
_REACH = 1.5  # of the axis, over the largest limit
_LEGEND = 0.25, 0.08  # of the axes: where its lines end, and how far they are apart


def value_curves(rows: Sequence[Row]) -> list[Chart]:
    """One chart for each instance, objective and rule: the value of each strategy by the limit.

    A line begins at the smallest limit under which the placement is complete. The bound is the
    largest of all rows; only the first component of values is shown.

    Parameters
    ----------
    rows : sequence of Row
        Of searches with limits; those without are left out.

    Raises
    ------
    InputError
        If no instance has a complete placement under two limits.
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if math.isfinite(row.max_estimates) and row.feasible:
            groups.setdefault((row.instance, row.objective, row.rule), []).append(row)
    charts = [
        _chart(instance, group)
        for (instance, _, _), group in groups.items()
        if len({row.max_estimates for row in group}) > 1
    ]
    if not charts:
        raise InputError(
            "--curves",
            "no instance has a complete placement under two limits",
            "give --max-estimates several numbers, such as 25,50,100,200,400",
        )
    return charts


def _chart(instance: str, rows: Sequence[Row]) -> Chart:
    """Chart of an instance, with the names of the strategies above the lines."""
    limits = [row.max_estimates for row in rows]
    values = [row.value[0] for row in rows]
    bound = max(row.lower_bound[0] for row in rows)
    strategies = list(dict.fromkeys(row.strategy for row in rows))
    room = 1 + (len(strategies) + 1) * _LEGEND[1]
    x = Axis("estimates that may be asked for", min(limits), _REACH * max(limits), log=True)
    y = Axis.around(rows[0].objective, [bound, *values, max(values) * room], zero=True)
    marks: list[Mark] = [Level(bound, "bound", "muted")] if bound > 0 else []
    words = []
    for number, strategy in enumerate(strategies):
        tone, dashed = _STYLES[number % len(_STYLES)]
        own = {row.max_estimates: row.value[0] for row in rows if row.strategy == strategy}
        points = sorted(own.items())
        marks.append(
            Line((*points, (x.high, points[-1][1])), tone=tone, dashed=dashed, stepped=True)
        )
        marks.append(Line(_sample(x, y, number), strategy, tone, dashed))
        words.append(f"{strategy} from {points[0][1]:g} to {points[-1][1]:g}")
    summary = f"{rows[0].objective} by the limit: {', '.join(words)}; bound {bound:g}."
    return Chart(instance, summary, x, y, tuple(marks))


def _sample(x: Axis, y: Axis, number: int) -> tuple[tuple[float, float], ...]:
    """A short line of the legend."""
    end = x.low * (x.high / x.low) ** _LEGEND[0]
    begin = x.low * (x.high / x.low) ** (_LEGEND[0] / 2)
    height = y.high - (y.high - y.low) * _LEGEND[1] * (number + 0.5)
    return (begin, height), (end, height)
