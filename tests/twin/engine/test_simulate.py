"""Simulating a stream or a workload: what is returned, and what is refused."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from tests.twin.engine.tiny_streams import WINDOW, stream
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.simulate import served_throughput, simulate, simulate_stream
from twin.engine.start import Start
from twin.files.errors import InputError
from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.engine_config import EngineConfig
from twin.gpu.front_end import FrontEnd
from twin.gpu.step_time import StepTime
from twin.kernel.engine import advance
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength
from twin.workload.workload import RequestStream, Workload


def test_served_is_offered_when_all_finish() -> None:
    requests = replace(stream(1, rate=2.0), duration=WINDOW * 10)
    result = simulate_stream(requests, CONFIG, profile(100_000))
    assert result.num_finished == len(requests)
    assert result.served_throughput == result.offered_throughput == result.completed_throughput
    assert result.served_ratio == 1.0
    assert not result.starved()


def test_overload_starves() -> None:
    result = simulate_stream(stream(1, rate=60.0), CONFIG, profile(100_000))
    assert result.starved()
    assert result.backlog_growth > 10
    assert result.busy_fraction > 0.99


def test_adapters_of_rank_0_are_the_base_model() -> None:
    """They need no slot and cost what requests without an adapter cost."""
    costs = profile(512)
    terms: dict[str, float] = {"lora": 2e-3, "decode_slot": 1e-5, "prefill_token_lora": 1e-5}
    step_time = replace(costs.step_time, **terms, lora_always=False)
    costs = costs.with_step_time(step_time)
    requests = stream(3)
    rank = requests.adapter_rank.copy()
    rank[:2] = 0
    named = replace(requests, adapter_rank=rank)
    unnamed = replace(named, adapter=np.where(requests.adapter < 2, -1, requests.adapter))
    one, other = (simulate_stream(s, CONFIG, costs) for s in (named, unnamed))
    assert one == other
    assert one.served_throughput > simulate_stream(requests, CONFIG, costs).served_throughput


def request_at(arrival: list[float], adapter: list[int], output: int) -> RequestStream:
    """Requests of one prompt token each, for adapters of rank 8."""
    tokens = np.full((2, len(arrival)), [[1], [output]], np.int64)
    rank = np.full(max(adapter) + 1, 8, np.int64)
    return RequestStream(np.array(arrival), np.array(adapter), *tokens, rank, WINDOW)


def test_a_step_planned_ahead_does_not_see_what_comes_while_it_waits() -> None:
    """Steps of 10 ms; the second request comes in the first step and joins the third."""
    requests = request_at([1.0, 1.005], [0, 0], 50)
    unit = StepTime(base=0.01, decode=0.0, prefill_token=0.0)
    free = AdapterLoad(gpu=0.0)
    ends = []
    for ahead in (False, True):
        costs = profile(512, step_time=unit, adapter_load=free, async_scheduling=ahead)
        records = simulate_stream(requests, CONFIG, costs, records=True).records
        assert records is not None
        ends.append(records.first_token.round(3).tolist())
    assert ends == [[1.01, 1.02], [1.01, 1.03]]


def test_a_step_planned_ahead_does_not_see_a_slot_that_becomes_free() -> None:
    """The first request ends with the step at 1.05; the second holds the other slot."""
    requests = request_at([1.0, 1.0, 1.001], [0, 1, 2], 5)
    requests.output_tokens[1] = 50
    unit = StepTime(base=0.01, decode=0.0, prefill_token=0.0)
    free = AdapterLoad(gpu=0.0)
    starts = []
    for held in (False, True):
        costs = profile(
            512, step_time=unit, adapter_load=free, async_scheduling=True, hold_slots=held
        )
        records = simulate_stream(requests, CONFIG, costs, records=True).records
        assert records is not None
        assert records.finish[0] == pytest.approx(1.05)
        starts.append(round(float(records.first_token[2]), 3))
    assert starts == [1.06, 1.07]


def test_whole_numbers_do_not_compile_the_kernel_again() -> None:
    costs = profile(512)
    simulate_stream(stream(3), CONFIG, costs, resolution=1.0)
    compiled = list(advance.signatures)
    step_time = replace(costs.step_time, base=1, decode=0, eager=0)
    whole = replace(stream(3), duration=30)
    simulate_stream(whole, CONFIG, costs.with_step_time(step_time), resolution=1)
    assert advance.signatures == compiled


def test_no_records_unless_asked_for() -> None:
    result = simulate_stream(stream(3), CONFIG, profile(100_000))
    assert (result.records, result.series) == (None, None)


def test_records_and_series_change_no_figure() -> None:
    plain = simulate_stream(stream(3), CONFIG, profile(512))
    full = simulate_stream(stream(3), CONFIG, profile(512), records=True, resolution=0.25)
    for field in fields(plain):
        if field.name not in ("records", "series", "memory_error"):
            value = getattr(full, field.name)
            assert value == pytest.approx(getattr(plain, field.name), rel=1e-9), field.name


def test_no_requests() -> None:
    empty = RequestStream(
        np.empty(0), *np.empty((3, 0), np.int64), np.array([8], np.int64), WINDOW
    )
    result = simulate_stream(empty, CONFIG, profile(512), records=True, resolution=10.0)
    assert (result.num_requests, result.offered_throughput, result.served_ratio) == (0, 0, 1)
    assert math.isnan(result.ttft_mean)
    assert math.isnan(result.itl_p99)
    assert result.energy_joules == WINDOW * 100
    assert result.series is not None
    assert result.series.running.tolist() == [0, 0, 0]


def test_nothing_finishes_in_time() -> None:
    one = RequestStream(
        np.array([29.9]), *np.array([[0], [50], [50]]), np.array([8], np.int64), WINDOW
    )
    result = simulate_stream(one, CONFIG, profile(512))
    assert (result.num_finished, result.backlog_requests) == (0, 1)
    assert math.isnan(result.tpot_mean)
    assert 50 < result.served_throughput * WINDOW < 70


def test_memory_error_serves_nothing() -> None:
    requests = stream(3)
    result = simulate_stream(requests, CONFIG, profile(200), records=True)
    assert result.memory_error is not None
    assert "fewer than one request of max_model_len (256)" in result.memory_error
    assert result.served_throughput == 0
    assert result.offered_throughput == requests.offered_tokens / WINDOW
    assert result.num_requests == len(requests)
    assert result.starved()


@pytest.mark.parametrize("start", [Start.WARM, Start.FRESH])
def test_an_adapter_of_rank_0_is_the_base_model(start: Start) -> None:
    """It takes no slot, nothing is loaded or set up for it, whichever number it has."""
    costs = profile(100_000, front_end=FrontEnd(0.3))
    lengths = CopulaLengths(FixedLength(100), FixedLength(20))
    adapters = [Adapter(f"a{i}", 8, 1.0, lengths) for i in range(4)]
    base = Adapter("base", 0, 4.0, lengths)
    drawn = Workload.of([*adapters, base]).sample(WINDOW, np.random.default_rng(0))
    config = EngineConfig(max_loras=2, max_lora_rank=8)
    named = simulate_stream(drawn, config, costs, start=start, records=True)
    index = np.where(drawn.adapter == 4, -1, drawn.adapter)
    nameless = replace(drawn, adapter=index, adapter_rank=drawn.adapter_rank[:4])
    other = simulate_stream(nameless, config, costs, start=start, records=True)
    np.testing.assert_array_equal(named.records.finish, other.records.finish)
    assert named.adapter_loads == other.adapter_loads


def test_base_model_without_lora() -> None:
    config = replace(CONFIG, max_loras=0, max_lora_rank=0, max_cpu_loras=None)
    requests = replace(stream(3, num_adapters=0))
    result = simulate_stream(requests, config, profile(100_000))
    assert (result.adapter_loads, result.adapters_mean) == (0, 0)
    assert result.num_finished > 0


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            replace(CONFIG, max_loras=0, max_cpu_loras=None),
            "max_loras: it is 0 for 5 adapters; at least 1",
        ),
        (replace(CONFIG, max_lora_rank=8), "max_lora_rank: 8 is below rank 16"),
    ],
)
def test_engines_that_cannot_serve_the_adapters(config: EngineConfig, message: str) -> None:
    with pytest.raises(InputError) as error:
        simulate_stream(stream(3), config, profile(100_000))
    assert str(error.value) == message


@pytest.mark.parametrize("resolution", [-1.0, math.nan, math.inf])
def test_refused_resolution(resolution: float) -> None:
    with pytest.raises(InputError, match=r"resolution: .* is not a number of seconds"):
        simulate_stream(stream(3), CONFIG, profile(512), resolution=resolution)


def test_refused_bound() -> None:
    with pytest.raises(InputError, match="max_in_system: -1 is negative"):
        simulate_stream(stream(3), CONFIG, profile(512), max_in_system=-1)


WORKLOAD = Workload.of(
    Adapter(
        f"adapter-{i}",
        8,
        0.5,
        CopulaLengths(LogNormalLength(40, 30), FixedLength(20)),
    )
    for i in range(4)
)


def test_a_workload_is_sampled_with_the_seed() -> None:
    costs = profile(100_000)
    one, same, other = (
        simulate(WORKLOAD, CONFIG, costs, duration=WINDOW, seed=seed) for seed in (3, 3, 4)
    )
    assert repr(one) == repr(same)
    assert one.offered_throughput != other.offered_throughput
    sampled = WORKLOAD.sample(WINDOW, np.random.default_rng(3))
    assert repr(simulate_stream(sampled, CONFIG, costs)) == repr(one)


@pytest.mark.parametrize("duration", [0.0, -1.0, math.nan, math.inf])
def test_refused_duration(duration: float) -> None:
    with pytest.raises(InputError, match=r"duration: .* is not a positive number of seconds"):
        simulate(WORKLOAD, CONFIG, profile(512), duration=duration)


@pytest.mark.parametrize("kv_tokens", [512, 100_000])
@pytest.mark.parametrize("rate", [0.0, 2.0, 60.0])
def test_what_is_served_is_told_without_latencies(rate: float, kv_tokens: int) -> None:
    costs = replace(profile(kv_tokens), front_end=FrontEnd(request=0.01))
    requests = stream(1, rate)
    whole = simulate_stream(requests, CONFIG, costs)
    assert served_throughput(requests, CONFIG, costs) == whole.served_throughput
