"""The page of a comparison: means, differences, charts, and every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.report.charts.chart import Chart
from placer.report.comparison.baseline import Difference
from placer.report.comparison.charts import front_charts, time_charts
from placer.report.comparison.compare import Comparison
from placer.report.comparison.configurations import (
    FIGURES,
    MORE_IS_BETTER,
    Configuration,
    figure,
    shown_figures,
    text_of,
)
from placer.report.comparison.rows import FAILED
from placer.report.comparison.statistics import Mean
from placer.report.comparison.tables import cell_text, mean_text
from placer.report.page.render import render

__all__ = ["Cell", "comparison_charts", "comparison_page"]

MOST_RUNS = 2000
"""Runs of which a page has rows; the files have all."""

_EQUAL = "equal"

Row = Mapping[str, Any]
Link = Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table.

    Parameters
    ----------
    text : str
    href : str
        Where it leads; empty for nowhere.
    whisker : tuple of float or None
        Low end, mean, high end and zero of a difference, as shares of the width of its drawing.
    """

    text: str
    href: str = ""
    whisker: tuple[float, float, float, float] | None = None


def comparison_page(comparison: Comparison, title: str, link: Link) -> str:
    """A page that opens from disk.

    Parameters
    ----------
    comparison : Comparison
    title : str
        What is compared.
    link : callable
        Where the report of a run is; empty where there is none.
    """
    rows, configurations = comparison.rows, comparison.configurations
    figures = shown_figures(configurations)
    fronts, times = _charts(comparison, link)
    differences, without = _differences(comparison.differences, figures)
    return render(
        "comparison.html.j2",
        title=title,
        facts=_facts(comparison),
        failed=_failed(comparison, link),
        baseline=comparison.baseline and str(comparison.baseline),
        repeated=" and ".join(comparison.repeated),
        has_repetitions=comparison.has_repetitions,
        headings=[FIGURES[key] for key in figures],
        more_is_better=[FIGURES[key] for key in figures if key in MORE_IS_BETTER],
        means=[
            (
                Cell(one.name, f"#c{index}"),
                f"{len(one.placed)} of {len(one.runs)}",
                [_mean_cell(one, key, index, link) for key in figures],
            )
            for index, one in enumerate(configurations)
        ],
        differences=differences,
        without_difference=without,
        fronts=fronts,
        times=times,
        runs=_runs(comparison, figures, link),
        linked=any(map(link, rows)),
        left_out=max(0, len(rows) - MOST_RUNS),
    )


def comparison_charts(comparison: Comparison) -> list[Chart]:
    """Charts of the page, for pictures of their own."""
    fronts, times = _charts(comparison, lambda _: "")
    return [*fronts, *times]


def _charts(comparison: Comparison, link: Link) -> tuple[list[Chart], list[Chart]]:
    places = {one.name: f"#c{index}" for index, one in enumerate(comparison.configurations)}

    def lead(one: Configuration) -> str:
        return link(one.placed[0]) if len(one.runs) == 1 else places[one.name]

    fronts = front_charts(comparison.configurations, lead)
    return fronts, time_charts(comparison.configurations, lead)


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    rows = comparison.rows
    failed = sum(row.get("status") == FAILED for row in rows)
    placed = sum(bool(row.get("placed")) for row in rows)
    return [
        ("runs", f"{len(rows):,}"),
        ("configurations", f"{len(comparison.configurations):,}"),
        ("placed everything", f"{placed:,}"),
        ("failed", f"{failed:,}"),
    ]


def _mean_cell(one: Configuration, key: str, index: int, link: Link) -> Cell:
    mean = one.mean(key)
    if mean is None:
        return Cell("–")
    return Cell(mean_text(mean), link(one.runs[0]) if len(one.runs) == 1 else f"#c{index}")


def _failed(comparison: Comparison, link: Link) -> list[tuple[str, list[tuple[Cell, str]]]]:
    """Errors, each with the runs that ended by it, and what these were asked."""
    errors: dict[str, list[tuple[Cell, str]]] = {}
    for row in comparison.rows:
        if row.get("status") == FAILED:
            run = Cell(str(row["run"]), link(row)), _asked(row, comparison)
            errors.setdefault(str(row.get("error")), []).append(run)
    return list(errors.items())


def _differences(
    compared: Sequence[Difference], figures: Sequence[str]
) -> tuple[list[Any], list[str]]:
    """For each figure with a difference: heading, and rows of name, cell, pairs and verdict.

    And the headings of figures that are the same in every pair.
    """
    tables, without = [], []
    for key in figures:
        known = [(one, one.figures[key]) for one in compared if key in one.figures]
        if not known:
            continue
        if all(_verdict(mean) == _EQUAL for _, mean in known):
            without.append(FIGURES[key])
            continue
        ends = [0.0, *(end for _, mean in known for end in _ends(mean))]
        low, high = min(ends), max(ends)
        scale = high - low or 1.0
        rows = []
        for one, mean in known:
            left, right = _ends(mean)
            places = _shares((left, mean.mean, right, 0.0), low, scale)
            cell = Cell(mean_text(mean, signed=True), whisker=places)
            rows.append((one.configuration.name, cell, str(mean.n), _verdict(mean)))
        tables.append((FIGURES[key], rows))
    return tables, without


def _shares(
    values: tuple[float, float, float, float], low: float, scale: float
) -> tuple[float, float, float, float]:
    a, b, c, d = ((value - low) / scale for value in values)
    return a, b, c, d


def _ends(mean: Mean) -> tuple[float, float]:
    if mean.low is None or mean.high is None:
        return mean.mean, mean.mean
    return mean.low, mean.high


def _verdict(mean: Mean) -> str:
    if mean.n == 1:
        return "one pair: no interval"
    if not mean.excludes_zero:
        return _EQUAL if mean.mean == 0 and mean.half_width == 0 else "may be chance"
    return "more" if mean.mean > 0 else "less"


def _runs(comparison: Comparison, figures: Sequence[str], link: Link) -> list[Any]:
    """For each configuration: its name, and rows of the cells of its runs."""
    groups, left = [], MOST_RUNS
    for one in comparison.configurations:
        rows = []
        for run in one.runs[:left]:
            href = link(run)
            asked = ", ".join(f"{key} {text_of(run.get(key))}" for key in one.repeated)
            numbers = [Cell(_number(run, key), href) for key in figures]
            rows.append((Cell(str(run["run"]), href), asked, str(run.get("status")), numbers))
        left -= len(rows)
        groups.append((one.name, rows))
    return groups


def _number(run: Row, key: str) -> str:
    value = run.get(key) if key == "value" else figure(run, key)
    return "–" if value is None else cell_text(value)


def _asked(row: Row, comparison: Comparison) -> str:
    """Which configuration and repetition a run is of."""
    name = next(one.name for one in comparison.configurations if row in one.runs)
    return ", ".join([name, *(f"{k} {text_of(row.get(k))}" for k in comparison.repeated)])
