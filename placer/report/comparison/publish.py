"""The comparison of a sweep: printed, and written beside its runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console

from placer.report.charts.static import picture
from placer.report.comparison.compare import Comparison, compare
from placer.report.comparison.files import means_csv, rows_csv, rows_json, rows_parquet
from placer.report.comparison.page import comparison_charts, comparison_page
from placer.report.comparison.rows import FAILED, read_runs
from placer.report.comparison.run_record import FAILURE
from placer.report.comparison.tables import means_table, runs_table
from twin.files.atomic_write import write_files
from twin.files.command_messages import print_table

__all__ = ["compare_runs", "print_comparison", "write_comparison"]

_PAGES = ("report.html", "summary.json", FAILURE)  # of a run, the best first


def compare_runs(
    folder: Path, console: Console, baseline: str | None = None, pictures: str = "none"
) -> list[dict[str, Any]]:
    """Print the comparison of a sweep and write it beside the runs.

    Parameters
    ----------
    folder : Path
        Folder of the sweep; see `write_comparison`. Nothing is written if no run has a result.
    console : rich.console.Console
        Where the table goes.
    baseline : str or None
        What others are compared with; see `placer.report.comparison.compare.compare`.
    pictures : {"none", "png", "svg"}
        Write the charts as a picture, too.

    Returns
    -------
    list of dict
        The rows, as `placer.report.comparison.rows.read_runs` gives them.

    Raises
    ------
    InputError
        If there is no such baseline, or matplotlib is not installed for the pictures.
    """
    rows = read_runs(folder)
    if all(row["status"] == FAILED for row in rows):
        return rows
    comparison = compare(rows, baseline)
    title = f"Comparison of {len(rows)} runs"
    write_comparison(folder, comparison, title, _link_from(folder), pictures)
    print_comparison(console, comparison)
    where = f"Written to {folder}/comparison.csv and {folder}/comparison.html"
    console.print(where, soft_wrap=True, highlight=False, markup=False)
    return rows


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print means where anything was repeated, else the runs."""
    if comparison.has_repetitions:
        base, compared = comparison.baseline, comparison.differences
        print_table(console, means_table(comparison.configurations, base, compared))
    else:
        print_table(console, runs_table(comparison.rows))


def write_comparison(
    folder: Path,
    comparison: Comparison,
    title: str,
    link: Callable[[Mapping[str, Any]], str],
    pictures: str = "none",
) -> None:
    """Write ``comparison.csv``, ``.json``, ``.parquet``, ``.html`` and ``comparison_means.csv``.

    Parameters
    ----------
    folder : Path
        Where they go; of a sweep its own.
    comparison : Comparison
    title : str
        Of the page.
    link : callable
        Where the report of a run is, seen from the folder; empty where there is none.
    pictures : {"none", "png", "svg"}
        Write the charts as ``plots/comparison.png`` or ``.svg``, too.

    Raises
    ------
    OSError
        If a file cannot be written; those of an earlier comparison are untouched then.
    """
    charts = comparison_charts(comparison)
    files: dict[str, str | bytes] = {}
    if pictures != "none" and charts:
        files[f"plots/comparison.{pictures}"] = picture(charts, pictures)
    files |= {
        "comparison.parquet": rows_parquet(comparison.rows),
        "comparison.csv": rows_csv(comparison.rows),
        "comparison.json": rows_json(comparison.rows),
        "comparison_means.csv": means_csv(comparison.configurations, comparison.differences),
        "comparison.html": comparison_page(comparison, title, link),
    }
    write_files(folder, files)


def _link_from(folder: Path) -> Callable[[Mapping[str, Any]], str]:
    """Where the pages of runs in a folder are: their reports, else the files that there are."""

    def link(row: Mapping[str, Any]) -> str:
        name = str(row["run"])
        for page in _PAGES:
            if (folder / name / page).is_file():
                return f"{quote(name)}/{page}"
        return ""

    return link
