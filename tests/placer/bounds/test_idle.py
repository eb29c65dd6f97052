"""Idle engines."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds import IdleEngines
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
