"""A dozen made-up changes, each with the fewest GPUs and moves that anybody found for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from placer.objectives import GpuCount, Latency, Lexicographic
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from tests.placer.replanning.running_problem import running_problem

__all__ = ["CHANGES", "Change"]


@dataclass(frozen=True)
class Change:
    """A change of what runs.

    Parameters
    ----------
    problem : callable
        States it.
    gpus, moves : int
        Fewest GPUs that are known, and fewest moves with so many. Both are the least there can be
        but for the moves where there is hardly room: by brute force over whole adapters on engines
        as they are and on one further GPU, or since each engine that starves gives up one at
        least. Of a latency, the moves of the best value by brute force.
    estimates : int
        What replanning asked for when this was written.
    objective : Objective
    """

    problem: Callable[[], Problem]
    gpus: int
    moves: int
    estimates: int
    objective: Objective = field(default_factory=GpuCount)


def zipf(number: int, total: float, first: int = 0) -> list[float]:
    """Rates of adapters that fall with the rank, every third from the first one."""
    weights = [1 / (i + 1) for i in range(3 * number)][first::3]
    return [total * weight / sum(weights) for weight in weights]


def doubled() -> Problem:
    """Each fourth adapter of three engines with twenty each has twice the traffic."""
    engines = [zipf(20, 36.0, first) for first in range(3)]
    changed = [[2 * r if i % 4 == 0 else r for i, r in enumerate(rates)] for rates in engines]
    return running_problem(*changed, slots=24)


def many_things(*factors: float) -> Problem:
    """Adapters go and others come on four engines; every third has more traffic than before."""
    engines = [zipf(15, 44.0, first) for first in (0, 1, 2, 1)]
    changed = [
        [factor * r if i % 3 == 0 else r for i, r in enumerate(rates)]
        for factor, rates in zip(factors, engines, strict=True)
    ]
    gone = ("a4", "b5", "c4", "d7", "d5")
    return running_problem(*changed, new=[1.0, 2.0, 0.5, 3.0, 1.5], gone=gone, slots=20)


def smaller_rank() -> Problem:
    """An adapter is for a larger rank now than its engine; another engine has that."""
    problem = running_problem([30.0, 8.0, 5.0], [40.0, 3.0], ranks={"a1": 16}, slots=8)
    previous = problem.previous
    assert previous is not None
    first, second = previous.gpus
    wider = replace(second, config=problem.fleet[0].profile.engine_config(8, 16))
    return replace(problem, previous=replace(previous, gpus=(first, wider)))


def uneven() -> Problem:
    """One of two engines has most of the traffic."""
    small = [0.4] * 10
    return running_problem([36.0, 9.0, 6.0, *small], [10.0, 5.0, *small], slots=16, max_gpus=2)


CHANGES = {
    "one adapter has twice the traffic": Change(
        lambda: running_problem([40.0, 20.0, 6.0, 4.0], [30.0, 10.0, 5.0]), 2, 1, 51
    ),
    "two of three engines have too much": Change(
        lambda: running_problem([40.0, 20.0, 6.0, 4.0], [50.0, 9.0, 8.0], [20.0, 10.0]), 3, 2, 72
    ),
    "new ones fit": Change(
        lambda: running_problem([40.0, 6.0], [40.0, 10.0], new=[8.0, 5.0, 3.0]), 2, 0, 48
    ),
    "a new one needs room in one place": Change(
        lambda: running_problem([40.0, 9.0], [35.0, 12.0], new=[20.0]), 2, 1, 84
    ),
    "most of an engine's adapters went": Change(
        lambda: running_problem(
            [20.0, 9.0, 8.0], [25.0, 8.0, 6.0], [20.0, 9.0, 6.0, 5.0], gone=("c0", "c1")
        ),
        2,
        2,
        95,
    ),
    "half the traffic": Change(
        lambda: running_problem(
            [10.0, 8.0, 4.0, 3.0], [12.0, 6.0, 5.0], [14.0, 9.0], [20.0, 5.0, 2.0]
        ),
        2,
        5,
        131,
    ),
    "a fifth more everywhere": Change(
        lambda: running_problem(
            *[[1.2 * r for r in (24.0, 12.0, 9.0, 6.0, 4.0, 3.0)] for _ in range(3)]
        ),
        4,
        3,
        92,
    ),
    "a GPU must not be used any more": Change(
        lambda: running_problem(
            [20.0, 9.0, 5.0], [20.0, 10.0], [8.0, 7.0, 6.0], rules=Rules(leave_out=["gpu-02"])
        ),
        2,
        3,
        52,
    ),
    "two must not be together any more": Change(
        lambda: running_problem([20.0, 9.0, 5.0], [20.0, 10.0], rules=Rules(apart=[["a0", "a1"]])),
        2,
        1,
        18,
    ),
    "one is too hot for a GPU": Change(
        lambda: running_problem([80.0, 5.0, 4.0], [30.0]), 2, 1, 59
    ),
    "one has a larger rank": Change(smaller_rank, 2, 1, 31),
    "each fourth adapter has twice the traffic": Change(doubled, 3, 1, 84),
    "more, fewer and others": Change(lambda: many_things(1.8, 1.3, 1.3, 1.2), 4, 1, 147),
    "the same, and hardly room for it": Change(
        lambda: many_things(1.6, 1.6, 1.6, 1.6), 4, 50, 734
    ),
    "latency comes second": Change(
        lambda: running_problem([40.0, 9.0, 6.0, 4.0], [10.0, 5.0]),
        2,
        0,
        125,
        Lexicographic((GpuCount(), Latency())),
    ),
    "latency comes first": Change(uneven, 2, 1, 202, Latency()),
}
