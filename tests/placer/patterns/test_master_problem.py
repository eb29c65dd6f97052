"""Master problem, and the solvers of it."""

from __future__ import annotations

import itertools

import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placer.patterns.master_cbc import solve_with_cbc
from placer.patterns.master_cp_sat import solve_with_cp_sat
from placer.patterns.master_problem import Combination, MasterProblem, MasterSolver
from placer.patterns.patterns import Pattern

BIG = Pattern("big", (2, 1), (3.0, 1.0))
SMALL = Pattern("small", (1, 0), (1.0, 5.0))
OTHER = Pattern("small", (0, 1), (1.0, 1.0))


@pytest.fixture(params=[solve_with_cbc, solve_with_cp_sat], ids=["cbc", "cp_sat"])
def solver(request: pytest.FixtureRequest) -> MasterSolver:
    found: MasterSolver = request.param
    return found


def total(chosen: Combination | None) -> tuple[float, ...]:
    assert chosen is not None
    return tuple(
        sum(pattern.cost[component] * number for pattern, number in chosen)
        for component in range(2)
    )


def test_costs_are_minimized_one_after_the_other(solver: MasterSolver) -> None:
    """Three small GPUs cost as much as a big one, and more in the second component."""
    chosen = solver(MasterProblem([BIG, SMALL, OTHER], (2, 1), (), None), None, 10.0)
    assert chosen == [(BIG, 1)]
    assert total(chosen) == (3.0, 1.0)


def test_counts_and_the_limit_are_kept(solver: MasterSolver) -> None:
    patterns = [BIG, SMALL, OTHER]
    limited = solver(MasterProblem(patterns, (4, 0), ((("small",), 2),), None), None, 10.0)
    assert limited == [(BIG, 1), (SMALL, 2)] or total(limited)[0] == 5.0
    few = solver(MasterProblem(patterns, (4, 2), (), 2), None, 10.0)
    assert few == [(BIG, 2)]
    assert solver(MasterProblem(patterns, (5, 2), (), 2), None, 10.0) is None


def test_a_start_is_taken(solver: MasterSolver) -> None:
    master = MasterProblem([BIG, SMALL, OTHER], (2, 1), (), None)
    assert solver(master, {SMALL: 2, OTHER: 1}, 10.0) == [(BIG, 1)]


def test_costs_that_are_not_whole_are_compared(solver: MasterSolver) -> None:
    patterns = [Pattern("a", (1,), (0.33334,)), Pattern("b", (1,), (0.33333,))]
    assert solver(MasterProblem(patterns, (4,), (), None), None, 10.0) == [(patterns[1], 4)]


def test_no_gpus_serve_no_items(solver: MasterSolver) -> None:
    assert solver(MasterProblem([SMALL], (0, 0), (), None), None, 10.0) == []


def test_prices_say_what_an_item_costs() -> None:
    prices = MasterProblem([SMALL, OTHER], (3, 2), (), None).relaxed()
    assert prices.value == pytest.approx(5.0)
    assert prices.groups == pytest.approx((1.0, 1.0))
    assert prices.scarcity == 0.0


def test_prices_say_what_is_missing() -> None:
    prices = MasterProblem([SMALL], (1, 1), (), None).relaxed()
    assert prices.groups == pytest.approx((1.0, 10.0))


def test_prices_say_what_one_more_gpu_is_worth() -> None:
    cheap, dear = Pattern("a", (1,), (1.0,)), Pattern("a", (4,), (8.0,))
    prices = MasterProblem([cheap, dear], (4,), (), 2).relaxed()
    assert prices.scarcity > 0
    assert prices.value == pytest.approx(2 * prices.groups[0] * 2 - 2 * prices.scarcity, rel=0.5)


def test_the_most_promising_patterns_are_kept() -> None:
    patterns = [Pattern("a", (n,), (1.0,)) for n in range(1, 9)]
    master = MasterProblem(patterns, (8,), (), None)
    fewer = master.restricted(master.relaxed(), 2, [patterns[0]])
    assert list(fewer.patterns) == [patterns[0], patterns[6], patterns[7]]
    assert master.restricted(master.relaxed(), 8, []) is master


def test_a_failing_solver_is_no_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise pulp.PulpSolverError("ended")

    monkeypatch.setattr(pulp.LpProblem, "solve", fail)
    assert solve_with_cbc(MasterProblem([SMALL], (1, 0), (), None), None, 1.0) is None


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 5)),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_no_combination_is_cheaper(
    sizes: list[tuple[int, int, int]], demand: tuple[int, int]
) -> None:
    patterns = [Pattern("gpu", (a, b), (float(cost),)) for a, b, cost in sizes]
    master = MasterProblem(patterns, demand, (), None)
    best = min(
        (
            sum(p.cost[0] * n for p, n in zip(patterns, numbers, strict=True))
            for numbers in itertools.product(range(4), repeat=len(patterns))
            if all(
                sum(p.counts[k] * n for p, n in zip(patterns, numbers, strict=True)) >= demand[k]
                for k in (0, 1)
            )
        ),
        default=None,
    )
    for solver in (solve_with_cbc, solve_with_cp_sat):
        chosen = solver(master, None, 10.0)
        if chosen is None:
            assert best is None
        else:
            assert sum(p.cost[0] * n for p, n in chosen) == pytest.approx(best)
