"""Comparison of the runs of one sweep: a table, a CSV and a JSON file."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import yaml
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from twin.files.atomic_write import write_files
from twin.files.command_messages import print_table
from twin.files.plain_data import read_json

__all__ = ["COLUMNS", "compare_runs", "comparison_table", "read_runs"]

COLUMNS = (
    "run",
    "strategy",
    "objective",
    "status",
    "num_gpus",
    "value",
    "lower_bound",
    "gap",
    "verified",
    "mean_ttft_ms",
    "p99_ttft_ms",
    "mean_tpot_ms",
    "num_estimates",
    "runtime",
    "path",
)
"""Columns of the comparison: keys of the runs' ``summary.json`` between name and path of a run."""


def read_runs(folder: Path) -> list[dict[str, Any]]:
    """Rows of the comparison, one for each run below a folder that wrote a summary.

    Parameters
    ----------
    folder : Path
        Folder of the sweep; its sub-folders are the runs.

    Returns
    -------
    list of dict
        Values by `COLUMNS`, further overrides of the run by their key, numbers as numbers; None
        where a run has no such value. In the order in which the runs were started.
    """
    paths = sorted(folder.glob("*/summary.json"), key=lambda path: _order(path.parent.name))
    rows = []
    for path in paths:
        summary = read_json(path)
        others = dict(text.lstrip("+").partition("=")[::2] for text in summary["overrides"])
        row: dict[str, Any] = {"run": path.parent.name}
        row |= {key: summary.get(key) for key in COLUMNS[1:]}
        row["path"] = str(path.parent.resolve())
        row |= {key: _value(text) for key, text in others.items() if key not in row}
        rows.append(row)
    return rows


def comparison_table(rows: list[dict[str, Any]]) -> Table:
    """The rows as a table; overrides are columns of their own where the runs differ in them.

    Paths are not shown: the runs are numbered, and the files have them.
    """
    table = Table(title="Comparison of the runs", box=box.SIMPLE_HEAD, title_justify="left")
    extra = sorted({key for row in rows for key in row} - set(COLUMNS))
    differing = [key for key in extra if len({repr(row.get(key)) for row in rows}) > 1]
    keys = (*COLUMNS[:3], *differing, *COLUMNS[3:-1])
    for key in keys:
        left = key in ("strategy", "objective", "status", "verified", *differing)
        table.add_column(key.replace("_", " "), justify="left" if left else "right")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(key))) for key in keys))
    return table


def compare_runs(folder: Path, console: Console) -> list[dict[str, Any]]:
    """Print the comparison of a sweep and write it beside the runs.

    Parameters
    ----------
    folder : Path
        Folder of the sweep; ``comparison.csv`` and ``comparison.json`` are written there unless
        no run has a result.
    console : rich.console.Console
        Where the table goes.

    Returns
    -------
    list of dict
        The rows, as `read_runs` gives them.
    """
    rows = read_runs(folder)
    if not rows:
        return rows
    keys = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, keys, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_files(
        folder,
        {
            "comparison.csv": text.getvalue(),
            "comparison.json": json.dumps(rows, indent=1, ensure_ascii=False) + "\n",
        },
    )
    print_table(console, comparison_table(rows))
    console.print(f"Written to {folder}/comparison.csv", soft_wrap=True, highlight=False)
    return rows


def _value(text: str) -> Any:
    """Value of an override: a number, true, false or null where it is one, else its text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    if isinstance(value, str):
        try:
            value = float(text)  # which YAML reads only with a dot: 1e3
        except ValueError:
            return text
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if finite and isinstance(value, bool | int | float | None) else text


def _order(name: str) -> tuple[int, str]:
    """Runs are numbered by default; others come after, by name."""
    return (int(name), "") if name.isdigit() else (2**62, name)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    return str(value)
