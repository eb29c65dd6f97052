"""Results of a fleet: what its engines did, put together."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from tests.twin.fleet.fleet_cases import FleetCase, fleet_cases
from tests.twin.fleet.small_fleet import fleet, gpu, records_of
from twin.engine.simulation_result import TimeSeries
from twin.fleet.result import join_series

cases = settings(max_examples=60)


@cases
@given(fleet_cases())
def test_series_are_sums(case: FleetCase) -> None:
    result = case.fleet(resolution=0.5).run()
    every = [gpu.series for gpu in result.gpus.values()]
    assert result.total.series is not None
    for name in ("running", "waiting", "adapters"):
        parts = np.sum([getattr(series, name) for series in every], axis=0)
        np.testing.assert_array_equal(getattr(result.total.series, name), parts)
    usage = np.mean([series.kv_usage for series in every if series is not None], axis=0)
    np.testing.assert_allclose(result.total.series.kv_usage, usage)


def test_series_of_engines_one_after_the_other_and_beside_each_other() -> None:
    time = np.array([1.0, 2.0])
    parts = [
        TimeSeries(time, *np.array([[n, 0], [2 * n, n], [0.5, 0.25], [1, n]])) for n in (1, 3)
    ]
    joined = join_series(parts, 2)
    assert joined.time.tolist() == [1.0, 2.0]
    assert joined.running.tolist() == [4.0, 0.0]
    assert joined.waiting.tolist() == [8.0, 4.0]
    assert joined.kv_usage.tolist() == [0.5, 0.25]
    assert joined.adapters.tolist() == [2.0, 4.0]


def test_the_record_of_a_request_is_that_of_the_gpu_that_had_it_last() -> None:
    two = fleet(*(gpu(name, "a0", share=0.5) for name in ("g0", "g1")), rates=(20.0,))
    two.at(20.0, two.fail, "g0")
    two.at(21.0, two.restore, "g0")
    result = two.run()
    records, routes = records_of(result), result.routes
    assert routes is not None
    for index, name in enumerate(("g0", "g1")):
        own = result.gpus[name].records
        assert own is not None
        mine = np.flatnonzero(routes.gpu == index)
        kept = np.flatnonzero(np.isin(own.arrival, records.arrival[mine]))  # not sent elsewhere
        kept = kept[np.argsort(own.arrival[kept])]  # those of the other GPU came later
        for field in ("first_token", "finish", "preemptions"):
            np.testing.assert_array_equal(getattr(own, field)[kept], getattr(records, field)[mine])
    assert result.num_retried > 0
