"""Tables of a comparison for a terminal: the runs, or the means where runs are repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from placer.report.comparison.baseline import Baseline, Difference
from placer.report.comparison.configurations import (
    FIGURES,
    Configuration,
    shown_figures,
)
from placer.report.comparison.rows import COLUMNS, CONTROLLER_COLUMNS
from placer.report.comparison.statistics import Mean

__all__ = ["cell_text", "mean_text", "means_table", "runs_table"]

_DECIMALS = 9  # of means; what is less is an error of rounding
_TEXTS = ("strategy", "objective", "status", "verified", "error")
_COMPARED = ("hit_rate", "num_loads", "num_gpus", "value", "runtime")
_HIDDEN = ("path", "placed", "error", "cost_per_hour", "served_throughput")  # mostly


def runs_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The rows as a table; overrides are columns of their own where the runs differ in them.

    Paths are not shown: the runs are numbered, and the files have them.
    """
    table = _table("Comparison of the runs")
    extra = sorted({key for row in rows for key in row} - {*COLUMNS, *CONTROLLER_COLUMNS})
    differing = [key for key in extra if len({repr(row.get(key)) for row in rows}) > 1]
    shown = [key for key in COLUMNS[3:] if key not in _HIDDEN]
    partly = [] if all(row.get("placed") for row in rows) else ["served_throughput"]
    said = [*CONTROLLER_COLUMNS, "cost_per_hour", *partly, "error"]
    told = [key for key in said if any(row.get(key) for row in rows)]
    keys = (*COLUMNS[:3], *differing, *shown, *told)
    for key in keys:
        left = key in (*_TEXTS, *differing)
        table.add_column(key.replace("_", " "), justify="left" if left else "right")
    for row in rows:
        table.add_row(*(Text(cell_text(row.get(key))) for key in keys))
    return table


def means_table(
    configurations: Sequence[Configuration],
    baseline: Baseline | None,
    compared: Sequence[Difference],
) -> Table:
    """A line for each configuration: means with half widths, and the difference in value."""
    title = "Means over the runs, with 95 % intervals (Student's t)"
    table = _table(title if baseline is None else f"{title}; differences from {baseline}")
    shown = shown_figures(configurations)
    table.add_column("configuration")
    for heading in ("placed", *(FIGURES[key] for key in shown)):
        table.add_column(heading, justify="right")
    by_name = {difference.configuration.name: difference for difference in compared}
    figures = [k for k in _COMPARED if k in shown] if compared else []
    for key in figures:
        table.add_column(f"Δ {FIGURES[key]}", justify="right")
    for one in configurations:
        cells = [one.name, f"{len(one.placed)} of {len(one.runs)}"]
        cells += [mean_text(one.mean(key)) for key in shown]
        own = by_name.get(one.name)
        cells += [mean_text(own.figures.get(key), signed=True) if own else "" for key in figures]
        table.add_row(*map(Text, cells))
    return table


def mean_text(mean: Mean | None, *, signed: bool = False) -> str:
    """A mean with its half width; of one value without."""
    if mean is None:
        return "-"
    rounded = round(mean.mean, _DECIMALS) + 0.0  # never -0
    text = f"{rounded:+.4g}" if signed and rounded else cell_text(rounded)
    if mean.half_width is None:
        return text
    half = round(mean.half_width, _DECIMALS)
    return f"{text} ± {half:,.0f}" if half >= 100 else f"{text} ± {half:.2g}"


def _table(title: str) -> Table:
    return Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")


def cell_text(value: Any) -> str:
    """A value in words."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(cell_text(item) for item in value)
    return str(value)
