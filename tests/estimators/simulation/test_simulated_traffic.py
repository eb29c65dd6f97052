"""Simulated traffic."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.simulation.simulated_traffic import in_mixed_order, simulate_traffic
from estimators.simulation.started_share import smallest_started_share, started_share
from estimators.testing import example_adapters, example_profile
from twin.engine.simulate import simulate_stream
from twin.workload.workload import Workload

PROFILE = example_profile()


def test_figures_are_those_of_the_simulation_without_its_records() -> None:
    config = PROFILE.engine_config(3, 32)
    adapters = example_adapters(6, rates=(4.0,))
    stream = Workload(adapters).sample(60.0, np.random.default_rng(0))
    served = simulate_traffic(stream, config, PROFILE)
    run = simulate_stream(stream, config, PROFILE, records=True)
    assert run.records is not None
    assert served.run.records is None
    assert served.run.ttft_mean == run.ttft_mean
    assert served.started_share == started_share(stream, run.records)
    assert served.smallest_started_share == smallest_started_share(stream, run.records) < 1


def test_engines_that_do_not_start_are_not_simulated() -> None:
    stream = Workload(example_adapters(2)).sample(10.0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="the engine does not start"):
        simulate_traffic(stream, PROFILE.engine_config(4096, 32), PROFILE)


def test_the_order_is_mixed_and_always_the_same() -> None:
    adapters = example_adapters(40)
    mixed = in_mixed_order(adapters)
    assert sorted(mixed, key=lambda a: a.name) == list(adapters)
    assert mixed != adapters
    assert mixed == in_mixed_order(adapters)
