"""One comparison of all runs of a sweep: printed, and written beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from placer.report.comparison.baseline import (
    Baseline,
    Difference,
    differences,
    find_baseline,
)
from placer.report.comparison.configurations import Configuration, group_runs
from placer.report.comparison.files import means_csv, rows_csv, rows_json, rows_parquet
from placer.report.comparison.rows import FAILED, read_runs
from placer.report.comparison.tables import means_table, runs_table
from twin.files.atomic_write import write_bytes, write_files
from twin.files.command_messages import print_table

__all__ = ["Comparison", "compare", "compare_runs", "write_comparison"]


@dataclass(frozen=True)
class Comparison:
    """Runs, what is the same of them, and how they differ from a baseline.

    Parameters
    ----------
    rows : tuple of mapping
        As `placer.report.comparison.rows.read_runs` gives them.
    repeated : tuple of str
        Keys over which means are taken.
    configurations : tuple of Configuration
    baseline : Baseline or None
        None where nothing differs.
    differences : tuple of Difference
    """

    rows: tuple[Mapping[str, Any], ...]
    repeated: tuple[str, ...]
    configurations: tuple[Configuration, ...]
    baseline: Baseline | None
    differences: tuple[Difference, ...]

    @property
    def has_repetitions(self) -> bool:
        """Whether any configuration ran more than once."""
        return any(len(one.runs) > 1 for one in self.configurations)


def compare(
    rows: Sequence[Mapping[str, Any]],
    baseline: str | None = None,
    repeated: Collection[str] = ("seed",),
) -> Comparison:
    """Compare runs.

    Parameters
    ----------
    rows : sequence of mapping
    baseline : str or None
        As `placer.report.comparison.baseline.find_baseline` takes it.
    repeated : collection of str
        Keys over which means are taken.

    Raises
    ------
    InputError
        If there is no such baseline.
    """
    configurations = group_runs(rows, repeated)
    base = find_baseline(configurations, baseline)
    compared = differences(configurations, base) if base is not None else []
    return Comparison(tuple(rows), tuple(repeated), tuple(configurations), base, tuple(compared))


def compare_runs(
    folder: Path, console: Console, baseline: str | None = None
) -> list[dict[str, Any]]:
    """Print the comparison of a sweep and write it beside the runs.

    Parameters
    ----------
    folder : Path
        Folder of the sweep; ``comparison.csv``, ``.json``, ``.parquet`` and ``.html`` and
        ``comparison_means.csv`` are written there unless no run has a result.
    console : rich.console.Console
        Where the table goes.
    baseline : str or None
        What others are compared with; see `compare`.

    Returns
    -------
    list of dict
        The rows, as `read_runs` gives them.

    Raises
    ------
    InputError
        If there is no such baseline.
    """
    rows = read_runs(folder)
    if all(row["status"] == FAILED for row in rows):
        return rows
    comparison = compare(rows, baseline)
    write_comparison(folder, comparison)
    if comparison.has_repetitions:
        base, compared = comparison.baseline, comparison.differences
        print_table(console, means_table(comparison.configurations, base, compared))
    else:
        print_table(console, runs_table(rows))
    console.print(f"Written to {folder}/comparison.csv", soft_wrap=True, highlight=False)
    return rows


def write_comparison(folder: Path, comparison: Comparison) -> None:
    """Write all files of a comparison to a folder, whose sub-folders the runs may be."""
    write_bytes(folder / "comparison.parquet", rows_parquet(comparison.rows))
    write_files(
        folder,
        {
            "comparison.csv": rows_csv(comparison.rows),
            "comparison.json": rows_json(comparison.rows),
            "comparison_means.csv": means_csv(comparison.configurations, comparison.differences),
        },
    )
