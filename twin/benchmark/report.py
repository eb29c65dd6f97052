"""What the benchmark prints and writes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from twin.benchmark.speed import Speed
from twin.files.command_messages import print_table

__all__ = ["benchmark_document", "print_benchmark"]

_NUM_SLOWEST = 5
_NAME_WIDTH = 44


def benchmark_document(speeds: Sequence[Speed]) -> dict[str, Any]:
    """Plain data of the JSON file.

    Returns
    -------
    dict
        ``median_speedup`` and ``min_speedup`` in simulated seconds per second of one core, the
        drawing of the requests included; the same ``without_drawing``; ``paper`` with the times
        of the paper's twin beside ours where they are known, else None; ``scenarios``.
    """
    return {
        **_summary([s.speedup for s in speeds]),
        "without_drawing": _summary([s.simulate_speedup for s in speeds]),
        "paper": _paper(speeds),
        "scenarios": [_row(s) for s in speeds],
    }


def print_benchmark(console: Console, speeds: Sequence[Speed]) -> None:
    """Print the speed by group and over all, and the slowest scenarios."""
    if not speeds:
        return
    groups: dict[str, list[Speed]] = {}
    for speed in speeds:
        groups.setdefault(speed.scenario.group, []).append(speed)
    with_paper = any(not math.isnan(s.scenario.paper_seconds) for s in speeds)
    table = _table("Simulated seconds per second of one core", with_paper)
    for name, members in groups.items():
        table.add_row(name, *_cells(members, with_paper))
    table.add_section()
    table.add_row("all", *_cells(speeds, with_paper))
    print_table(console, table)
    slowest = _table("The slowest scenarios", with_paper)
    for speed in sorted(speeds, key=lambda s: s.speedup)[:_NUM_SLOWEST]:
        slowest.add_row(speed.scenario.name, *_cells([speed], with_paper))
    console.print(slowest)


def _summary(speedups: Sequence[float]) -> dict[str, float | None]:
    return {
        "median_speedup": statistics.median(speedups) if speedups else None,
        "min_speedup": min(speedups, default=None),
    }


def _paper(speeds: Sequence[Speed]) -> dict[str, Any] | None:
    """Times of both twins over the scenarios that both simulated."""
    both = [s for s in speeds if not math.isnan(s.scenario.paper_seconds)]
    if not both:
        return None
    paper = [s.scenario.paper_seconds for s in both]
    return {
        "num_scenarios": len(both),
        "paper_seconds_median": statistics.median(paper),
        "paper_seconds_max": max(paper),
        "our_seconds_median": statistics.median(s.seconds for s in both),
        "our_seconds_max": max(s.seconds for s in both),
        "times_faster_median": statistics.median(
            s.scenario.paper_seconds / s.seconds for s in both
        ),
        "times_faster_min": min(s.scenario.paper_seconds / s.seconds for s in both),
    }


def _row(speed: Speed) -> dict[str, Any]:
    scenario = speed.scenario
    return {
        "name": scenario.name,
        "rate": scenario.rate,
        "duration": scenario.duration,
        "num_requests": speed.num_requests,
        "draw_seconds": speed.draw_seconds,
        "simulate_seconds": speed.simulate_seconds,
        "speedup": speed.speedup,
        "speedup_without_drawing": speed.simulate_speedup,
        "paper_seconds": None if math.isnan(scenario.paper_seconds) else scenario.paper_seconds,
    }


def _table(title: str, with_paper: bool) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("\nscenarios", overflow="fold", min_width=_NAME_WIDTH)
    for name in (
        "\nn",
        "\nreq/s",
        "\nmedian",
        "\nleast",
        "not drawing\nmedian",
        "\nleast",
        "ms\nper run",
        *(("paper's\nms", "times\nfaster") if with_paper else ()),
    ):
        table.add_column(name, justify="right")
    return table


def _cells(speeds: Sequence[Speed], with_paper: bool) -> list[str]:
    rates = [s.scenario.rate for s in speeds]
    span = f"{min(rates):,.1f}" + (f" … {max(rates):,.1f}" if max(rates) > min(rates) else "")
    cells = [
        str(len(speeds)),
        span,
        f"{statistics.median(s.speedup for s in speeds):,.0f}",
        f"{min(s.speedup for s in speeds):,.0f}",
        f"{statistics.median(s.simulate_speedup for s in speeds):,.0f}",
        f"{min(s.simulate_speedup for s in speeds):,.0f}",
        f"{1e3 * statistics.median(s.seconds for s in speeds):,.1f}",
    ]
    if with_paper:
        paper = _paper(speeds)
        cells += (
            [f"{1e3 * paper['paper_seconds_median']:,.0f}", f"{paper['times_faster_median']:,.0f}"]
            if paper
            else ["-", "-"]
        )
    return cells
