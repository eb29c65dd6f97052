"""A simulation under one seed, and its capacity."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from estimators.base import Candidate
from estimators.simulation.capacity import OVERLOAD
from estimators.simulation.seed_job import SeedJob, SeedOutcome, capacity_doubt, with_capacity
from estimators.simulation.shared_streams import SharedStreams
from estimators.simulation.simulated_traffic import simulate_traffic
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.testing import example_adapters, example_profile
from twin.workload.stopped import never

PROFILE = example_profile()
SECONDS = 60.0


def job(rate: float, rule: StarvationRule = USUAL_RULE) -> SeedJob:
    adapters = example_adapters(4, rates=(rate,))
    one = Candidate(PROFILE, PROFILE.engine_config(4, 32), adapters)
    return SeedJob(SharedStreams(), (0,), one, 3, rule, False, never)


def outcome(asked: SeedJob) -> SeedOutcome:
    one = asked.candidate
    served = simulate_traffic(asked.sample(SECONDS), one.config, one.profile)
    return SeedOutcome(served, served.started_share, SECONDS)


def test_an_idle_engine_serves_all_that_arrives_and_takes_enough_traffic_to_tell() -> None:
    asked = job(0.2)
    told = with_capacity(asked, outcome(asked))
    assert told.capacity == pytest.approx(OVERLOAD, rel=0.05)
    assert told.seconds >= 2000 / 0.8
    assert told._replace(capacity=math.inf, seconds=SECONDS) == outcome(asked)


@pytest.mark.parametrize(
    ("rate", "rule"), [(0.2, replace(USUAL_RULE, sustained=False)), (200.0, USUAL_RULE)]
)
def test_no_capacity_where_none_is_asked_for_or_the_window_is_enough(
    rate: float, rule: StarvationRule
) -> None:
    asked = job(rate, rule)
    assert with_capacity(asked, outcome(asked)) == outcome(asked)


def test_capacities_of_profiles_that_were_scaled_are_in_doubt() -> None:
    uncertain = replace(PROFILE, uncertainty=0.1)
    assert capacity_doubt(uncertain) == 0
    assert capacity_doubt(replace(uncertain, estimated_from="another")) == 0.1
