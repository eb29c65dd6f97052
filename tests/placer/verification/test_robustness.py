"""Robustness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.testing import example_adapters, example_profile
from placer.verification.robustness import RobustEstimator, Robustness
from twin.files.errors import InputError
from twin.workload.arrivals import GammaArrivals, PoissonArrivals

PROFILE = example_profile()
STEADY, REGULAR, WILD = PoissonArrivals(), GammaArrivals(0.5), GammaArrivals(4.0)


def candidate() -> Candidate:
    adapters = tuple(
        replace(a, arrivals=arrivals)
        for a, arrivals in zip(example_adapters(3), (STEADY, REGULAR, WILD), strict=True)
    )
    return Candidate(PROFILE, PROFILE.engine_config(3, 32), adapters)


def test_adapters_that_vary_less_vary_as_much() -> None:
    bursty = Robustness(2.0).burstier(candidate())
    assert [a.arrivals.cv for a in bursty.adapters] == [2.0, 2.0, 4.0]
    assert bursty.rate == candidate().rate
    again = Robustness(2.0).burstier(candidate())
    assert bursty.adapters[0].arrivals is again.adapters[0].arrivals
    assert Robustness(None).burstier(candidate()) == candidate()


@dataclass(frozen=True)
class ByBursts:
    """Probability of starving by the largest variation."""

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        estimates = ClosedFormEstimator().estimate(candidates, rule)
        cv = np.array([max(a.arrivals.cv for a in c.adapters) for c in candidates])
        return replace(estimates, starvation_probability=cv / 10)


@pytest.mark.parametrize(
    ("robustness", "expected"),
    [
        (Robustness(None), 0.4),
        (Robustness(3.0, 0.5), 0.4),
        (Robustness(6.0, 0.6), 0.4),
        (Robustness(6.0, 0.5), 0.6),
    ],
)
def test_gpus_starve_that_do_not_bear_bursts(robustness: Robustness, expected: float) -> None:
    estimator = RobustEstimator(ByBursts(), robustness)
    (estimate,) = estimator.estimate([candidate()], USUAL_RULE)
    assert estimate.starvation_probability == pytest.approx(expected)


def test_bursts_can_have_an_estimator_of_their_own() -> None:
    robust = RobustEstimator(ClosedFormEstimator(), Robustness(6.0, 0.5), ByBursts())
    assert robust.burst_probabilities([candidate()], USUAL_RULE) == [pytest.approx(0.6)]
    (estimate,) = robust.estimate([candidate()], USUAL_RULE)
    assert estimate.starvation_probability == pytest.approx(0.6)


def test_bursts_are_looked_at_in_the_window_alone_and_where_there_are_any() -> None:
    asked: list[tuple[Candidate, StarvationRule]] = []

    class Bursts:
        def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
            asked.extend((candidate, rule) for candidate in candidates)
            return ByBursts().estimate(candidates, rule)

    robustness = Robustness(2.0)
    robust = RobustEstimator(ClosedFormEstimator(), robustness, Bursts())
    wild = replace(candidate(), adapters=candidate().adapters[2:])
    found = robust.burst_probabilities([wild, candidate()], USUAL_RULE)
    assert found == [0.0, pytest.approx(0.4)]
    window = replace(USUAL_RULE, sustained=False)
    assert asked == [(robustness.burstier(candidate()), window)]


def test_no_gpu_starves_less_likely_in_bursts() -> None:
    robust = RobustEstimator(ByBursts(), Robustness(6.0, 0.5), ClosedFormEstimator())
    assert robust.burst_probabilities([candidate()], USUAL_RULE) == [pytest.approx(0.4)]
    (estimate,) = robust.estimate([candidate()], USUAL_RULE)
    assert estimate.starvation_probability == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"arrival_cv": 0.0}, r"arrival_cv: 0.0 is no variation of gaps"),
        ({"arrival_cv": 1e18}, r"1e\+18 is no variation of gaps; a number from 0.001 to 1000"),
        ({"max_starvation_probability": 1.5}, "1.5 is not inside"),
    ],
)
def test_parameters_are_checked(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Robustness(**parameters)


def test_loads_that_starve_anyhow_are_not_asked_for_under_bursts() -> None:
    asked: list[int] = []

    class Bursts:
        def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
            asked.append(len(candidates))
            return ClosedFormEstimator().estimate(candidates, rule)

    gpus = [replace(candidate(), adapters=example_adapters(number)) for number in (2, 60)]
    steady = ClosedFormEstimator()
    probabilities = steady.estimate(gpus).starvation_probability.tolist()
    assert probabilities == [0.0, 1.0]
    robust = RobustEstimator(steady, Robustness(), Bursts(), hopeless=0.05)
    assert robust.estimate(gpus, USUAL_RULE).starvation_probability.tolist() == probabilities
    assert asked == [1]
