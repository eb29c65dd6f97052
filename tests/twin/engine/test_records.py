"""Records of requests, and the engine over time, are those of the naive engine."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.twin.engine.tiny_streams import WINDOW, run_naively, stream
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.simulate import simulate_stream


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
