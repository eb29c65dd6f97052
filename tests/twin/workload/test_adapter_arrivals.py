"""Arrivals of many adapters are those that each adapter's process draws."""

from __future__ import annotations

import numpy as np
import pytest

from twin.workload import adapter_arrivals
from twin.workload.adapter import Adapter
from twin.workload.adapter_arrivals import draw_arrivals
from twin.workload.arrivals import BurstyArrivals, GammaArrivals, PoissonArrivals, ReplayArrivals
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.substreams import Substreams

LENGTHS = CopulaLengths(FixedLength(1), FixedLength(1))
PROCESSES = (
    PoissonArrivals(),
    GammaArrivals(2.0),
    BurstyArrivals(3.0, 20.0),
    PoissonArrivals(),
    ReplayArrivals((0.0, 1.0, 1.5), 2.0),
)


def check(adapters: list[Adapter], duration: float) -> None:
    times, starts, counts = draw_arrivals(adapters, duration, Substreams(np.random.default_rng(3)))
    streams = Substreams(np.random.default_rng(3))
    for index, adapter in enumerate(adapters):
        expected = adapter.arrivals.sample(adapter.rate, duration, streams.select(2 * index))
        own = times[starts[index] : starts[index] + counts[index]]
        np.testing.assert_array_equal(own, expected)


@pytest.mark.parametrize("duration", [0.1, 7.0, 5000.0])
def test_each_has_its_own(duration: float) -> None:
    check([Adapter(f"a{i}", 8, 0.2 + i, LENGTHS, PROCESSES[i % 5]) for i in range(17)], duration)


def test_all_poisson_and_none() -> None:
    check([Adapter(f"a{i}", 8, 0.01 * 3**i, LENGTHS) for i in range(8)], 300.0)
    check([Adapter(f"a{i}", 8, 1.0, LENGTHS, GammaArrivals(0.5)) for i in range(8)], 300.0)


def test_processes_of_which_nothing_arrives() -> None:
    check([Adapter(f"a{i}", 8, 1e-6, LENGTHS, PROCESSES[i % 3]) for i in range(9)], 10.0)


def test_gaps_that_do_not_cover_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first draw holds enough gaps nearly always; here it rarely does."""
    monkeypatch.setattr(adapter_arrivals, "enough_gaps", lambda expected, cv: int(expected) + 1)
    adapters = [Adapter(f"a{i}", 8, 1.0 + i, LENGTHS, PROCESSES[3 * (i % 2)]) for i in range(9)]
    times, starts, counts = draw_arrivals(adapters, 50.0, Substreams(np.random.default_rng(3)))
    for start, count in zip(starts, counts, strict=True):
        own = times[start : start + count]
        assert np.all(np.diff(own) >= 0)
        assert own[-1] < 50.0
    assert counts.sum() == pytest.approx(50.0 * sum(a.rate for a in adapters), rel=0.1)
