"""Tables of the report of a placement, as texts: what its pictures show, and what has none."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

from placer.problem.result import Result
from placer.report.figures.fleet import FleetRow
from placer.report.figures.front import Front
from placer.report.figures.serving_map import ServingMap
from placer.report.page.formats import count, milliseconds, number, percent
from placer.report.placement_figures import PlacementFigures
from placer.report.report import GPU_COLUMNS, gpu_cells
from placer.report.simulated_time import simulated_time

__all__ = ["PageTable", "placement_tables"]

_LEFT = ("GPU", "profile", "binds", "")  # columns of words
_SHOWN = 6  # names in a cell

Rows = list[list[str]]


class PageTable(NamedTuple):
    """A table.

    Parameters
    ----------
    caption : str
    columns : list of (str, bool)
        Names, and whether there are numbers below.
    rows : list of list of str
    """

    caption: str
    columns: list[tuple[str, bool]]
    rows: Rows


def placement_tables(
    result: Result, summary: Mapping[str, Any], figures: PlacementFigures, most: int
) -> dict[str, list[PageTable]]:
    """All tables but that of the adapters, by the section of the page that they are in.

    Parameters
    ----------
    result : Result
    summary : mapping of str to Any
    figures : PlacementFigures
    most : int
        Rows of each.
    """
    return {
        "migration": _migration(summary.get("migration")),
        "fleet": [_fleet(figures.fleet[:most])] if figures.fleet else [],
        "target": [_front(front) for front in figures.fronts],
        "slots": [_map(shown) for shown in figures.maps],
        "latency": _latency(figures),
        "what_if": _growth(figures),
        "verification": _verification(result, summary),
        "run": [_run(summary)],
    }


def _fleet(rows: Sequence[FleetRow]) -> PageTable:
    columns = [name.replace("\n", " ").replace(" _", "_") for name in GPU_COLUMNS]
    several = len({row.group.report.profile for row in rows}) > 1
    cells = []
    for row in rows:
        line = [row.group.title, *gpu_cells(row.group.report)[1:]]
        cells.append([line[0], row.group.report.profile, *line[1:]] if several else line)
    if several:
        columns.insert(1, "profile")
    caption = "Each GPU: its engine, its traffic, and what it is predicted to do"
    return PageTable(caption, [(name, name not in _LEFT) for name in columns], cells)


def _front(front: Front) -> PageTable:
    caption = f"{front.unit} by the target for the 99th percentile of {front.metric.upper()}"
    rows = [[milliseconds(target), number(amount)] for target, amount in front.points]
    return PageTable(caption, [("target (ms)", True), (f"{front.unit}, estimated", True)], rows)


def _map(shown: ServingMap) -> PageTable:
    rows = [
        [number(slots), *(f"{adapters:.0f}" for adapters in line)]
        for slots, line in zip(shown.slots.tolist(), shown.frontier.T.tolist(), strict=True)
    ]
    columns = [("max_loras", True), *((f"with {p} %", True) for p in (5, 50, 95))]
    return PageTable(f"Adapters with which GPUs like {shown.title} starve", columns, rows)


def _latency(figures: PlacementFigures) -> list[PageTable]:
    if not figures.distributions:
        return []
    columns = [("", False), *((f"p{100 * q:g}", True) for q in (0.5, 0.9, 0.99))]
    rows = [
        [shown.metric.upper(), *(milliseconds(value) for _, value in shown.quantiles)]
        for shown in figures.distributions
    ]
    return [PageTable("Latencies over all requests in ms", columns, rows)]


def _growth(figures: PlacementFigures) -> list[PageTable]:
    rows = [
        [f"× {each.factor:g}", _failing(each.failing, figures), number(each.anew)]
        for each in figures.growth
    ]
    columns = [("rates", False), ("this plan as it is", False), (f"{figures.unit} anew", True)]
    return [PageTable("What if all rates change", columns, rows)] if rows else []


def _failing(names: Sequence[str], figures: PlacementFigures) -> str:
    known = [row for row in figures.fleet if row.group.report.binding]
    if not known:
        return "not known: it was not verified"
    if not names:
        return "serves" if len(known) == len(figures.fleet) else "serves, as far as is known"
    return f"{count(len(names), 'GPU')} would starve: {_some(names)}"


def _verification(result: Result, summary: Mapping[str, Any]) -> list[PageTable]:
    checked = result.verification
    if checked is None:
        return []
    names = result.placement.names
    bursts = "not tested"
    if checked.arrival_cv is not None:
        bursts = f"gaps with a coefficient of variation of {checked.arrival_cv:g}"
    time = simulated_time(checked.duration, (gpu["rate"] for gpu in summary["gpus"]))
    rows = [
        ["simulated", f"{time} of every GPU under each seed"],
        ["seeds of the arrivals", ", ".join(map(str, checked.seeds))],
        ["bursts", bursts],
        ["starve with", percent(summary["starvation_probability"])],
        ["starve in bursts with", percent(summary["burst_starvation_probability"])],
    ]
    for what, positions in (
        ("starved", checked.starved),
        ("out of memory", checked.memory_errors),
        ("rejected by the objective", checked.rejected),
        ("too few requests to tell", checked.untested),
    ):
        rows.append([what, _some([names[p] for p in positions]) or "none"])
    moved, opened = count(checked.num_moved, "adapter"), count(checked.num_opened, "GPU")
    rows.append(["repaired", f"{moved} moved, {opened} added"])
    return [PageTable("How the plan was checked", [("", False), ("", False)], rows)]


def _migration(migration: Mapping[str, Any] | None) -> list[PageTable]:
    if migration is None:
        return []
    rows = [
        ["adapters that move", str(migration["num_moves"])],
        ["engines that start", str(migration["num_started"])],
        ["engines that start anew", _some(migration["restarted"]) or "none"],
        ["engines that stop", str(migration["num_stopped"])],
        ["most GPUs at once", str(migration["peak_gpus"])],
        ["interrupted", _some(migration["interrupted"]) or "nothing"],
    ]
    return [PageTable("What changes", [("", False), ("", False)], rows)]


def _run(summary: Mapping[str, Any]) -> PageTable:
    answered = ", ".join(f"{n:,} by the {name}" for name, n in summary["answered_by"].items())
    rows = [
        ["strategy", summary["strategy"]],
        ["objective", summary["objective"]],
        ["lower bound", summary["bound"] or "none"],
        ["seed", str(summary["seed"])],
        ["estimates", f"{summary['num_estimates']:,}" + (f", {answered}" if answered else "")],
        ["time", f"{summary['runtime']:.1f} s"],
        ["versions", f"lora-placer {version('lora-placer')}, Python {platform.python_version()}"],
    ]
    if "overrides" in summary:
        rows.append(["command", shlex.join(["placer", *summary["overrides"]])])
    return PageTable("How the plan was made", [("", False), ("", False)], rows)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
