"""A fleet is its engines: one GPU is `simulate`, several are each on its own."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.fleet.fleet_cases import WINDOW, FleetCase, fleet_cases, workload
from tests.twin.fleet.same_result import assert_same
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.simulate import simulate, simulate_stream
from twin.fleet import Fleet, FleetGpu
from twin.gpu.read_profile import read_profile
from twin.sources.paper_workload import paper_workload
from twin.workload.workload import RequestStream

cases = settings(max_examples=60)


@cases
@given(fleet_cases(most_gpus=1), st.sampled_from([0.0, 0.7]))
def test_one_gpu_is_simulate(case: FleetCase, resolution: float) -> None:
    result = case.fleet(resolution=resolution).run()
    stream = case.workload.sample(WINDOW, np.random.default_rng(case.seed))
    expected = simulate_stream(
        stream,
        case.gpus[0].config,
        case.gpus[0].profile,
        max_in_system=case.max_in_system,
        start=case.start,
        records=True,
        resolution=resolution,
    )
    assert_same(result.total, expected)
    assert_same(result.gpus["g0"], expected)
    assert result.num_lost == result.num_retried == result.aborted["g0"] == 0
    assert result.down_seconds["g0"] == 0


@pytest.mark.parametrize("rate", [1.0, 4.0])
def test_one_gpu_of_a_realistic_size_is_simulate(rate: float) -> None:
    measured = read_profile("h100_64gb_llama31_8b")
    config = measured.engine_config(8, 32)
    adapters = paper_workload(24, [rate, rate / 2])
    gpu = FleetGpu("only", measured, config, {a.name: 1.0 for a in adapters.adapters})
    result = Fleet([gpu], adapters, duration=900, seed=3).run()
    assert_same(result.total, simulate(adapters, config, measured, duration=900, seed=3))


@cases
@given(fleet_cases())
def test_gpus_that_share_nothing_are_each_on_its_own(case: FleetCase) -> None:
    """Every adapter on one GPU: each engine gets its adapters' requests and no others."""
    owner = [i % len(case.gpus) for i in range(len(case.workload))]
    gpus = tuple(
        replace(gpu, shares={f"a{i}": 1.0 for i, own in enumerate(owner) if own == k})
        for k, gpu in enumerate(case.gpus)
    )
    result = replace(case, gpus=gpus, script=()).fleet().run()
    stream = case.workload.sample(WINDOW, np.random.default_rng(case.seed))
    for k, gpu in enumerate(gpus):
        adapters = np.flatnonzero(np.array(owner) == k)
        mine = np.isin(stream.adapter, adapters)
        own = RequestStream(
            stream.arrival[mine],
            np.searchsorted(adapters, stream.adapter[mine]),
            stream.prompt_tokens[mine],
            stream.output_tokens[mine],
            stream.adapter_rank[adapters],
            WINDOW,
        )
        if not adapters.size:
            assert result.gpus[gpu.name].num_requests == 0
            continue
        expected = simulate_stream(
            own,
            gpu.config,
            gpu.profile,
            max_in_system=case.max_in_system,
            start=case.start,
        )
        assert_same(replace(result.gpus[gpu.name], records=None), expected)


@cases
@given(fleet_cases())
def test_the_same_seed_gives_the_same_result(case: FleetCase) -> None:
    one, other = case.fleet().run(), case.fleet().run()
    assert_same(one.total, other.total)
    assert one.events == other.events


def test_run_again_returns_the_same() -> None:
    gpu = FleetGpu("g0", profile(100_000), CONFIG, {"a0": 1.0})
    fleet = Fleet([gpu], workload([1.0]), duration=WINDOW)
    assert_same(fleet.run().total, fleet.run().total)


def test_a_fleet_of_16_engines_and_400_adapters_takes_seconds() -> None:
    """An hour of it must take less than 30 s; it is held to less, for slow machines."""
    measured = read_profile("h100_64gb_llama31_8b")
    adapters = paper_workload(400, [0.4, 0.2, 0.1, 0.05])
    names = [a.name for a in adapters.adapters]
    gpus = [
        FleetGpu(
            f"gpu-{i:02d}",
            measured,
            measured.engine_config(25, 32),
            dict.fromkeys(names[i::16], 1),
        )
        for i in range(16)
    ]
    fleet = Fleet(gpus, adapters, seed=1)
    fleet.at(600, fleet.fail, "gpu-03")
    fleet.at(900, fleet.restore, "gpu-03")
    for name in names[:100]:
        fleet.at(1800, fleet.shift, name, 0.5)
    begin = time.perf_counter()
    result = fleet.run()
    assert time.perf_counter() - begin < 20
    assert result.total.num_requests > 200_000
    assert len(result.events) == 102
