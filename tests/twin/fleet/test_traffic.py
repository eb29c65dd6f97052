"""Requests of a fleet, and rates that change."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.twin.fleet.fleet_cases import workload
from tests.twin.fleet.small_fleet import WINDOW, fleet, gpu, records_of
from twin.fleet.traffic import Traffic


def test_the_rate_changes_and_the_others_do_not() -> None:
    plain, shifted = (fleet(gpu("g0", "a0", "a1"), rates=(1.0, 1.0)) for _ in range(2))
    shifted.at(20.0, shifted.shift, "a0", 9.0)
    one, other = records_of(plain.run()), records_of(shifted.run())
    for records in (one, other):
        records.arrival.setflags(write=False)
    np.testing.assert_array_equal(one.arrival[one.adapter == 1], other.arrival[other.adapter == 1])
    early = [r.arrival[(r.adapter == 0) & (r.arrival < 20.0)] for r in (one, other)]
    np.testing.assert_array_equal(*early)
    late = np.count_nonzero((other.adapter == 0) & (other.arrival >= 20.0))
    assert late == pytest.approx(360, abs=4 * math.sqrt(360))


def test_to_nothing_and_back() -> None:
    one = fleet(gpu("g0", "a0", "a1"))
    one.at(20.0, one.shift, "a0", 0.0)
    one.at(40.0, one.shift, "a0", 5.0)
    records = records_of(one.run())
    mine = records.arrival[records.adapter == 0]
    assert not np.any((mine >= 20.0) & (mine < 40.0))
    assert np.count_nonzero(mine >= 40.0) == pytest.approx(100, abs=40)


def test_the_last_of_several_at_a_time_counts() -> None:
    one = fleet(gpu("g0", "a0", "a1"))
    for rate in (50.0, 0.0):
        one.at(20.0, one.shift, "a0", rate)
    records = records_of(one.run())
    assert not np.any(records.arrival[records.adapter == 0] >= 20.0)


def test_requests_are_handed_out_once_however_they_are_taken() -> None:
    adapters = workload([3.0, 1.0])
    stream = adapters.sample(WINDOW, np.random.default_rng(5))
    traffic = Traffic(adapters, WINDOW, 5)
    parts = [traffic.take(until) for until in (0.0, 7.5, 7.5, 31.0, WINDOW)]
    np.testing.assert_array_equal(np.concatenate([p.arrival for p in parts]), stream.arrival)
    np.testing.assert_array_equal(np.concatenate([p.output for p in parts]), stream.output_tokens)
