"""What every solver of master problems has to keep."""

from __future__ import annotations

import itertools
from typing import ClassVar

import pytest
from hypothesis import strategies as st

from placer.patterns.master_problem import Combination, MasterProblem, MasterSolver
from placer.patterns.patterns import Pattern

__all__ = ["BIG", "OTHER", "SMALL", "MasterSolverContract", "check_optimal", "master_problems"]

BIG = Pattern("big", (2, 1), (3.0, 1.0))
SMALL = Pattern("small", (1, 0), (1.0, 5.0))
OTHER = Pattern("small", (0, 1), (1.0, 1.0))


def total(chosen: Combination | None) -> tuple[float, ...]:
    assert chosen is not None
    return tuple(
        sum(pattern.cost[component] * number for pattern, number in chosen)
        for component in range(2)
    )


class MasterSolverContract:
    """What `PatternSearch` relies on."""

    solver: ClassVar[MasterSolver]
    """The solver to be tested, as a static method."""

    def test_costs_are_minimized_one_after_the_other(self) -> None:
        """Three small GPUs cost as much as a big one, and more in the second component."""
        chosen = self.solver(MasterProblem([BIG, SMALL, OTHER], (2, 1), (), None), None, 10.0)
        assert chosen == [(BIG, 1)]
        assert total(chosen) == (3.0, 1.0)

    def test_counts_and_the_limit_are_kept(self) -> None:
        patterns = [BIG, SMALL, OTHER]
        limited = self.solver(
            MasterProblem(patterns, (4, 0), ((("small",), 2),), None), None, 10.0
        )
        assert limited == [(BIG, 1), (SMALL, 2)] or total(limited)[0] == 5.0
        few = self.solver(MasterProblem(patterns, (4, 2), (), 2), None, 10.0)
        assert few == [(BIG, 2)]
        assert self.solver(MasterProblem(patterns, (5, 2), (), 2), None, 10.0) is None

    def test_a_start_is_taken(self) -> None:
        master = MasterProblem([BIG, SMALL, OTHER], (2, 1), (), None)
        assert self.solver(master, {SMALL: 2, OTHER: 1}, 10.0) == [(BIG, 1)]

    def test_a_start_may_have_more_gpus_than_serve_anything(self) -> None:
        master = MasterProblem([BIG, SMALL, OTHER], (2, 1), (), None)
        assert self.solver(master, {SMALL: 9, OTHER: 1}, 10.0) == [(BIG, 1)]

    def test_costs_that_are_not_whole_are_compared(self) -> None:
        patterns = [Pattern("a", (1,), (0.33334,)), Pattern("b", (1,), (0.33333,))]
        assert self.solver(MasterProblem(patterns, (4,), (), None), None, 10.0) == [
            (patterns[1], 4)
        ]

    def test_no_gpus_serve_no_items(self) -> None:
        assert self.solver(MasterProblem([SMALL], (0, 0), (), None), None, 10.0) == []


master_problems = st.builds(
    lambda sizes, demand: MasterProblem(
        [Pattern("gpu", (a, b), (float(cost),)) for a, b, cost in sizes], demand, (), None
    ),
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 5)),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
"""Small ones, with or without a solution."""


def check_optimal(solver: MasterSolver, master: MasterProblem) -> None:
    """No combination of up to three GPUs of each pattern is cheaper."""
    combinations = itertools.product(range(4), repeat=len(master.patterns))
    best = min(
        (
            sum(p.cost[0] * n for p, n in zip(master.patterns, numbers, strict=True))
            for numbers in combinations
            if all(
                sum(p.counts[k] * n for p, n in zip(master.patterns, numbers, strict=True)) >= need
                for k, need in enumerate(master.demand)
            )
        ),
        default=None,
    )
    chosen = solver(master, None, 10.0)
    if chosen is None:
        assert best is None
    else:
        assert sum(p.cost[0] * n for p, n in chosen) == pytest.approx(best)
