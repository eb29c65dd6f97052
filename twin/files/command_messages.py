"""What a command says on the standard error stream: warnings, errors, progress."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TypeVar

from rich.console import Console
from rich.progress import track
from rich.table import Table

from twin.files.closed_pipe import PipeConsole
from twin.files.one_line_warnings import one_line_warnings

__all__ = [
    "plain_console",
    "print_error",
    "print_error_line",
    "print_table",
    "print_warnings",
    "show_steps",
]

_T = TypeVar("_T")
_WIDEST = 10_000  # characters of a line


def plain_console(
    *, stderr: bool = False, width: int | None = None, quiet: bool = False
) -> Console:
    """Console that prints every text as it is: names may hold what Rich reads as markup."""
    return PipeConsole(stderr=stderr, width=width, quiet=quiet, markup=False, emoji=False)


def print_warnings(console: Console) -> AbstractContextManager[None]:
    """Print the toolkit's warnings, one line each, as long as the context lasts."""
    return one_line_warnings(
        lambda text: console.print(f"warning: {text}", markup=False, soft_wrap=True)
    )


def print_error(console: Console, error: Exception) -> None:
    """Print why the command ends, as one line."""
    print_error_line(console, f"error: {error}")


def print_error_line(console: Console, text: str) -> None:
    """Print a line that says why the command ends."""
    console.print(text, style="red", markup=False, soft_wrap=True)


def print_table(console: Console, table: Table) -> None:
    """Print a table with nothing cut off, whatever the width of the console.

    Lines that are longer than a terminal go on in its next line; a pipe gets them whole.
    """
    wide = console.options.update(max_width=_WIDEST)
    before = console.width
    console.width = max(before, console.measure(table, options=wide).maximum)
    try:
        console.print(table, crop=False)
    finally:
        console.width = before


def show_steps(
    console: Console, description: str, steps: Iterable[_T], total: int
) -> Iterable[_T]:
    """Hand steps on, with a progress bar where the console is a terminal."""
    return track(
        steps,
        description=description,
        total=total,
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
