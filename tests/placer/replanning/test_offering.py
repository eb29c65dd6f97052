"""Placements within the number of moves that may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.replanning.objective import WithMoves
from placer.replanning.offering import offer
from placer.search.search import Search
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem

EXAMPLE = example_problem(6, rates=(1.0,))
PROFILE = EXAMPLE.fleet[0].profile


def plan(digits: str, name: str = "") -> GpuPlan:
    shares = tuple((f"adapter-00{digit}", 1.0) for digit in digits)
    return GpuPlan(PROFILE.name, PROFILE.engine_config(6, 32), shares, name)


def limited(max_moves: int | None, previous: Placement | None = None) -> Problem:
    previous = previous or Placement((plan("012"), plan("345")))
    return replace(EXAMPLE, previous=previous, max_moves=max_moves)


@pytest.mark.parametrize(("max_moves", "taken"), [(None, True), (2, True), (1, False)])
@pytest.mark.parametrize("names", [("gpu-00", "gpu-01"), ("", "")])
def test_moves_beyond_the_limit_are_refused(
    max_moves: int | None, taken: bool, names: tuple[str, str]
) -> None:
    problem = limited(max_moves)
    evaluator = Evaluator(ClosedFormEstimator(), WithMoves(GpuCount()), problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    swapped = evaluator.evaluate([plan("013", names[0]), plan("245", names[1])])
    assert offer(search, swapped) is taken
    assert bool(search.gpus) is taken


def test_a_plan_with_too_many_moves_is_none() -> None:
    apart = Placement((plan("012345"),))
    hot = replace(
        example_problem(6, rates=(12.0,)), previous=apart, max_moves=1
    )  # six times as much as one GPU serves
    result = solve(hot, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)
    assert not result.is_feasible()
    assert "with at most 1 moves (max_moves)" in result.reason
    free = solve(
        replace(hot, max_moves=None), FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False
    )
    assert free.is_feasible()
