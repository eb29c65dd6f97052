"""Stand-ins."""

from __future__ import annotations

import pytest

from estimators.base import Candidate
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import USUAL_RULE
from estimators.testing import example_adapters, example_profile
from placer.testing import ObjectiveContract
from placer.testing.stand_ins import InterruptedEstimator, SlotCost


class TestSlotCost(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> SlotCost:
        return SlotCost()


def test_the_user_presses_ctrl_c_once() -> None:
    profile = example_profile()
    question = [Candidate(profile, profile.engine_config(1, 8), example_adapters(1))], USUAL_RULE
    estimator = InterruptedEstimator(ClosedFormEstimator(), 2)
    first = estimator.estimate(*question)
    assert not estimator.interrupted
    with pytest.raises(KeyboardInterrupt):
        estimator.estimate(*question)
    assert estimator.interrupted
    assert list(estimator.estimate(*question)) == list(first)
