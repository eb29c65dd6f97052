"""``python -m twin.benchmark``: how fast the twin is on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from twin.benchmark.reference import reference_scenarios
from twin.benchmark.report import benchmark_document, print_benchmark
from twin.benchmark.scenario import Scenario, builtin_scenarios
from twin.benchmark.speed import Speed, measure_speed
from twin.engine.warm_up import warm_up
from twin.files.atomic_write import check_target, write_text
from twin.files.command_messages import plain_console, print_error, print_warnings, show_steps
from twin.files.errors import InputError, ToolkitError
from twin.gpu.read_profile import read_profile

__all__ = ["DEFAULT_PROFILES", "main"]

DEFAULT_PROFILES = ("h100_64gb_llama31_8b", "h100_64gb_qwen25_7b")
"""Profiles of the built-in scenarios: the paper's machine, as the scenarios are the paper's."""
_REFERENCE = Path("../shared/reference")
_WIDTH = 140


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 0 if that could be done, 2 if the input is wrong, 130 if interrupted."""
    arguments = _parser().parse_args(argv)
    messages = plain_console(stderr=True)
    speeds: list[Speed] = []
    status = 0
    try:
        check_target(arguments.json, "--json")
        with print_warnings(messages):
            scenarios = _scenarios(arguments)
        try:
            with messages.status("compiling"):
                warm_up(read_profile(DEFAULT_PROFILES[0]))
            watched = show_steps(messages, "measuring", scenarios, len(scenarios))
            speeds.extend(measure_speed(scenario, arguments.repeats) for scenario in watched)
        except KeyboardInterrupt:
            messages.print(f"interrupted after {len(speeds)} of {len(scenarios)} scenarios")
            status = 130
        if arguments.json is not None:
            write_text(arguments.json, json.dumps(benchmark_document(speeds), indent=1) + "\n")
    except (ToolkitError, OSError) as error:
        print_error(messages, error)
        return 2
    print_benchmark(plain_console(width=None if sys.stdout.isatty() else _WIDTH), speeds)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m twin.benchmark",
        description="Measure how many seconds of serving the twin simulates per second of one "
        "core, with and without drawing the requests, compilation excluded.",
    )
    parser.add_argument(
        "--profile",
        action="append",
        help="name or file of a serving profile for the built-in scenarios; may be repeated "
        f"(default: {' and '.join(DEFAULT_PROFILES)})",
    )
    parser.add_argument(
        "--reference",
        type=Path,
        metavar="DIR",
        help="folder with h100_serving_runs.csv, whose runs are added, and with "
        "authors_twin_predictions.csv, whose times are set beside ours "
        f"(default: {_REFERENCE} where there is one)",
    )
    parser.add_argument(
        "--repeats",
        type=int,
        default=3,
        help="simulations of each scenario, the fastest of which counts (default: %(default)s)",
    )
    parser.add_argument(
        "--duration",
        type=float,
        default=3600.0,
        help="seconds that a built-in scenario lasts (default: %(default)g)",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="file to write the figures to")
    return parser


def _scenarios(arguments: argparse.Namespace) -> list[Scenario]:
    if arguments.repeats < 1:
        raise InputError("--repeats", f"{arguments.repeats} is below 1", "1 or more")
    if not 0 < arguments.duration < float("inf"):
        raise InputError("--duration", f"{arguments.duration} is not a positive number of seconds")
    profiles = [read_profile(name) for name in arguments.profile or DEFAULT_PROFILES]
    scenarios = list(builtin_scenarios(profiles, arguments.duration))
    reference = arguments.reference
    if reference is None and _REFERENCE.is_dir():
        reference = _REFERENCE
    if reference is not None:
        scenarios += reference_scenarios(reference)
    if not scenarios:
        raise InputError("--profile", "none of its engines starts", "a GPU with more memory")
    return scenarios
