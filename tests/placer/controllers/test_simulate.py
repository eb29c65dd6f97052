"""A controller at work."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from placer.controllers import Observation, PublishedMethod, Scenario, simulate_controller
from placer.strategies.baselines import Hrw, Random
from placer.testing import example_problem
from twin.files.errors import InputError

PROFILE = example_problem(1).fleet[0].profile
SCENARIO = Scenario(
    num_adapters=12, num_engines=2, max_loras=2, num_intervals=10, rate=2.0, drift=0.1
)


@dataclass(frozen=True)
class Watching:
    """Leaves everything as it is, and keeps what it saw."""

    seen: list[Observation]

    def decide(self, seen: Observation, rng: np.random.Generator) -> np.ndarray:
        self.seen.append(seen)
        return seen.shares


def test_a_controller_sees_what_has_arrived_and_nothing_of_what_will() -> None:
    watching = Watching([])
    outcome = simulate_controller(watching, SCENARIO, PROFILE, seed=3)
    first, second = watching.seen[:2]
    assert [seen.interval for seen in watching.seen] == list(range(10))
    np.testing.assert_allclose(first.rates, 2.0 / 12)
    assert second.rates.sum() == pytest.approx(2.0, rel=0.5)
    weight = SCENARIO.smoothing
    arrived = (second.rates - (1 - weight) * first.rates) / weight * SCENARIO.interval
    np.testing.assert_allclose(arrived, np.rint(arrived), atol=1e-6)
    assert all((seen.on_gpu.sum(axis=0) <= 2).all() for seen in watching.seen)
    assert outcome.route_changes == 0


def test_seed_by_seed_all_have_the_same_requests_and_runs_can_be_repeated() -> None:
    one, again, other = (
        simulate_controller(PublishedMethod(method), SCENARIO, PROFILE, seed=1)
        for method in (Hrw(), Hrw(), Random())
    )
    assert replace(one, decision_seconds=0.0) == replace(again, decision_seconds=0.0)
    assert one.num_requests == other.num_requests
    assert (one.route_changes, other.route_changes > 0) == (0, True)
    assert one.hit_rate > other.hit_rate
    assert one.num_loads < other.num_loads


def test_with_slots_for_all_and_fixed_routes_every_request_is_a_hit_but_the_first() -> None:
    roomy = replace(SCENARIO, max_loras=12)
    outcome = simulate_controller(PublishedMethod(Hrw()), roomy, PROFILE, seed=1)
    assert outcome.hit_rate == 1.0
    assert (outcome.num_loads, outcome.num_starved) == (0, 0)


def test_a_fleet_that_is_too_slow_starves_adapters() -> None:
    busy = replace(SCENARIO, rate=400.0, settle=0.0)
    outcome = simulate_controller(PublishedMethod(Random()), busy, PROFILE)
    assert outcome.num_starved > 6


def test_every_decision_is_told_and_can_end_the_run() -> None:
    told: list[int] = []
    simulate_controller(Watching([]), SCENARIO, PROFILE, watch=told.append)
    assert told == [1] * 10


@dataclass(frozen=True)
class Half:
    """Forgets half of the requests."""

    def decide(self, seen: Observation, rng: np.random.Generator) -> np.ndarray:
        return seen.shares / 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match=r"controller Half: the shares of .* sum to 0.5"):
        simulate_controller(Half(), SCENARIO, PROFILE)
