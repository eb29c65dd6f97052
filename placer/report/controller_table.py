"""Figures of a controller for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from placer.report.comparison.configurations import FIGURES
from placer.report.comparison.run_record import identity
from placer.report.comparison.tables import cell_text
from twin.files.command_messages import print_table

__all__ = ["print_controller", "print_controller_run"]

_SHOWN = (
    *("hit_rate", "num_loads", "route_changes", "num_starved"),
    *("mean_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "decision_seconds"),
)


def print_controller(console: Console, summary: Mapping[str, Any], folder: Path) -> None:
    """Print what came out of a run, and where it is."""
    table = Table(box=box.SIMPLE_HEAD)
    for key in _SHOWN:
        table.add_column(FIGURES[key], justify="right")
    table.add_row(*(cell_text(summary[key]) for key in _SHOWN))
    print_table(console, table)
    line = f"{summary['num_requests']:,} requests, seed {summary['seed']}; written to {folder}"
    console.print(line, soft_wrap=True, highlight=False, markup=False)


def print_controller_run(console: Console, summary: Mapping[str, Any], folder: Path) -> None:
    """Print one line for a run of a sweep: which it is, and what came out."""
    asked = " ".join(identity(summary["overrides"])) or "controller"
    found = ", ".join(f"{FIGURES[key]} {cell_text(summary[key])}" for key in _SHOWN[:6])
    console.print(
        f"{folder.name}: {asked}: {found}", soft_wrap=True, highlight=False, markup=False
    )
