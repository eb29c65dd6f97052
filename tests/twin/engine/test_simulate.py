"""Simulated figures follow from what happened to each request."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from tests.twin.kernel.naive_engine import NaiveEngine
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.simulate import engine_limits, engine_requests, simulate, simulate_stream
from twin.engine.simulation_result import SimulationResult
from twin.engine.start import Start
from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.kernel.engine import advance
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength
from twin.workload.workload import RequestStream, Workload

WINDOW = 30.0


def stream(seed: int, rate: float = 6.0, num_adapters: int = 5) -> RequestStream:
    rng = np.random.default_rng(seed)
    n = rng.poisson(rate * WINDOW)
    return RequestStream(
        np.sort(rng.uniform(0, WINDOW, n)),
        rng.integers(-1, num_adapters, n),
        rng.integers(1, 100, n),
        rng.integers(1, 60, n),
        np.array([8, 16, 8, 16, 8][:num_adapters], np.int64),
        WINDOW,
    )


def run_naively(
    requests: RequestStream, costs: ServingProfile, config: EngineConfig, max_in_system: int = 0
) -> NaiveEngine:
    to_gpu, from_disk = costs.load_seconds(requests.adapter_rank, config)
    return NaiveEngine(
        engine_requests(requests),
        engine_limits(config, costs, requests.adapter_rank, max_in_system),
        costs.step_time.costs(config),
        requests.adapter_rank,
        to_gpu,
        from_disk,
        requests.duration,
    ).run()


def check_figures(result: SimulationResult, engine: NaiveEngine, costs: ServingProfile) -> None:
    done = engine.finished
    ttft = np.array([r.first_token - r.arrival for r in done])
    several = [r for r in done if r.output > 1]
    tpot = np.array([(r.finish - r.first_token) / (r.output - 1) for r in several])
    rejected = sum(r.rejected for r in engine.requests)
    backlog = len(engine.requests) - len(done) - rejected
    half = WINDOW / 2
    middle = sum(
        r.arrival < half and not r.rejected and not (r.finish is not None and r.finish < half)
        for r in engine.requests
    )
    busy = sum(min(step.end, WINDOW) - step.start for step in engine.steps) / WINDOW
    expected = {
        "duration": WINDOW,
        "offered_throughput": sum(r.prompt + r.output for r in engine.requests) / WINDOW,
        "completed_throughput": sum(r.prompt + r.output for r in done) / WINDOW,
        "ttft_mean": ttft.mean(),
        "ttft_p50": np.quantile(ttft, 0.5),
        "ttft_p90": np.quantile(ttft, 0.9),
        "ttft_p99": np.quantile(ttft, 0.99),
        "tpot_mean": tpot.mean(),
        "tpot_p50": np.quantile(tpot, 0.5),
        "tpot_p90": np.quantile(tpot, 0.9),
        "tpot_p99": np.quantile(tpot, 0.99),
        "itl_mean": sum(r.finish - r.first_token for r in several)
        / sum(r.output - 1 for r in several),
        "num_requests": len(engine.requests),
        "num_finished": len(done),
        "num_rejected": rejected,
        "backlog_requests": backlog,
        "backlog_growth": (backlog - middle) / half,
        "preemptions": engine.preemptions,
        "adapter_loads": engine.gpu_loads,
        "disk_loads": engine.disk_loads,
        "kv_usage_mean": engine.integral("used_blocks") / WINDOW / engine.limits.kv_blocks,
        "kv_usage_max": max(s.used_blocks for s in engine.steps) / engine.limits.kv_blocks,
        "running_mean": engine.integral("running") / WINDOW,
        "waiting_mean": engine.integral("waiting") / WINDOW,
        "adapters_mean": engine.integral("adapters") / WINDOW,
        "busy_fraction": busy,
        "energy_joules": WINDOW * (100 + 500 * busy),
    }
    for name, value in expected.items():
        assert getattr(result, name) == pytest.approx(value, rel=1e-9), name
    rest = {"served_throughput", "itl_p50", "itl_p99", "loading_fraction"}
    rest |= {"memory_error", "records", "series"}
    assert rest | expected.keys() == {field.name for field in fields(result)}
    assert 0 < result.loading_fraction <= result.busy_fraction
    assert costs.idle_watts < result.energy_joules / WINDOW <= costs.busy_watts


@pytest.mark.parametrize("scheduler", ["v1", "v0"])
@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize(
    ("kv_tokens", "rate", "max_in_system"),
    [(100_000, 6.0, 0), (512, 6.0, 0), (400, 12.0, 0), (100_000, 30.0, 12), (512, 1.0, 0)],
)
def test_figures_are_those_of_the_naive_engine(
    scheduler: str, overlap: bool, kv_tokens: int, rate: float, max_in_system: int
) -> None:
    costs = profile(kv_tokens, scheduler, overlap_loads=overlap)
    requests = stream(7, rate)
    engine = run_naively(requests, costs, CONFIG, max_in_system)
    result = simulate_stream(requests, CONFIG, costs, max_in_system=max_in_system)
    check_figures(result, engine, costs)
    if kv_tokens < 1000 and rate > 1:
        assert result.preemptions > 0, "the case does not show what it should"
    assert (result.num_rejected > 0) == (max_in_system > 0)


@pytest.mark.parametrize("scheduler", ["v1", "v0"])
@pytest.mark.parametrize("kv_tokens", [400, 100_000])
def test_served_tokens_count_once(scheduler: str, kv_tokens: int) -> None:
    """Those of the steps that ended in the window, and no more than the step under way adds."""
    costs = profile(kv_tokens, scheduler)
    preempted_at_the_end = 0
    for seed in range(12):
        requests = stream(seed, rate=12.0)
        engine = run_naively(requests, costs, CONFIG)
        served = simulate_stream(requests, CONFIG, costs).served_throughput * WINDOW
        ended = sum(
            request.generated + (request.prompt if request.generated else request.computed)
            for request in engine.requests
        )
        under_way = engine.steps[-1].tokens
        assert ended - 1e-6 <= served <= ended + under_way + 1e-6
        assert any(request.finish is None for request in engine.requests)
        preempted_at_the_end += any(r.generated for r in engine.waiting)
    assert (preempted_at_the_end > 0) == (kv_tokens == 400)


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


def test_quantiles_of_the_gaps() -> None:
    costs = profile(100_000)
    requests = stream(3)
    engine = run_naively(requests, costs, CONFIG)
    result = simulate_stream(requests, CONFIG, costs)
    assert sum(engine.gap_counts) == sum(max(0, r.generated - 1) for r in engine.requests)
    assert result.itl_p50 == pytest.approx(result.tpot_p50, rel=0.3)
    assert result.itl_p50 <= result.itl_p99


def test_records() -> None:
    costs = profile(512)
    requests = stream(3, rate=10.0)
    engine = run_naively(requests, costs, CONFIG, 10)
    records = simulate_stream(requests, CONFIG, costs, max_in_system=10, records=True).records
    assert records is not None

    def times(name: str) -> list[float]:
        values = [getattr(request, name) for request in engine.requests]
        return [math.nan if value is None else value for value in values]

    np.testing.assert_array_equal(records.arrival, requests.arrival)
    np.testing.assert_array_equal(records.adapter, requests.adapter)
    np.testing.assert_array_equal(records.first_token, times("first_token"))
    np.testing.assert_array_equal(records.finish, times("finish"))
    np.testing.assert_array_equal(records.preemptions, times("preemptions"))
    np.testing.assert_array_equal(records.rejected, times("rejected"))
    assert records.rejected.any()
    assert records.preemptions.any()


@pytest.mark.parametrize("resolution", [0.1, 1.0, 7.0])
def test_series(resolution: float) -> None:
    costs = profile(100_000)
    requests = stream(3, rate=1.0)
    last = requests.arrival < 20  # the engine idles at the end
    requests = replace(
        requests,
        arrival=requests.arrival[last],
        adapter=requests.adapter[last],
        prompt_tokens=requests.prompt_tokens[last],
        output_tokens=requests.output_tokens[last],
    )
    engine = run_naively(requests, costs, CONFIG)
    series = simulate_stream(requests, CONFIG, costs, resolution=resolution).series
    assert series is not None
    np.testing.assert_allclose(series.time, resolution * np.arange(1, WINDOW / resolution + 1e-6))
    expected = np.array([engine.sample(moment) for moment in series.time])
    np.testing.assert_array_equal(series.running, expected[:, 0])
    np.testing.assert_array_equal(series.waiting, expected[:, 1])
    np.testing.assert_allclose(series.kv_usage, expected[:, 2] / engine.limits.kv_blocks)
    np.testing.assert_array_equal(series.adapters, expected[:, 3])


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


def test_cold_start_reads_adapters_from_disk() -> None:
    requests = stream(3, rate=1.0)
    config = replace(CONFIG, max_cpu_loras=None)
    warm = simulate_stream(requests, config, profile(100_000))
    cold = simulate_stream(requests, config, profile(100_000), start=Start.COLD)
    assert (warm.disk_loads, cold.disk_loads) == (0, 5)
    assert cold.ttft_mean > warm.ttft_mean


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
