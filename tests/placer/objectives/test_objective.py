"""Objectives that gain from every further GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds import IdleEngines
from placer.gpu.evaluator import Evaluator
from placer.objectives import (
    Churn,
    Cost,
    Energy,
    GpuCount,
    Latency,
    Lexicographic,
    Slo,
    Weighted,
)
from placer.objectives.objective import Objective
from placer.search.free_gpus import gpus_are_free
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem

PROBLEM = example_problem(24)
PREVIOUS = solve(PROBLEM, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)


@pytest.mark.parametrize(
    ("objective", "free"),
    [
        (GpuCount(), False),
        (Cost(), False),
        (Energy(), False),
        (Latency(), True),
        (Latency("tpot", "p99"), True),
        (Slo(ttft=1.0, tpot=0.1), True),
        (Churn(), False),
        (Lexicographic([GpuCount(), Latency()]), False),
        (Lexicographic([Latency(), GpuCount()]), True),
        (Weighted([Latency(), GpuCount()], [1.0, 0.01]), False),
    ],
    ids=repr,
)
def test_what_costs_nothing_without_load(objective: Objective, free: bool) -> None:
    problem = replace(PROBLEM, previous=PREVIOUS.placement)
    evaluator = Evaluator(ClosedFormEstimator(), objective, problem)
    assert gpus_are_free(evaluator, IdleEngines(evaluator)) is free
