"""Simulated figures follow from what happened to each request."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from tests.twin.engine.tiny_streams import WINDOW, run_naively, stream
from tests.twin.kernel.naive_engine import NaiveEngine
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.outcome import EngineOutcome, Totals
from twin.engine.simulate import simulate_stream
from twin.engine.simulation_result import SimulationResult
from twin.engine.summary import summarize
from twin.gpu.profile import ServingProfile
from twin.kernel.layout import NUM_GAP_BINS


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
        "adapter_loads": engine.adapters.gpu_loads,
        "disk_loads": engine.adapters.disk_loads,
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


def test_quantiles_of_the_gaps() -> None:
    costs = profile(100_000)
    requests = stream(3)
    engine = run_naively(requests, costs, CONFIG)
    result = simulate_stream(requests, CONFIG, costs)
    assert sum(engine.gap_counts) == sum(max(0, r.generated - 1) for r in engine.requests)
    assert result.itl_p50 == pytest.approx(result.tpot_p50, rel=0.3)
    assert result.itl_p50 <= result.itl_p99


def outcome(busy: float, ttft: list[float], kv_usage_max: float) -> EngineOutcome:
    """Of an engine that did one thing or the other."""
    totals = Totals(*[0] * len(Totals._fields))._replace(
        num_finished=len(ttft), busy=busy, kv_usage=5.0, running=20.0, joules=7.0
    )
    gaps = np.zeros(NUM_GAP_BINS, np.int64)
    return EngineOutcome(totals, np.array(ttft), np.empty(0), gaps, kv_usage_max)


def test_several_engines_on_several_gpus() -> None:
    """Requests and energy add up, shares of time and memory are means over the GPUs."""
    outcomes = [outcome(4.0, [1.0], 0.5), outcome(8.0, [2.0, 6.0], 0.25)]
    result = summarize(outcomes, 10.0, 5, 1000, num_gpus=2)
    assert (result.num_requests, result.num_finished, result.offered_throughput) == (5, 3, 100)
    assert (result.ttft_mean, result.ttft_p50) == (3.0, 2.0)
    assert result.busy_fraction == pytest.approx(12 / 20)
    assert result.kv_usage_mean == pytest.approx(10 / 20)
    assert result.kv_usage_max == 0.5
    assert result.running_mean == pytest.approx(40 / 10)
    assert result.energy_joules == 14.0
