"""The server before the engine: who waits for whom."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.engine.simulate import simulate_stream
from twin.engine.start import Start
from twin.files.errors import ProfileError
from twin.gpu.front_end import FrontEnd, deliver, join_periods
from twin.gpu.read_profile import read_profile
from twin.workload.workload import RequestStream


def test_first_requests_block_the_others() -> None:
    arrival = np.array([0.0, 0.1, 0.2, 1.0, 1.1])
    adapter = np.array([0, 0, 1, 0, -1])
    at_engine, still = FrontEnd(0.3).pass_on(arrival, adapter, 2)
    # Adapter 0 until 0.3, for which its second request waits; then adapter 1 until 0.6.
    np.testing.assert_allclose(at_engine, [0.3, 0.3, 0.6, 1.0, 1.1])
    np.testing.assert_allclose(still, [[0.0, 0.6]])


def test_periods_apart_stay_apart() -> None:
    _, still = FrontEnd(0.1).pass_on(np.array([0.0, 5.0]), np.array([0, 1]), 2)
    np.testing.assert_allclose(still, [[0.0, 0.1], [5.0, 5.1]])


def test_tokens_wait_for_the_end_of_a_period() -> None:
    still = np.array([[1.0, 1.3], [2.0, 2.1]])
    times = np.array([0.5, 1.0, 1.2, 1.3, 1.5, 2.05, 3.0])
    np.testing.assert_allclose(deliver(times, still), [0.5, 1.3, 1.3, 1.3, 1.5, 2.1, 3.0])
    assert deliver(times, np.empty((0, 2))) is times


@given(
    st.lists(st.tuples(st.floats(0, 10), st.integers(-1, 4)), max_size=30),
    st.floats(0, 2),
)
def test_as_a_queue_one_by_one(requests: list[tuple[float, int]], setup: float) -> None:
    requests.sort()
    arrival = np.array([time for time, _ in requests])
    adapter = np.array([which for _, which in requests], np.int64)
    at_engine, still = FrontEnd(setup).pass_on(arrival, adapter, 5)
    free, seen = -1.0, set()
    for position, (time, which) in enumerate(requests):
        begin = max(time, free)
        if which >= 0 and which not in seen:
            seen.add(which)
            begin = free = begin + setup
        assert at_engine[position] == begin
    assert np.all(np.diff(at_engine) >= 0)
    assert np.sum(still[:, 1] - still[:, 0]) == pytest.approx(setup * len(seen))
    assert np.all(still[1:, 0] > still[:-1, 1])


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(-1, 4)), max_size=30),
    st.sampled_from([0.5, 1.0, 1.7]),
    st.integers(0, 30),
)
def test_in_two_parts_as_at_once(requests: list[tuple[int, int]], setup: float, cut: int) -> None:
    requests.sort()
    arrival = np.array([float(time) for time, _ in requests])
    adapter = np.array([which for _, which in requests], np.int64)
    at_engine, still = FrontEnd(setup).pass_on(arrival, adapter, 5)
    seen = np.zeros(5, np.bool_)
    times, periods = [], np.empty((0, 2))
    for part in (slice(None, cut), slice(cut, None)):
        free = float(periods[-1, 1]) if len(periods) else -math.inf
        passed, later = FrontEnd(setup).pass_on_later(arrival[part], adapter[part], seen, free)
        times.append(passed)
        periods = join_periods(periods, later)
    assert np.concatenate(times).tolist() == at_engine.tolist()
    assert periods.tolist() == still.tolist()


def test_a_fresh_engine_answers_first_requests_later() -> None:
    profile = replace(read_profile("h100_64gb_llama31_8b"), front_end=FrontEnd(0.3))
    ones = np.ones(3, np.int32)
    stream = RequestStream(
        np.array([0.0, 10.0, 20.0]),
        np.array([0, 0, 1]),
        100 * ones,
        50 * ones,
        np.array([8, 8]),
        60.0,
    )
    config = profile.engine_config(2, 8)
    warm = simulate_stream(stream, config, profile, records=True).records
    fresh = simulate_stream(stream, config, profile, records=True, start=Start.FRESH).records
    assert warm is not None
    assert fresh is not None
    np.testing.assert_allclose(fresh.first_token - warm.first_token, [0.3, 0.0, 0.3], atol=1e-9)
    np.testing.assert_allclose(fresh.finish - warm.finish, [0.3, 0.0, 0.3], atol=1e-9)


@pytest.mark.parametrize("setup", [-0.1, math.nan, math.inf])
def test_refused_times(setup: float) -> None:
    with pytest.raises(ProfileError, match="adapter_setup"):
        FrontEnd(setup)


def test_read_and_written() -> None:
    assert FrontEnd.from_dict(FrontEnd(0.2).to_dict()) == FrontEnd(0.2)
    assert FrontEnd.from_dict({}) == FrontEnd()


@pytest.mark.parametrize(
    "data", [{"setup": 1}, {"adapter_setup": "x"}, {"adapter_setup": True}, 3]
)
def test_refused_data(data: object) -> None:
    with pytest.raises(ProfileError, match="front_end"):
        FrontEnd.from_dict(data)
