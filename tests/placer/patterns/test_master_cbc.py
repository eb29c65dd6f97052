"""Master problems by CBC."""

from __future__ import annotations

import pulp
import pytest
from hypothesis import given, settings

from placer.patterns.master_cbc import solve_with_cbc
from placer.patterns.master_problem import MasterProblem
from tests.placer.patterns.master_solver_contract import (
    SMALL,
    MasterSolverContract,
    check_optimal,
    master_problems,
)


class TestCbc(MasterSolverContract):
    solver = staticmethod(solve_with_cbc)


def test_a_failing_solver_is_no_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise pulp.PulpSolverError("ended")

    monkeypatch.setattr(pulp.LpProblem, "solve", fail)
    assert solve_with_cbc(MasterProblem([SMALL], (1, 0), (), None), None, 1.0) is None


@settings(max_examples=15)
@given(master_problems)
def test_no_combination_is_cheaper(master: MasterProblem) -> None:
    check_optimal(solve_with_cbc, master)
