"""Idle engines."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds import IdealEngines, IdleEngines
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.testing import example_problem


def test_they_are_remembered_and_one_for_each_type() -> None:
    problem = example_problem(6, counts=(None, None))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    idle = IdleEngines(evaluator)
    first, *_, last = problem.workload.adapters
    answers = idle.estimates(first)
    assert len(answers) == 2
    assert answers[0].ttft_mean == pytest.approx(0.02, rel=1e-3)
    asked = evaluator.num_estimates
    assert idle.estimates(first) is answers
    assert evaluator.num_estimates == asked
    idle.estimates(last)
    assert evaluator.num_estimates == asked + 2


def test_ideal_engines_are_beaten_by_none_and_ask_nobody() -> None:
    problem = example_problem(6, counts=(None, None))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    for adapter in problem.workload.adapters:
        ideal = IdealEngines(problem).estimates(adapter)
        asked = evaluator.num_estimates
        idle = IdleEngines(evaluator).estimates(adapter)
        assert evaluator.num_estimates == asked + len(ideal) == asked + 2
        for best, real in zip(ideal, idle, strict=True):
            assert best.ttft_mean == best.tpot_p99 == 0.0 < real.ttft_mean
            assert best.power <= real.power
