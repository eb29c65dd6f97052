"""Arguments of commands that read a table of measured runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from twin.measured.replay import MAX_IN_SYSTEM

__all__ = ["add_run_arguments"]


def add_run_arguments(
    parser: argparse.ArgumentParser,
    metavar: str = "RUNS.csv",
    runs_help: str = "table of measured runs",
) -> None:
    """Add the runs, the profile of what served them, the client's bound, and the JSON file."""
    parser.add_argument("runs", type=Path, metavar=metavar, help=runs_help)
    parser.add_argument(
        "--profile",
        help="name or file of a serving profile (default: the bundled one of each run's model "
        "and engine version)",
    )
    parser.add_argument(
        "--max-in-system",
        type=int,
        default=MAX_IN_SYSTEM,
        help="requests that the benchmark's client keeps open at most, where the runs do not "
        "tell; 0: no bound (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="file to write the figures to")
