"""Command line: ``python -m placer.report OUTPUT_DIR``.

Exit status: 0 written, 2 wrong input, 70 a fault of the program or of a plug-in, 130 interrupted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

from placer.console.command_frame import CommandFrame, run_command
from placer.console.run_folder import add_run_arguments, read_run
from placer.console.settings import Plot
from twin.files.plain_data import read_json

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point.

    Returns
    -------
    int
        Exit status.
    """
    arguments = _parser().parse_args(argv)
    return run_command(partial(_report, arguments))


def _report(arguments: argparse.Namespace, frame: CommandFrame) -> None:
    messages, folder = frame.messages, arguments.folder
    run = read_run(folder, arguments.trust)
    frame.cfg = run.cfg
    summary = read_json(folder / "summary.json")

    # All input is right: only now what takes long to import.
    from placer.report.placement_report import write_report
    from twin.engine.warm_up import warm_up

    with messages.status("loading the engine simulation; the first run compiles it"):
        warm_up(run.problem.fleet[0].profile)
    with messages.status("computing the pictures"):
        written = write_report(
            *(folder, run.problem, run.result, run.objective, summary),
            config=run.config,
            pictures=arguments.plot,
        )
    for path in written:
        messages.print(f"written to {path}", soft_wrap=True, highlight=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m placer.report",
        description="Write the report of a finished run anew, a page that any browser opens "
        "without a network, and on demand its pictures one by one.",
    )
    add_run_arguments(parser)
    parser.add_argument(
        "--plot",
        choices=[plot.value for plot in Plot],
        default=Plot.none.value,
        help="write the pictures to OUTPUT_DIR/plots as well, by matplotlib",
    )
    return parser
