"""Command line of the benchmark."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from omegaconf import OmegaConf

from placer.benchmark.comparison_rows import REPEATED, comparison_rows
from placer.benchmark.curves import value_curves
from placer.benchmark.instance import RULES, Instance
from placer.benchmark.library import (
    contradictions,
    library_folder,
    read_library,
    update_library,
)
from placer.benchmark.row import Row
from placer.benchmark.row_files import read_rows, write_rows
from placer.benchmark.run import is_baseline, run_instance
from placer.benchmark.tables import baseline_table, family_table, strategy_table
from placer.console.build import build_option
from placer.console.exit_status import GIVEN_UP
from placer.console.failure import tell_failure
from placer.console.interruption import Interruption
from placer.console.option_help import list_options
from placer.report.charts.static import PICTURES, picture, require_matplotlib
from placer.report.comparison.compare import compare
from placer.report.comparison.publish import write_comparison
from twin.engine.warm_up import warm_up
from twin.files.atomic_write import check_target, write_bytes
from twin.files.command_messages import (
    plain_console,
    print_error_line,
    print_table,
    print_warnings,
    show_steps,
)
from twin.files.errors import InputError

__all__ = ["main"]

_WIDTH = 200


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print; 0 if that could be done, else a status of `placer.console.exit_status`."""
    arguments = _parser().parse_args(argv)
    messages = plain_console(stderr=True)
    rows: list[Row] = []
    left = 0
    try:
        _check_curves(arguments)
        if arguments.tables:
            rows = [row for path in arguments.tables for row in read_rows(path)]
            _print(rows, list(dict.fromkeys(row.strategy for row in rows)))
            _write(rows, arguments)
            return 0
        with print_warnings(messages):
            instances = read_library(arguments.instances, arguments.suite or (), arguments.rule)
            jobs = list(_jobs(instances, arguments))
            left = len(jobs)
            warm_up(instances[0].problem.fleet[0].profile)
            stop = Interruption(lambda: messages.print("stopping after this run"))
            with stop as interruption:
                watched = show_steps(messages, "placing", jobs, len(jobs))
                for instance, strategy, objective in watched:
                    if interruption.requested:
                        break
                    rows += _run_limits(instance, strategy, objective, arguments, interruption)
                    left -= 1
                    if arguments.json is not None:  # whatever comes after it
                        write_rows(arguments.json, rows)
        for contradiction in contradictions(instances, rows):
            messages.print(f"warning: {contradiction}: one of the two is wrong")
        if arguments.update:
            changed = update_library(arguments.instances, instances, rows)
            messages.print(f"{len(changed)} instances updated: {', '.join(changed) or '-'}")
    except KeyboardInterrupt:
        return GIVEN_UP
    except Exception as error:
        return tell_failure(error, OmegaConf.create({}), partial(print_error_line, messages))
    _print(rows, arguments.strategies)
    try:
        _write(rows, arguments)
    except Exception as error:
        return tell_failure(error, OmegaConf.create({}), partial(print_error_line, messages))
    return GIVEN_UP if left else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m placer.benchmark",
        description="Place the instances of the library with several strategies, have the twin "
        "verify every placement, and compare.",
    )
    parser.add_argument(
        "--suite",
        action="append",
        help="family or name of instances; may be repeated (default: all)",
    )
    parser.add_argument(
        "--strategies",
        type=lambda text: text.split(","),
        default=list(list_options("strategy")),
        metavar="NAME,...",
        help="options of conf/strategy (default: all)",
    )
    parser.add_argument(
        "--objectives",
        type=lambda text: text.split(","),
        metavar="NAME,...",
        help="options of conf/objective (default: those of each instance)",
    )
    parser.add_argument(
        "--estimator", help="option of conf/estimator (default: that of each instance)"
    )
    parser.add_argument(
        "--time-limit",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="for each search (default: %(default)g)",
    )
    parser.add_argument(
        "--max-estimates",
        type=_whole_numbers,
        default=[None],
        metavar="NUMBER,...",
        help="for each search; does not depend on the machine. Of several numbers each is tried "
        "(default: no limit)",
    )
    parser.add_argument(
        "--rule",
        choices=RULES,
        default=RULES[0],
        help="whether traffic has to be one that can be sustained, or the paper's rule holds, "
        "which looks at one window alone (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument(
        "--no-verification",
        dest="verify",
        action="store_false",
        help="show what searches find as it is, as in curves of value against effort",
    )
    parser.add_argument(
        "--json", type=Path, metavar="OUT", help="file for the rows, written after each run"
    )
    parser.add_argument(
        "--compare",
        type=Path,
        metavar="FOLDER",
        help="write comparison.html, .csv, .json and .parquet to a folder: means over the "
        "instances, and differences between strategies on the same ones",
    )
    parser.add_argument(
        "--baseline",
        metavar="KEY:VALUE",
        help="what --compare takes differences from (default: the first strategy)",
    )
    parser.add_argument(
        "--curves",
        type=Path,
        metavar="PICTURE",
        help="draw value against --max-estimates for each instance, as .svg, .png or .pdf",
    )
    parser.add_argument(
        "--tables",
        type=Path,
        nargs="+",
        metavar="ROWS",
        help="print the tables of rows that were written before, run nothing",
    )
    parser.add_argument(
        "--instances",
        type=Path,
        default=library_folder(),
        metavar="FOLDER",
        help="library of instances (default: the one that comes with the package)",
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="write better values and bounds into the files of the instances",
    )
    return parser


def _jobs(
    instances: Sequence[Instance], arguments: argparse.Namespace
) -> Iterator[tuple[Instance, str, str]]:
    for group, names in (
        ("strategy", arguments.strategies),
        ("objective", arguments.objectives or ()),
        ("estimator", [arguments.estimator] if arguments.estimator else ()),
    ):
        known = list_options(group)
        for name in names:
            if name not in known:
                raise InputError(group, f"{name!r} is unknown", f"accepted: {', '.join(known)}")
    for instance in instances:
        for objective in arguments.objectives or instance.objectives:
            for strategy in arguments.strategies:
                yield instance, strategy, objective


def _check_curves(arguments: argparse.Namespace) -> None:
    """Refuse a picture that could not be written, before anything is placed for it."""
    if arguments.curves is None:
        return
    kind = arguments.curves.suffix[1:]
    if kind not in PICTURES:
        accepted = ", ".join(f".{name}" for name in PICTURES)
        raise InputError("--curves", f"{arguments.curves} has no known ending", accepted)
    require_matplotlib()
    check_target(arguments.curves, "--curves")
    if not arguments.tables and len(arguments.max_estimates) < 2:
        remedy = "such as --max-estimates 25,50,100,200,400"
        raise InputError("--curves", "a curve needs several limits", remedy)


def _whole_numbers(text: str) -> list[int]:
    """Different whole numbers, ascending."""
    try:
        return sorted({int(number) for number in text.split(",")})
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of whole numbers") from None


def _run_limits(
    instance: Instance,
    strategy: str,
    objective: str,
    arguments: argparse.Namespace,
    interruption: Interruption,
) -> list[Row]:
    """Rows for each limit on the estimates; a search that ended is the same under a larger one."""
    rows: list[Row] = []
    for limit in arguments.max_estimates:
        if rows and rows[-1].ended_by_itself:
            rows.append(replace(rows[-1], max_estimates=limit))
        elif not interruption.requested:
            rows.append(_run(instance, strategy, objective, limit, arguments, interruption))
    return rows


def _run(
    instance: Instance,
    strategy: str,
    objective: str,
    max_estimates: int | None,
    arguments: argparse.Namespace,
    interruption: Interruption,
) -> Row:
    name = arguments.estimator
    if name is not None and instance.is_simulated:
        estimator = build_option("estimator", name, f"seed={arguments.seed}")
    else:
        name = "twin" if instance.is_simulated else "closed_form"
        estimator = instance.make_estimator(arguments.seed)
    return run_instance(
        instance,
        (strategy, build_option("strategy", strategy)),
        (objective, build_option("objective", objective)),
        (name, estimator),
        time_limit=arguments.time_limit,
        max_estimates=max_estimates,
        seed=arguments.seed,
        verify=arguments.verify,
        interrupted=lambda: interruption.requested,
    )


def _write(rows: Sequence[Row], arguments: argparse.Namespace) -> None:
    """Write the comparison and the curves where they are asked for."""
    if not rows:
        return
    if arguments.compare is not None:
        _compare(rows, arguments)
    if arguments.curves is not None:
        write_bytes(arguments.curves, picture(value_curves(rows), arguments.curves.suffix[1:]))


def _compare(rows: Sequence[Row], arguments: argparse.Namespace) -> None:
    comparison = compare(comparison_rows(rows), arguments.baseline, REPEATED)
    number = len({row.instance for row in rows})
    title = f"Strategies on {number} {'instance' if number == 1 else 'instances'}"
    write_comparison(arguments.compare, comparison, title, lambda _: "")


def _print(rows: Sequence[Row], strategies: Sequence[str]) -> None:
    console = plain_console(width=None if sys.stdout.isatty() else _WIDTH)
    if not rows:
        return
    baselines = [name for name in strategies if is_baseline(build_option("strategy", name))]
    print_table(console, strategy_table(rows))
    if baselines:
        print_table(console, baseline_table(rows, baselines))
    print_table(console, family_table(rows))
