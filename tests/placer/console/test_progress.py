"""Progress of a search."""

from __future__ import annotations

import io

from rich.console import Console

from estimators.closed_form import ClosedFormEstimator
from placer.console.progress import WatchedEstimator, show_progress
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.testing import example_problem


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


def test_a_watched_estimator_gives_the_same_figures() -> None:
    counts: list[int] = []
    problem = example_problem(3)
    plain = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    watched = Evaluator(
        WatchedEstimator(ClosedFormEstimator(), counts.append), GpuCount(), problem
    )
    plans = [plain.plan(problem.fleet[0], 1, {name: 1.0}) for name in sorted(plain.adapters)]
    assert [gpu.estimate for gpu in watched.evaluate(plans)] == [
        gpu.estimate for gpu in plain.evaluate(plans)
    ]
    assert counts == [3]
