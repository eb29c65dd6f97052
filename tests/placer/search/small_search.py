"""A search for four adapters."""

from __future__ import annotations

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.search.search import Search
from placer.testing import example_problem

__all__ = ["NAMES", "PROBLEM", "evaluated", "search_of"]

PROBLEM = example_problem(4, (2.0,))
NAMES = [adapter.name for adapter in PROBLEM.workload.adapters]


def search_of(problem: Problem = PROBLEM, budget: Budget | None = None) -> Search:
    budget = Budget() if budget is None else budget
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem, budget)
    return Search(problem, evaluator, budget, np.random.default_rng(0))


def evaluated(search: Search, *contents: list[str]) -> list[EvaluatedGpu]:
    gpu_type = search.problem.fleet[0]
    plans = [
        search.evaluator.plan(gpu_type, len(names), dict.fromkeys(names, 1.0))
        for names in contents
    ]
    return search.evaluator.evaluate(plans)
