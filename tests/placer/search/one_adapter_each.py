"""A search whose incumbent has a GPU for each adapter, which many can do without."""

from __future__ import annotations

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.search.search import Search
from placer.testing import example_problem

__all__ = ["one_adapter_each"]


def one_adapter_each(
    number: int, objective: Objective | None = None, problem: Problem | None = None
) -> Search:
    """The search, with so many GPUs; of the first type of a problem where one is given."""
    problem = example_problem(number, rates=(1.0,)) if problem is None else problem
    evaluator = Evaluator(ClosedFormEstimator(), objective or GpuCount(), problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    plans = [evaluator.plan(problem.fleet[0], 1, {name: 1.0}) for name in evaluator.adapters]
    assert search.offer(evaluator.evaluate(plans))
    return search
