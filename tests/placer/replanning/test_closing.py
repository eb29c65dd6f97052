"""GPUs that can be closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan, Placement
from placer.replanning.closing import close_gpus
from placer.replanning.objective import WithMoves
from placer.search.search import Search
from placer.testing import example_problem


def closed(*contents: tuple[range, int], rate: float, move_cost: float = 0.0) -> Placement:
    """What is left of GPUs with these adapters and so many slots."""
    problem = example_problem(12, rates=(rate,))
    profile = problem.fleet[0].profile
    plans = tuple(
        GpuPlan(
            profile.name,
            profile.engine_config(slots, 32),
            tuple((f"adapter-{i:03d}", 1.0) for i in numbers),
        )
        for numbers, slots in contents
    )
    problem = replace(problem, previous=Placement(plans))
    evaluator = Evaluator(ClosedFormEstimator(), WithMoves(GpuCount(), move_cost), problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    assert problem.running is not None
    named = [replace(p, name=n) for p, n in zip(plans, problem.previous.names, strict=True)]
    assert search.offer(evaluator.evaluate(named))
    close_gpus(search, problem.running)
    return Placement(tuple(gpu.plan for gpu in search.gpus))


def test_the_others_take_adapters_as_they_are() -> None:
    left = closed((range(8), 12), (range(8, 11), 3), (range(11, 12), 1), rate=0.5)
    assert left.names == ("gpu-00",)
    assert left.gpus[0].config.max_loras == 12
    assert len(left.gpus[0].shares) == 12


def test_an_engine_gets_more_slots_where_that_closes_a_gpu() -> None:
    left = closed((range(8), 8), (range(8, 12), 4), rate=2.0)
    assert len(left.gpus) == 1
    assert left.gpus[0].config.max_loras > 8


def test_moves_may_cost_more_than_a_gpu() -> None:
    left = closed((range(8), 8), (range(8, 12), 4), rate=2.0, move_cost=1.0)
    assert left.names == ("gpu-00", "gpu-01")
