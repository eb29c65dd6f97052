"""Engines whose slots cannot be chosen."""

from __future__ import annotations

from estimators.base import Candidate
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import USUAL_RULE
from placer.controllers.fixed_slots import FixedSlots
from placer.testing import example_problem

PROBLEM = example_problem(8)
PROFILE = PROBLEM.fleet[0].profile


def test_all_slots_are_as_many() -> None:
    def served(estimator: FixedSlots | ClosedFormEstimator, slots: int) -> float:
        config = PROFILE.engine_config(slots, 32)
        candidate = Candidate(PROFILE, config, PROBLEM.workload.scaled(9.0).adapters)
        (estimate,) = estimator.estimate([candidate], USUAL_RULE)
        return float(estimate.served_throughput)

    plain, fixed = ClosedFormEstimator(), FixedSlots(ClosedFormEstimator(), 2)
    assert served(plain, 2) != served(plain, 8)
    assert served(fixed, 8) == served(fixed, 1) == served(plain, 2)
