"""Problems that the published methods are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.search.search import Search
from placer.strategies.base import Strategy
from placer.testing import example_problem
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

HUNDRED = CopulaLengths(FixedLength(60), FixedLength(40))


def problem_of(
    rates: Sequence[float], ranks: Sequence[int] = (8,), max_gpus: int | None = None
) -> Problem:
    """Adapters of 100 tokens for each request, with ranks in turn."""
    adapters = tuple(
        Adapter(f"a{i:02d}", ranks[i % len(ranks)], rate, HUNDRED) for i, rate in enumerate(rates)
    )
    return replace(example_problem(3), workload=Workload(adapters), max_gpus=max_gpus)


def search_of(problem: Problem, estimator: Estimator | None = None) -> Search:
    estimator = estimator or ClosedFormEstimator()
    evaluator = Evaluator(estimator, GpuCount(), problem)
    return Search(problem, evaluator, Budget(), np.random.default_rng(0))


def place(
    problem: Problem, strategy: Strategy, estimator: Estimator | None = None, seed: int = 0
) -> Result:
    """Place without verification."""
    evaluator = Evaluator(estimator or ClosedFormEstimator(), GpuCount(), problem)
    rng = np.random.default_rng(seed)
    return strategy.place(problem, evaluator, budget=Budget(), rng=rng)


def holdings(result: Result) -> list[dict[str, float]]:
    """Shares on each GPU."""
    return [dict(plan.shares) for plan in result.placement.gpus]
