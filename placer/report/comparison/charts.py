"""Charts of a comparison: GPUs or rent against latency, and value against time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from placer.report.charts.axis import Axis
from placer.report.charts.chart import Chart, Dot, Dots, Line, Mark
from placer.report.comparison.configurations import (
    FIGURES,
    Configuration,
    differing_keys,
    name_by_difference,
    text_of,
)
from placer.report.comparison.pareto import pareto_front
from placer.report.comparison.statistics import Mean
from placer.report.comparison.tables import mean_text

__all__ = ["MOST", "front_charts", "time_charts"]

MOST = 12
"""Charts of one kind, at most; all figures are in the tables."""

Link = Callable[[Configuration], str]
Points = list[tuple[Configuration, Mean, Mean]]

_PROBLEM = (
    "workload",
    "scenario",
    "rules",
    "previous",
    "starvation",
    "adapters_starve",
    "sustained",
)
_OF_INSTANCES = ("rule", "family", "estimator")  # each has instances of its own
_APART = (0.45, 0.12)  # of the width and the height, between names beside dots
_WIDTH = 18  # characters of a label


def front_charts(configurations: Sequence[Configuration], link: Link) -> list[Chart]:
    """GPUs, their rent, or the loads of controllers against latencies, with the Pareto front.

    There are charts for each problem that has several configurations.
    """
    charts = []
    for title, group in _problems(configurations).items():
        x = _across(group)
        for y in ("p99_ttft_ms", "mean_tpot_ms"):
            what = f"{FIGURES[x]} against {FIGURES[y].partition(',')[0]}"
            charts += _chart(group, x, y, f"{what}{title}", link)
    return charts[:MOST]


def time_charts(configurations: Sequence[Configuration], link: Link) -> list[Chart]:
    """Value against the time that it took: one for each problem and objective."""
    charts = []
    for title, group in _problems(configurations, ("objective",)).items():
        name = "Value" if title else f"Value of {group[0].asked.get('objective')}"
        charts += _chart(group, "runtime", "value", f"{name} against time{title}", link)
    return charts[:MOST]


def _problems(
    configurations: Sequence[Configuration], further: Sequence[str] = ()
) -> dict[str, list[Configuration]]:
    """Configurations that answer the same question, by what tells that from the others."""
    repeated = [key for one in configurations for key in one.repeated]
    apart = (*further, *(_OF_INSTANCES if "instance" in repeated else ()))
    keys = [
        key
        for key in differing_keys([one.asked for one in configurations])
        if key.startswith(_PROBLEM) or key in apart
    ]
    groups: dict[str, list[Configuration]] = {}
    for one in configurations:
        title = ", ".join(f"{key} {text_of(one.asked.get(key))}" for key in keys)
        groups.setdefault(f": {title}" if title else "", []).append(one)
    return groups


def _across(group: Sequence[Configuration]) -> str:
    """What latencies are shown against: of controllers loads, of placements GPUs or their rent."""
    if any(one.mean("num_loads") is not None for one in group):
        return "num_loads"
    return "cost_per_hour" if _rents_differ(group) else "num_gpus"


def _rents_differ(group: Sequence[Configuration]) -> bool:
    """Whether all rents are known, and GPUs do not all cost the same."""
    pairs = [(one.mean("cost_per_hour"), one.mean("num_gpus")) for one in group if one.placed]
    rents = {round(a.mean / b.mean, 6) for a, b in pairs if a is not None and b and b.mean}
    return len(rents) > 1 and all(rent is not None for rent, _ in pairs)


def _chart(group: Sequence[Configuration], x: str, y: str, title: str, link: Link) -> list[Chart]:
    """One chart; none where fewer than two configurations have both figures."""
    points: Points = []
    for one in group:
        across, up = one.mean(x), one.mean(y)
        if across is not None and up is not None:
            points.append((one, across, up))
    if len(points) < 2:
        return []
    front = pareto_front([(a.mean, b.mean) for _, a, b in points])
    values = [b.mean for _, _, b in points]
    log = min(values) > 0 and max(values) > 10 * min(values)
    reach = [end for _, _, b in points for end in _interval(b) if not log]
    times = [a.mean for _, a, _ in points]
    ends = [end for _, a, _ in points for end in _interval(a) if x != "runtime"]
    names = ", ".join(points[index][0].name for index in front)
    axes = (
        Axis.around(
            FIGURES[x],
            [*times, *ends],
            log=x == "runtime" and min(times) > 0,
            zero=x != "runtime",
            whole=x in ("num_gpus", "num_loads"),
        ),
        Axis.around(FIGURES[y], [*values, *reach], log=log),
    )
    summary = f"On the Pareto front: {names}."
    return [Chart(title, summary, *axes, _marks(points, front, x, y, axes, link))]


def _labelled(points: Points, front: Sequence[int], axes: tuple[Axis, Axis]) -> set[int]:
    """Dots with names beside them that do not lie on each other, those of the front first."""
    shown: dict[int, tuple[float, float]] = {}
    others = [index for index in range(len(points)) if index not in front]
    for index in (*front, *others):
        _, a, b = points[index]
        place = axes[0].place(a.mean), axes[1].place(b.mean)
        far = [
            abs(place[0] - x) > _APART[0] or abs(place[1] - y) > _APART[1]
            for x, y in shown.values()
        ]
        if all(far):
            shown[index] = place
    return set(shown)


def _marks(
    points: Points, front: Sequence[int], x: str, y: str, axes: tuple[Axis, Axis], link: Link
) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    for _, a, b in points:
        across, up = _interval(a) if x != "runtime" else (), _interval(b)
        marks += [Line(tuple((end, b.mean) for end in across), tone="muted")] if across else []
        marks += [Line(tuple((a.mean, end) for end in up), tone="muted")] if up else []
    steps = [(points[index][1].mean, points[index][2].mean) for index in front]
    marks.append(Line(tuple(steps), stepped=True))
    shown = _labelled(points, front, axes)
    name = name_by_difference([one.asked for one, _, _ in points])
    for on_front in (False, True):
        dots = [
            Dot(
                a.mean,
                b.mean,
                f"{one.name}: {FIGURES[x]} {mean_text(a)}, {FIGURES[y]} {mean_text(b)}",
                _short(name(one.asked)) if index in shown else "",
                link(one),
            )
            for index, (one, a, b) in enumerate(points)
            if (index in front) is on_front
        ]
        marks.append(Dots(tuple(dots), "accent" if on_front else "muted", hollow=not on_front))
    return tuple(marks)


def _interval(mean: Mean) -> tuple[float, ...]:
    """Ends of an interval that is one, above 0, as what is shown cannot be less."""
    if mean.low is None or mean.high is None or mean.high <= mean.low:
        return ()
    return (mean.low if mean.low > 0 else math.ulp(mean.mean), mean.high)


def _short(name: str) -> str:
    return name if len(name) <= _WIDTH else f"{name[: _WIDTH - 1]}…"
