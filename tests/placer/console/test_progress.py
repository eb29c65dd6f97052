"""Progress of a search."""

from __future__ import annotations

import io

from rich.console import Console

from placer.console.progress import show_progress


class Clock:
    """Time that passes four seconds at every look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 4.0
        return self.now


def test_lines_now_and_then_where_there_is_no_terminal() -> None:
    text = io.StringIO()
    console = Console(file=text, width=80)
    with show_progress(console, "greedy [x]", interval=10.0, clock=Clock()) as report:
        for _ in range(6):
            report(5)
    assert text.getvalue().splitlines() == [
        "greedy [x]: 15 estimates, 12 s",
        "greedy [x]: 30 estimates, 24 s",
    ]


def test_in_place_on_a_terminal() -> None:
    text = io.StringIO()
    console = Console(file=text, width=80, force_terminal=True)
    with show_progress(console, "greedy", clock=Clock()) as report:
        report(7)
        console.print("x")
    assert "7 estimates" in text.getvalue()
    assert text.getvalue().endswith("\x1b[2K") or "\x1b[?25h" in text.getvalue()
