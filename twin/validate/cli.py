"""``python -m twin.validate RUNS``: how far the twin is from your own benchmark."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from twin.files.atomic_write import check_target, write_text
from twin.files.command_messages import plain_console, print_error, print_warnings, show_steps
from twin.files.errors import ToolkitError
from twin.measured.run_files import read_measured
from twin.measured.run_table import REQUIRED_COLUMNS
from twin.validate.arguments import add_run_arguments
from twin.validate.comparison import Comparison, compare_runs
from twin.validate.matching import match_profiles
from twin.validate.plot import check_picture, plot_validation
from twin.validate.report import print_validation, validation_document

__all__ = ["main"]

_WIDTH = 140
_RESULTS = "results of vllm bench serve --save-result (JSON), or a folder of both"


def main(argv: Sequence[str] | None = None) -> int:
    """Compare and print; 0 if that could be done, 2 if the input is wrong, 130 if interrupted."""
    arguments = _parser().parse_args(argv)
    messages = plain_console(stderr=True)
    try:
        check_target(arguments.json, "--json")
        check_target(arguments.plot, "--plot")
        if arguments.plot is not None:
            check_picture(arguments.plot)
        with print_warnings(messages):
            runs = read_measured(arguments.runs)
            kept, profile_of = match_profiles(runs, arguments.profile)
        if left := len(runs) - len(kept):
            messages.print(
                f"{left} of {len(runs)} runs are left out: not usable, or no profile fits"
            )
        runs = kept
        comparisons: list[Comparison] = []
        began = time.perf_counter()
        status = 0
        try:
            watched = show_steps(
                messages,
                "simulating",
                compare_runs(runs, profile_of, max_in_system=arguments.max_in_system),
                len(runs),
            )
            comparisons.extend(watched)
        except KeyboardInterrupt:
            messages.print(f"interrupted after {len(comparisons)} of {len(runs)} runs")
            status = 130
        if arguments.json is not None:
            document = validation_document(comparisons)
            write_text(arguments.json, json.dumps(document, indent=1) + "\n")
        if arguments.plot is not None:
            plot_validation(comparisons, arguments.plot)
    except (ToolkitError, OSError) as error:
        print_error(messages, error)
        return 2
    console = plain_console(width=None if sys.stdout.isatty() else _WIDTH)
    print_validation(console, comparisons, time.perf_counter() - began)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m twin.validate",
        description="Simulate measured runs and print how far the twin is from them. A table "
        f"needs the columns {', '.join(REQUIRED_COLUMNS)}; others are used where present.",
    )
    add_run_arguments(parser, "RUNS", f"table of measured runs (CSV), {_RESULTS}")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE.svg", help="picture of the twin over the measured runs"
    )
    return parser
