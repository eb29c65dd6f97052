"""One engine of a fleet: it does the same however often somebody looks."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.fleet.fleet_cases import WINDOW, FleetCase, fleet_cases, workload
from tests.twin.fleet.same_result import assert_same
from tests.twin.fleet.small_fleet import gpu
from twin.engine.start import Start
from twin.fleet.engine_run import EngineRun, Window
from twin.fleet.traffic import Arrivals, Traffic

cases = settings(max_examples=60)
RANKS = np.array([8, 16], np.int64)


def new_run(window: float, start: Start = Start.WARM) -> EngineRun:
    return EngineRun(gpu("g0", "a0", "a1"), RANKS, [0, 1], Window(window, 0.0, 0), 0.0, start)


def requests_until(window: float) -> Arrivals:
    return Traffic(workload((40.0, 30.0)), window, 0).take(window)


@cases
@given(fleet_cases(), st.lists(st.floats(0, WINDOW), max_size=12))
def test_to_look_changes_nothing(case: FleetCase, moments: list[float]) -> None:
    plain = case.fleet(resolution=0.7).run()
    watched = case.fleet(resolution=0.7, watched=moments).run()
    assert_same(watched.total, plain.total, rel=1e-9)
    for name in plain.gpus:
        assert_same(watched.gpus[name], plain.gpus[name], rel=1e-9)
    assert watched.events == plain.events
    assert (watched.num_lost, watched.num_retried) == (plain.num_lost, plain.num_retried)


def test_requests_that_come_in_pieces_beyond_the_room_at_first() -> None:
    """More than 4096, for which the engine's arrays have to grow on the way."""
    window = 100.0
    requests = requests_until(window)
    numbers = np.arange(requests.arrival.size)
    assert numbers.size > 4096
    whole, pieces = new_run(window), new_run(window)
    whole.add(requests, numbers, None)
    for part in np.array_split(numbers, 7):
        pieces.add(requests.select(part), part, None)
        pieces.advance(requests.arrival[part[-1]])
    for run in (whole, pieces):
        run.advance(window)
    for name in ("first_token", "finish"):
        mine, theirs = (getattr(run.records(), name) for run in (whole, pieces))
        np.testing.assert_array_equal(mine, theirs)
    assert pieces.outcome().totals.num_finished == whole.outcome().totals.num_finished > 100


def test_what_waits_is_there_by_adapter() -> None:
    run, requests = new_run(20.0), requests_until(20.0)
    run.add(requests, np.arange(requests.arrival.size), None)
    run.advance(20.0)
    running, waiting, kv_usage = run.occupancy()
    assert running == 8  # max_num_seqs
    assert 0 < kv_usage < 1
    assert run.waiting_by_adapter().sum() == waiting > 0


def test_a_failed_engine_answers_nothing_more() -> None:
    run, requests = new_run(20.0), requests_until(20.0)
    run.add(requests, np.arange(requests.arrival.size), None)
    run.fail(5.0)
    assert (run.failed, run.end) == (True, 5.0)
    records = run.records()
    assert np.nanmax(records.finish) <= 5.0
    assert run.aborted().sum() == np.isnan(records.finish).sum() > 0


def test_an_adapter_that_was_fetched_is_not_read_from_disk_again() -> None:
    run = new_run(20.0, Start.COLD)
    run.fetch(0, 1.0)
    requests = requests_until(20.0)
    later = requests.select(requests.arrival > 2.0)
    run.add(later, np.arange(later.arrival.size), None)
    run.advance(20.0)
    assert run.outcome().totals.disk_loads == 2  # one fetched, one read
