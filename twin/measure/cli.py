"""``python -m twin.measure``: what to measure, and a running or its own vLLM server measured."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from twin.files.atomic_write import check_target
from twin.files.command_messages import plain_console, print_error, print_table
from twin.files.errors import InputError, ToolkitError
from twin.measure.arguments import parser, to_engines
from twin.measure.plan import Plan, make_plan
from twin.measure.plan_table import plan_table

__all__ = ["main"]

_EXTRA = ("aiohttp", "prometheus_client", "safetensors")
_INTERRUPTED = 130  # exit status, as shells have it


def main(argv: Sequence[str] | None = None) -> int:
    """Print a plan or measure; 0 if that was done, 2 if it could not be, 130 if interrupted."""
    words, command = _split(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(words)
    messages = plain_console(stderr=True)
    try:
        if arguments.verb == "plan":
            print_table(plain_console(), plan_table(_plan(arguments)))
            return 0
        _check_extra()
        check_target(arguments.out / "serving_runs.csv", "--out")
        work = _work(arguments, command, _sayer(messages))
        return _carry_out(work, messages, arguments.out)
    except (ToolkitError, OSError) as error:
        print_error(messages, error)
        return 2


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Arguments of this command, and the command that follows ``--``."""
    words = list(argv)
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _plan(arguments: argparse.Namespace) -> Plan:
    plan = make_plan(arguments.minutes, arguments.largest_rank, arguments.start_seconds)
    if arguments.engines is not None:
        plan = replace(plan, engines=to_engines(arguments.engines))
    engines = tuple(replace(e, served=arguments.served_adapters) for e in plan.engines)
    plan = replace(plan, engines=engines)
    return _changed(plan, arguments)


def _changed(plan: Plan, arguments: argparse.Namespace) -> Plan:
    """A plan with what the command line says of its amount."""
    names = ("runs", "window", "again", "rates", "batches", "prompts")
    given = {n: getattr(arguments, n) for n in names if getattr(arguments, n) is not None}
    if "rates" in given:
        given.setdefault("runs", len(given["rates"]))
    return replace(plan, **given)


def _check_extra() -> None:
    for name in _EXTRA:
        try:
            import_module(name)
        except ImportError:
            problem = f"{name} is not installed"
            raise InputError("measuring", problem, "pip install 'lora-placer[live]'") from None


def _work(
    arguments: argparse.Namespace, command: Sequence[str], say: Callable[[str], None]
) -> Coroutine[Any, Any, None]:
    """What is to be done, not begun yet."""
    if arguments.verb == "run":
        from twin.measure.run_command import measure_running

        return measure_running(arguments, lambda plan: _changed(plan, arguments), say)
    from twin.measure.serve_command import measure_started
    from twin.measure.server_flags import check_command

    check_command(command)
    return measure_started(arguments, command, _plan(arguments), say)


def _sayer(messages: Console) -> Callable[[str], None]:
    """Prints a line with the time since the begin."""
    began = time.monotonic()

    def say(text: str) -> None:
        seconds = round(time.monotonic() - began)
        style = "yellow" if text.startswith("warning") else None
        line = f"{seconds // 60:3d}:{seconds % 60:02d}  {text}"
        messages.print(line, style=style, markup=False, highlight=False, soft_wrap=True)

    return say


def _carry_out(work: Coroutine[Any, Any, None], messages: Console, folder: Path) -> int:
    """Run it until it is done, fails or is interrupted; servers are ended in any case."""
    try:
        asyncio.run(_ended_by_signals(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        _tell(messages, f"interrupted; {_kept(folder)}")
        return _INTERRUPTED
    except ToolkitError as error:
        print_error(messages, error)
        if (folder / "kv_capacity.csv").is_file():
            _tell(messages, _kept(folder))
        return 2
    _tell(messages, f"measured; the tables are in {folder}")
    return 0


def _kept(folder: Path) -> str:
    return f"what was measured is in {folder}, and the same command goes on from there"


def _tell(messages: Console, text: str) -> None:
    messages.print(text, markup=False, highlight=False, soft_wrap=True)


async def _ended_by_signals(work: Coroutine[Any, Any, None]) -> None:
    """Carry out work that the signals to end cancel, so that what it opened is closed."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    await task
