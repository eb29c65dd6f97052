"""What an engine did, added up."""

from __future__ import annotations

import numpy as np
import pytest

from tests.twin.engine.tiny_streams import WINDOW, run_naively, stream
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.outcome import EngineOutcome, engine_outcome
from twin.engine.run_engine import engine_limits, engine_requests
from twin.engine.simulate import simulate_stream
from twin.kernel.engine import advance
from twin.kernel.layout import new_engine
from twin.workload.workload import RequestStream

COSTS = profile(100_000)


def run(requests: RequestStream, failed_at: float | None = None) -> EngineOutcome:
    """Outcome of a tiny engine, up to its failure."""
    limits = engine_limits(CONFIG, COSTS, requests.adapter_rank)
    loads = COSTS.load_seconds(requests.adapter_rank, CONFIG)
    engine = new_engine(len(requests), 60, requests.adapter_rank, *loads, limits)
    arrays, costs = engine_requests(requests), COSTS.step_time.costs(CONFIG)
    end = WINDOW if failed_at is None else failed_at
    arrived = int(np.searchsorted(requests.arrival, end))
    advance(engine, arrays, limits, costs, arrived, end, end, 0.0)
    return engine_outcome(
        engine,
        arrays,
        requests.arrival[:arrived],
        np.empty((0, 2)),
        limits,
        COSTS,
        WINDOW,
        failed_at=failed_at,
    )


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


def test_an_engine_that_failed_has_lost_what_it_had() -> None:
    requests = stream(1, rate=30.0)
    whole, half = run(requests), run(requests, failed_at=20.0)
    done = half.totals.num_finished
    assert 0 < done < whole.totals.num_finished
    assert (half.totals.backlog, half.totals.unfinished_tokens) == (0, 0)
    assert half.totals.num_aborted == half.totals.num_requests - done > 0
    assert whole.totals.num_aborted == 0
    np.testing.assert_array_equal(half.ttft, whole.ttft[:done])
    idle = 20.0 - half.totals.busy
    assert half.totals.joules == pytest.approx(600 * half.totals.busy + 100 * idle)


@pytest.mark.parametrize("failed_at", [10.0, 20.0])
def test_the_middle_of_the_window_is_looked_at_if_it_was_reached(failed_at: float) -> None:
    midway = run(stream(1, rate=30.0), failed_at).totals.backlog_midway
    assert (midway > 0) == (failed_at > WINDOW / 2)


def test_outcomes_of_several_engines_are_added() -> None:
    one, other = run(stream(1)), run(stream(2))
    both = EngineOutcome.of_all([one, other])
    for mine, *theirs in zip(both.totals, one.totals, other.totals, strict=True):
        assert mine == pytest.approx(sum(theirs))
    np.testing.assert_array_equal(both.ttft, [*one.ttft, *other.ttft])
    np.testing.assert_array_equal(both.tpot, [*one.tpot, *other.tpot])
    np.testing.assert_array_equal(both.gap_counts, one.gap_counts + other.gap_counts)
    assert both.kv_usage_max == max(one.kv_usage_max, other.kv_usage_max)
    assert EngineOutcome.of_all([one]) is one
