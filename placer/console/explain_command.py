"""Command line: ``python -m placer.explain OUTPUT_DIR``.

Exit status: 0 explained, 2 wrong input, 70 a fault of the program or of a plug-in, 130
interrupted.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from placer.console.command_frame import CommandFrame, run_command
from placer.console.run_folder import add_run_arguments, read_run
from placer.explain.explanation import explain_placement
from placer.explain.judge import twin_judges
from placer.explain.what_if import Change, what_if
from placer.report.explanation_report import explanation_document, print_explanation
from placer.report.report import wide_console
from placer.verification.verify import Verifier
from twin.engine.warm_up import warm_up
from twin.files.atomic_write import write_text
from twin.files.errors import InputError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point.

    Returns
    -------
    int
        Exit status.
    """
    arguments = _parser().parse_args(argv)
    return run_command(partial(_explain, arguments))


def _explain(arguments: argparse.Namespace, frame: CommandFrame) -> None:
    messages, changes = frame.messages, list(_changes(arguments))
    run = read_run(arguments.folder, arguments.trust)
    if not run.result.placement.gpus:
        raise InputError(str(arguments.folder), "it has no GPU", run.result.reason)
    frame.cfg = run.cfg
    placement = run.result.placement
    verifier = run.verifier if isinstance(run.verifier, Verifier) else None
    judges = twin_judges(run.problem, run.objective, run.result, verifier)
    with messages.status("loading the engine simulation") as status:
        warm_up(run.problem.fleet[0].profile)
        status.update("simulating the GPUs under growing traffic")
        explanation = explain_placement(judges, placement, run.result.gpus)
        answers = []
        for change in changes:
            status.update(f"placing anew: {change.text}")
            answers.append(
                what_if(
                    judges,
                    placement,
                    change,
                    lambda problem: run.solve(problem, arguments.time_limit),
                )
            )
    if arguments.json is not None:
        document = explanation_document(explanation, answers)
        write_text(arguments.json, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    print_explanation(wide_console(), placement, explanation, answers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m placer.explain",
        description="Say what limits a placement: what binds on each GPU, how much traffic can "
        "still be added, and which single adapter would free a GPU if it were moved away or had "
        "a smaller rank. With the options, also what would happen under other conditions, one "
        "at a time: whether the placement as it is would serve, and what placing anew finds.",
    )
    add_run_arguments(parser)
    parser.add_argument(
        "--rate-factor",
        type=float,
        action="append",
        default=[],
        metavar="K",
        help="what if all request rates are multiplied by this; may be repeated",
    )
    parser.add_argument(
        "--gpus",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="what if there are so many GPUs more, or fewer (-1: one fewer); may be repeated",
    )
    parser.add_argument(
        "--max-lora-rank",
        type=int,
        action="append",
        default=[],
        metavar="R",
        help="what if engines are started for this rank at least; may be repeated",
    )
    parser.add_argument(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="for each search (default: as long as the run had)",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="file to write the figures to")
    return parser


def _changes(arguments: argparse.Namespace) -> Iterator[Change]:
    for factor in arguments.rate_factor:
        yield Change(rate_factor=factor)
    for number in arguments.gpus:
        yield Change(gpus=number)
    for rank in arguments.max_lora_rank:
        yield Change(max_lora_rank=rank)
