"""What an engine serves at most, over what it is offered."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.simulation.capacity import (
    OVERLOAD,
    capacity_ratio,
    capacity_seconds,
    overload_of,
)
from twin.engine.simulate import simulate
from twin.gpu.read_profile import read_profile
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength
from twin.workload.workload import Workload

PROFILE = read_profile("h100_64gb_llama31_8b")
SECONDS = 600.0


def candidate(rate: float) -> Candidate:
    lengths = CopulaLengths(LogNormalLength(250, 100), LogNormalLength(200, 100))
    adapters = tuple(Adapter(f"a{i}", 8, rate / 4, lengths) for i in range(4))
    return Candidate(PROFILE, PROFILE.engine_config(4, 8), adapters)


def ratio(rate: float, seconds: float = SECONDS, seed: int = 0) -> float:
    one = candidate(rate)
    stream = Workload(one.adapters).sample(seconds, np.random.default_rng(seed))
    return capacity_ratio(stream, one, OVERLOAD)


def backlog(rate: float, seconds: float) -> int:
    one = candidate(rate)
    workload = Workload(one.adapters)
    return simulate(workload, one.config, PROFILE, duration=seconds, seed=1).backlog_requests


def capacity() -> float:
    """Requests/s."""
    rate = 35.0
    for _ in range(3):
        rate *= ratio(rate)
    return rate


@pytest.mark.parametrize("load", [0.95, 1.04])
def test_queues_grow_for_good_above_it_and_not_below(load: float) -> None:
    """What three hours show, ten minutes tell."""
    rate = load * capacity()
    after_one_hour, after_three = backlog(rate, 3600.0), backlog(rate, 10800.0)
    if load < 1:
        assert ratio(rate) > 1.02
        assert after_three < 1.5 * after_one_hour
    else:
        assert ratio(rate) < 0.98
        assert after_three > 2 * after_one_hour


def test_it_is_of_the_engine_not_of_the_traffic() -> None:
    most = capacity()
    for load in (0.97, 1.1):
        assert load * ratio(load * most) == pytest.approx(1, abs=0.015)


def test_more_than_enough_is_the_factor() -> None:
    assert ratio(1.0) == pytest.approx(OVERLOAD, rel=0.03)


def test_scatter_of_the_arrivals_does_not_count() -> None:
    """The tokens of windows of 1,000 requests differ by several percent."""
    rate = capacity()
    found = [ratio(rate, seconds=2000 / rate, seed=seed) for seed in range(8)]
    assert np.std(found) < 0.015


def test_nothing_that_arrives_is_enough() -> None:
    one = candidate(1e-4)
    stream = Workload(one.adapters).sample(1.0, np.random.default_rng(0))
    assert len(stream) == 0
    assert capacity_ratio(stream, one, 1.5) == 1.5


def test_it_takes_many_requests_and_many_times_as_long_as_one_runs() -> None:
    few, many = candidate(0.1), candidate(30.0)
    runs = [
        simulate(Workload(one.adapters), one.config, PROFILE, duration=SECONDS, seed=0)
        for one in (few, many)
    ]
    assert capacity_seconds(few, runs[0]) == pytest.approx(20_000)
    long = CopulaLengths(FixedLength(100), FixedLength(4000))
    slow = Candidate(PROFILE, PROFILE.engine_config(1, 8), (Adapter("slow", 8, 4.0, long),))
    run = simulate(Workload(slow.adapters), slow.config, PROFILE, duration=SECONDS, seed=0)
    assert capacity_seconds(slow, run) == pytest.approx(50 * 4000 * run.tpot_mean)
    short = simulate(Workload(slow.adapters), slow.config, PROFILE, duration=2.0, seed=0)
    assert np.isnan(short.tpot_mean)
    assert capacity_seconds(slow, short) == max(500.0, 100.0)


def test_answers_of_one_token_take_no_longer_than_others() -> None:
    """They have no time per output token."""
    one_token = CopulaLengths(FixedLength(500), FixedLength(1))
    rank = Candidate(PROFILE, PROFILE.engine_config(1, 8), (Adapter("r", 8, 40.0, one_token),))
    run = simulate(Workload(rank.adapters), rank.config, PROFILE, duration=100.0, seed=0)
    assert np.isnan(run.tpot_mean)
    assert capacity_seconds(rank, run) == pytest.approx(2000 / 40)


def test_an_uncertain_capacity_is_looked_for_further_up() -> None:
    assert overload_of(0.0) == overload_of(0.03) == OVERLOAD
    assert overload_of(0.2) == pytest.approx(1.6)
