"""How far a search is, shown while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console

__all__ = ["show_progress"]


@dataclass(slots=True)
class _Counter:
    """Number of candidates so far, and when it was last told."""

    console: Console
    label: str
    interval: float
    clock: Callable[[], float]
    show: Callable[[str], None]
    count: int = 0
    start: float = field(init=False)
    told: float = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.told = self.clock()

    def add(self, number: int) -> None:
        self.count += number
        now = self.clock()
        if now - self.told >= self.interval:
            self.told = now
            self.show(f"{self.label}: {self.count} estimates, {now - self.start:.0f} s")


@contextmanager
def show_progress(
    console: Console,
    label: str,
    *,
    interval: float = 10.0,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Callable[[int], None]]:
    """Show the number of estimates so far: on a terminal in place, else as a line now and then.

    Parameters
    ----------
    console : rich.console.Console
        Where to; of the standard error stream, so that results can be piped.
    label : str
        What is being done.
    interval : float
        Seconds between two lines where the console is not a terminal.
    clock : callable
        Monotonic time in seconds.

    Yields
    ------
    callable
        To be called with the number of further estimates.
    """
    if console.is_terminal:
        with console.status(label) as status:
            yield _Counter(console, label, 0.2, clock, status.update).add
    else:

        def line(text: str) -> None:
            console.print(text, soft_wrap=True, highlight=False, markup=False)

        yield _Counter(console, label, interval, clock, line).add
