"""EquilibriumEstimator keeps the contract, and leaves engines room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.base import Candidate
from estimators.equilibrium_backed import EquilibriumEstimator
from estimators.starvation import USUAL_RULE
from estimators.testing import EstimatorContract, example_adapters, example_profile
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from twin.files.errors import InputError
from twin.workload.arrivals import GammaArrivals

PROFILE = example_profile()


class TestEquilibrium(EstimatorContract):
    @pytest.fixture
    def estimator(self) -> EquilibriumEstimator:
        return EquilibriumEstimator()


def candidate(number: int, rate: float, slots: int | None = None) -> Candidate:
    adapters = example_adapters(number, (rate,))
    config = PROFILE.engine_config(slots or number, 32)
    return Candidate(PROFILE, config, adapters)


def most(estimator: EquilibriumEstimator) -> float:
    """Largest rate of 16 adapters that an engine does not starve under."""
    rates = [0.02 * k for k in range(1, 200)]
    answers = estimator.estimate([candidate(16, rate) for rate in rates], USUAL_RULE)
    served = [
        rate for rate, p in zip(rates, answers.starvation_probability, strict=True) if p == 0
    ]
    return max(served)


def test_what_it_accepts_the_twin_serves() -> None:
    rate = most(EquilibriumEstimator())
    estimate = TwinEstimator(Window(300.0)).estimate([candidate(16, rate)], USUAL_RULE)[0]
    assert estimate.starvation_probability < 0.05
    twice = TwinEstimator(Window(300.0)).estimate([candidate(16, 2 * rate)], USUAL_RULE)[0]
    assert twice.starvation_probability > 0.5


def test_less_room_is_less_traffic() -> None:
    assert most(EquilibriumEstimator(0.4)) == pytest.approx(
        most(EquilibriumEstimator()) / 2, rel=0.2
    )


def test_with_less_room_requests_wait_less_for_slots() -> None:
    """Few slots for many rare adapters serve everything, after a while."""

    def fewest_slots(room: float) -> int:
        options = [candidate(32, 0.02, slots) for slots in range(1, 33)]
        answers = EquilibriumEstimator(room).estimate(options, USUAL_RULE)
        return 1 + [bool(p) for p in answers.starvation_probability].index(False)

    assert fewest_slots(0.8) < fewest_slots(0.48) < fewest_slots(0.17)


def test_bursts_need_room() -> None:
    rate = most(EquilibriumEstimator())
    steady = candidate(16, rate)
    bursty = replace(
        steady,
        adapters=tuple(replace(a, arrivals=GammaArrivals(8.0)) for a in steady.adapters),
    )
    answers = EquilibriumEstimator().estimate([steady, bursty])
    assert answers.starvation_probability.tolist() == [0.0, 1.0]


def test_more_adapters_at_work_than_slots_starve() -> None:
    answers = EquilibriumEstimator().estimate([candidate(16, 0.5), candidate(16, 0.5, slots=2)])
    assert answers.starvation_probability.tolist() == [0.0, 1.0]


def test_no_room_is_refused() -> None:
    with pytest.raises(InputError, match=r"estimator\.room: 0\.0 is not above 0"):
        EquilibriumEstimator(0.0)
