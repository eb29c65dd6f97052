"""Equilibrium of an engine and its traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.features import traffic_statistics as stat
from estimators.features.engine_figures import EngineFigures
from estimators.features.equilibrium import Equilibrium, equilibrium
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.testing import example_adapters, example_base, example_profile
from estimators.twin_backed import TwinEstimator
from twin.gpu.read_profile import read_profile

PROFILE = example_profile()


FIGURES = EngineFigures(PROFILE)


def balance(number: int, rate: float, slots: int) -> Equilibrium:
    traffic = AdapterStatistics().of_adapters(example_adapters(number, rates=(rate,)))
    engine = FIGURES.of_config(PROFILE.engine_config(slots, 32))
    return equilibrium(traffic, engine, 600.0, np.empty((3, stat.NUM_BINS)))


@pytest.mark.parametrize("rate", [0.05, 0.5, 1.0])
def test_the_equilibrium_is_close_to_the_simulation(rate: float) -> None:
    """Where the engine serves all, with a slot for every adapter."""
    candidate = Candidate(
        PROFILE, PROFILE.engine_config(9, 32), example_adapters(9, rates=(rate,))
    )
    estimate = TwinEstimator().estimate([candidate])[0]
    found = balance(9, rate, 9)
    assert found.served_share == 1.0
    assert found.step == pytest.approx(estimate.tpot_mean, rel=0.1)


@pytest.mark.parametrize(("number", "rate"), [(8, 0.1), (16, 0.5), (48, 0.2)])
def test_an_engine_of_today_is_close_to_its_simulation(number: int, rate: float) -> None:
    """Its steps have costs of prompts, few tokens and launches beside those of 0.8.5."""
    profile = read_profile("h100_80gb_llama31_8b")
    adapters = example_adapters(number, rates=(rate,))
    config = profile.engine_config(number, 32)
    traffic = AdapterStatistics().of_adapters(adapters)
    engine = EngineFigures(profile).of_config(config)
    found = equilibrium(traffic, engine, 600.0, np.empty((3, stat.NUM_BINS)))
    estimate = TwinEstimator().estimate([Candidate(profile, config, adapters)])[0]
    assert found.step == pytest.approx(estimate.tpot_mean, rel=0.1)
    cheaper = replace(profile.step_time, prefill=0.0, adapter_few=0.0, launch=0.0)
    less = EngineFigures(profile.with_step_time(cheaper)).of_config(config)
    assert equilibrium(traffic, less, 600.0, np.empty((3, stat.NUM_BINS))).step < found.step


def test_an_overloaded_engine_serves_its_capacity() -> None:
    found = balance(9, 20.0, 9)
    assert found.served_share == pytest.approx(found.capacity / 180.0, rel=0.02)
    assert found.arrivals == found.most_arrivals


def test_more_adapters_than_slots_wait_for_one() -> None:
    few, many = balance(24, 0.5, 24), balance(24, 0.5, 2)
    assert few.slots.wait == 0
    assert few.slots.served_share == 1
    assert many.slots.wait > 0
    assert many.served_share < few.served_share


@pytest.mark.parametrize("number", [0, 3, 9])
def test_requests_for_the_base_model_are_served_beside_adapters(number: int) -> None:
    adapters = (*example_adapters(number, (0.5,)), example_base(6.0))
    config = PROFILE.engine_config(number, 32 if number else 0)
    estimate = TwinEstimator().estimate([Candidate(PROFILE, config, adapters)])[0]
    traffic = AdapterStatistics().of_adapters(adapters)
    found = equilibrium(traffic, FIGURES.of_config(config), 600.0, np.empty((3, stat.NUM_BINS)))
    assert found.served_share == 1.0
    assert found.step == pytest.approx(estimate.tpot_mean, rel=0.1)


def test_requests_for_the_base_model_do_not_wait_for_a_slot() -> None:
    """What adapters wait for is spread over all requests, and the base model's are served."""
    scratch = np.empty((3, stat.NUM_BINS))
    engine = FIGURES.of_config(PROFILE.engine_config(2, 32))
    adapters = example_adapters(24, (0.2,))
    alone, beside = (
        equilibrium(AdapterStatistics().of_adapters(chosen), engine, 600.0, scratch)
        for chosen in (adapters, (*adapters, example_base(4.8)))
    )
    assert beside.slots.delay > 0
    assert alone.slots.served_share < beside.slots.served_share < 1
    lost = [(1 - b.slots.served_share) * rate for b, rate in ((alone, 4.8), (beside, 9.6))]
    assert lost[1] >= lost[0]  # steps are longer, and so are waits


def test_queues_that_grow_for_longer_take_more_of_the_scheduler() -> None:
    """Where waiting requests cost time, an overloaded engine serves less over a longer window."""
    profile = replace(PROFILE, step_time=replace(PROFILE.step_time, scheduler_waiting=1e-6))
    engine = EngineFigures(profile).of_config(profile.engine_config(9, 32))
    traffic = AdapterStatistics().of_adapters(example_adapters(9, rates=(20.0,)))
    scratch = np.empty((3, stat.NUM_BINS))
    shares = [
        equilibrium(traffic, engine, window, scratch).served_share for window in (60.0, 600.0)
    ]
    assert shares[0] > shares[1]
