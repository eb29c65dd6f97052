"""Engines behind a router: GPUs that fail and come back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.twin.fleet.fleet_cases import workload
from tests.twin.fleet.small_fleet import WINDOW, fleet, gpu, gpu_of, records_of
from twin.engine.simulate import simulate_stream
from twin.fleet import Fleet
from twin.gpu.front_end import FrontEnd
from twin.workload.workload import RequestStream

BUSY = (12.0, 12.0)

PAIR = (gpu("g0", "a0", "a1", share=0.5), gpu("g1", "a0", "a1", share=0.5))


def test_nothing_ends_after_the_failure_and_all_as_it_would_have_before() -> None:
    plain = fleet(gpu("g0", "a0", "a1")).run()
    failing = fleet(gpu("g0", "a0", "a1"))
    failing.at(30.0, failing.fail, "g0")
    records, expected = records_of(failing.run()), records_of(plain)
    before = expected.finish <= 30.0
    np.testing.assert_array_equal(np.isfinite(records.finish), before)
    np.testing.assert_array_equal(records.finish[before], expected.finish[before])


def test_without_another_gpu_requests_are_lost_until_it_is_back() -> None:
    one = fleet(gpu("g0", "a0", "a1"))
    one.at(20.0, one.fail, "g0")
    one.at(30.0, one.restore, "g0")
    result = one.run()
    records, routes = records_of(result), result.routes
    assert routes is not None
    down = (records.arrival >= 20.0) & (records.arrival < 30.0)
    assert routes.lost[down].all()
    assert np.all(routes.attempts[down] == 0)
    assert result.num_lost == down.sum() + result.aborted["g0"]
    assert result.aborted["g0"] > 0
    assert result.down_seconds["g0"] == 10.0
    after = records.arrival >= 30.0
    assert not routes.lost[after].any()
    assert np.nanmin(records.first_token[after]) > 30.0


def test_another_gpu_takes_over() -> None:
    two = fleet(*PAIR, rates=BUSY)
    two.at(20.0, two.fail, "g0")
    result = two.run()
    records, routes = records_of(result), result.routes
    assert routes is not None
    assert result.num_lost == 0
    again = routes.attempts == 2
    assert again.sum() == result.num_retried == result.aborted["g0"] > 0
    assert np.all(routes.gpu[again] == 1)
    assert np.all(records.arrival[again] < 20.0)
    assert np.nanmin(records.first_token[again]) > 20.0  # from the beginning
    assert np.all(routes.gpu[records.arrival >= 20.0] == 1)


def test_unless_nobody_sends_again() -> None:
    two = fleet(*PAIR, rates=BUSY, retry=False)
    two.at(20.0, two.fail, "g0")
    result = two.run()
    assert (result.num_lost, result.num_retried) == (result.aborted["g0"], 0)
    assert result.num_lost > 0


@pytest.mark.parametrize("time", [20.0, 20.005, 20.01])
def test_the_engine_did_what_it_does_in_a_window_that_ends_then(time: float) -> None:
    one = fleet(gpu("g0", "a0", "a1"), rates=BUSY)
    one.at(time, one.fail, "g0")
    result = one.run().gpus["g0"]
    stream = workload(BUSY).sample(WINDOW, np.random.default_rng(0))
    before = stream.arrival < time
    window = RequestStream(
        stream.arrival[before],
        stream.adapter[before],
        stream.prompt_tokens[before],
        stream.output_tokens[before],
        stream.adapter_rank,
        time,
    )
    g0 = gpu("g0")
    expected = simulate_stream(window, g0.config, g0.profile)
    for name in ("num_finished", "preemptions", "adapter_loads", "itl_p50", "itl_p99"):
        assert getattr(result, name) == getattr(expected, name), name
    for name in ("busy_fraction", "running_mean", "waiting_mean", "kv_usage_mean"):
        share = getattr(expected, name) * time / WINDOW
        assert getattr(result, name) == pytest.approx(share, rel=1e-9), name
    assert result.energy_joules == pytest.approx(expected.energy_joules)
    assert result.completed_throughput == result.served_throughput > 0


def test_what_it_had_is_neither_backlog_nor_answered() -> None:
    one = fleet(gpu("g0", "a0", "a1"), rates=(25.0, 25.0))
    one.at(20.0, one.fail, "g0")
    result = one.run()
    g0 = result.gpus["g0"]
    assert result.aborted["g0"] > 50
    assert (g0.backlog_requests, g0.backlog_growth) == (0, 0.0)
    assert g0.records is not None
    answered = np.isfinite(g0.records.first_token) | np.isfinite(g0.records.finish)
    assert np.count_nonzero(~answered) == result.aborted["g0"]


def test_latency_counts_from_the_first_arrival() -> None:
    both = fleet(gpu("g0", "a0"), gpu("g1", "a1"), rates=(40.0, 0.1))
    both.at(19.0, both.migrate, "a0", "g0", "g1", share=0.01)
    both.at(20.0, both.fail, "g0")
    result = both.run()
    records, routes = records_of(result), result.routes
    assert routes is not None
    again = (routes.attempts == 2) & np.isfinite(records.finish)
    assert again.any()
    ttft = records.first_token - records.arrival
    assert result.gpus["g1"].records is not None
    mine = result.gpus["g1"].records
    assert np.nanmax(mine.first_token - mine.arrival) == np.nanmax(ttft[routes.gpu == 1])


def test_a_look_just_before_does_not_save_a_request() -> None:
    plain, watched = (fleet(gpu("g0", "a0", "a1")) for _ in range(2))
    for one in (plain, watched):
        one.at(20.0, one.fail, "g0")
    watched.at(20.0 - 1e-9, watched.state, "g0")
    for name in ("finish", "first_token"):
        mine, theirs = (getattr(records_of(one.run()), name) for one in (plain, watched))
        np.testing.assert_array_equal(mine, theirs)


def test_a_new_engine_has_its_adapters_on_disk() -> None:
    one = fleet(gpu("g0", "a0", "a1", front_end=FrontEnd(0.3)))
    one.at(20.0, one.fail, "g0")
    one.at(20.0, one.restore, "g0")
    result = one.run()
    assert result.total.disk_loads == result.total.adapter_loads == 2
    records = records_of(result)
    first = np.flatnonzero(records.arrival >= 20.0)[0]
    assert records.first_token[first] - records.arrival[first] > 0.3


def test_a_failure_on_the_way_takes_what_was_sent_there_from_another() -> None:
    three = fleet(*(gpu(f"g{i}", "a0", "a1", share=1 / 3) for i in range(3)), rates=BUSY)
    three.at(20.0, three.fail, "g0")
    three.at(20.0, three.fail, "g1")
    result = three.run()
    assert result.num_lost == 0
    assert result.routes is not None
    assert result.routes.attempts.max() == 3
    assert np.all(gpu_of(result)[result.routes.attempts == 3] == 2)


def test_the_base_model_is_answered_by_any_engine_of_it() -> None:
    """By the engine of its share while that is up, without a load, and else by the others."""
    adapters = workload((4.0, 4.0), (8, 0))
    gpus = [gpu("g0", "a0"), gpu("g1", "a1")]
    both = Fleet(gpus, adapters, duration=WINDOW, records=True)
    both.at(20.0, both.fail, "g1")
    result = both.run()
    records, routes = records_of(result), result.routes
    assert routes is not None
    base = records.adapter == 1
    early, late = records.arrival < 18.0, records.arrival >= 20.0
    assert np.all(routes.gpu[base & early] == 1)
    assert np.all(routes.gpu[base & late] == 0)
    assert np.all(routes.gpu[~base] == 0)
    assert result.num_lost == 0 < result.num_retried
    assert result.gpus["g1"].adapter_loads == result.gpus["g1"].disk_loads == 0


def test_moving_the_base_model_loads_nothing() -> None:
    gpus = [gpu("g0", "a0", "a1"), gpu("g1")]
    two = Fleet(gpus, workload((2.0, 2.0), (8, 0)), duration=WINDOW, records=True)
    two.at(20.0, two.migrate, "a1", "g0", "g1")
    result = two.run()
    mine = records_of(result).adapter == 1
    after = records_of(result).arrival >= 20.0
    assert [event.time for event in result.events] == [20.0, 20.0]
    np.testing.assert_array_equal(gpu_of(result)[mine], after[mine])
    assert result.gpus["g1"].disk_loads == result.gpus["g1"].adapter_loads == 0
