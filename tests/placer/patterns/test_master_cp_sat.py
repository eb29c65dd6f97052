"""Master problems by CP-SAT."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from placer.patterns.master_cp_sat import solve_with_cp_sat
from placer.patterns.master_problem import MasterProblem
from placer.patterns.patterns import Pattern
from tests.placer.patterns.master_solver_contract import (
    MasterSolverContract,
    check_optimal,
    master_problems,
)


class TestCpSat(MasterSolverContract):
    solver = staticmethod(solve_with_cp_sat)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_costs_of_any_size_are_told_apart(unit: float) -> None:
    """They are rounded to a millionth of the dearest."""
    patterns = [Pattern("a", (1,), (1.5 * unit,)), Pattern("b", (1,), (1.50001 * unit,))]
    master = MasterProblem(patterns, (3,), (), None)
    assert solve_with_cp_sat(master, None, 10.0) == [(patterns[0], 3)]


@settings(max_examples=15)
@given(master_problems)
def test_no_combination_is_cheaper(master: MasterProblem) -> None:
    check_optimal(solve_with_cp_sat, master)
