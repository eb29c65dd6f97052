"""Whatever happens to a fleet, no request and no token vanishes or is there twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.twin.fleet.fleet_cases import WINDOW, FleetCase, fleet_cases
from twin.fleet import EventKind, FleetResult

cases = settings(max_examples=60)


def check_counts(result: FleetResult) -> None:
    total = result.total
    ended = total.num_finished + total.num_rejected + total.backlog_requests + result.num_lost
    assert ended == total.num_requests
    for name, gpu in result.gpus.items():
        left = gpu.num_finished + gpu.num_rejected + gpu.backlog_requests + result.aborted[name]
        assert left == gpu.num_requests, name
    for name in ("num_finished", "num_rejected", "backlog_requests", "preemptions"):
        assert getattr(total, name) == sum(getattr(gpu, name) for gpu in result.gpus.values())


def check_routes(result: FleetResult) -> None:
    """Each request is with one GPU or lost, and was sent as often as the GPUs received it."""
    records, routes = result.total.records, result.routes
    assert records is not None
    assert routes is not None
    assert np.all(np.diff(records.arrival) >= 0)
    assert np.all((routes.gpu == -1) == routes.lost)
    assert routes.lost.sum() == result.num_lost
    received = sum(gpu.num_requests for gpu in result.gpus.values())
    assert routes.attempts.sum() == received
    lost_on_arrival = int(np.count_nonzero(routes.attempts == 0))
    assert received == result.total.num_requests - lost_on_arrival + result.num_retried
    lost_in_failures = result.num_lost - lost_on_arrival
    assert sum(result.aborted.values()) == result.num_retried + lost_in_failures
    finished = np.isfinite(records.finish)
    assert finished.sum() == result.total.num_finished
    assert records.rejected.sum() == result.total.num_rejected
    assert not np.any(finished & (routes.lost | records.rejected))
    assert np.all(records.first_token[finished] > records.arrival[finished])
    assert np.all(records.finish[finished] >= records.first_token[finished])
    ttft = (records.first_token - records.arrival)[finished]
    mean = ttft.mean() if ttft.size else np.nan
    assert result.total.ttft_mean == pytest.approx(mean, nan_ok=True)


def check_time(result: FleetResult, case: FleetCase) -> None:
    """A GPU that is down does nothing."""
    for name, gpu in result.gpus.items():
        down, since = 0.0, None
        for event in result.events:
            if event.gpu == name and event.kind == EventKind.FAILED:
                since = event.time
            elif event.gpu == name and event.kind == EventKind.RESTORED:
                assert since is not None
                down, since = down + event.time - since, None
        down += WINDOW - since if since is not None else 0.0
        assert result.down_seconds[name] == pytest.approx(down, abs=1e-9)
        assert gpu.busy_fraction <= 1 - down / WINDOW + 1e-9
        up, busy = WINDOW - down, gpu.busy_fraction * WINDOW
        assert gpu.energy_joules == pytest.approx(600 * busy + 100 * (up - busy), abs=1e-6)


@settings(max_examples=200)
@given(fleet_cases())
def test_requests_are_conserved(case: FleetCase) -> None:
    result = case.fleet().run()
    check_counts(result)
    check_routes(result)
    check_time(result, case)


@cases
@given(fleet_cases())
def test_tokens_are_conserved(case: FleetCase) -> None:
    result = case.fleet().run()
    total = result.total
    completed = sum(gpu.completed_throughput for gpu in result.gpus.values())
    served = sum(gpu.served_throughput for gpu in result.gpus.values())
    assert total.completed_throughput == pytest.approx(completed)
    assert total.served_throughput == pytest.approx(served)
    assert total.completed_throughput <= total.served_throughput + 1e-9
    assert total.served_throughput <= total.offered_throughput + 1e-9
    if not result.num_lost and not total.num_rejected and not total.backlog_requests:
        assert total.served_throughput == pytest.approx(total.offered_throughput)
