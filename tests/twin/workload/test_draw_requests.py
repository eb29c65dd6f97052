"""Requests that are drawn together are those that each adapter draws alone, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.workload import draw_requests, merge_streams
from twin.workload.adapter import Adapter
from twin.workload.arrivals import (
    ArrivalProcess,
    BurstyArrivals,
    GammaArrivals,
    OnOffArrivals,
    PoissonArrivals,
    ReplayArrivals,
)
from twin.workload.draw_requests import RequestDrawing
from twin.workload.lengths import CopulaLengths, EmpiricalPairs, FixedLength, LogNormalLength
from twin.workload.stopped import Stopped
from twin.workload.substreams import Substreams

FIRST = CopulaLengths(LogNormalLength(200, 100), LogNormalLength(100, 150), -0.3)
SECOND = CopulaLengths(LogNormalLength(20, 40), FixedLength(100), 0.3, 0.5)
LENGTHS = (FIRST, EmpiricalPairs([5, 6, 7], [8, 9, 10]), SECOND)
PROCESSES = (
    PoissonArrivals(),
    GammaArrivals(2.0),
    BurstyArrivals(3.0, 20.0),
    ReplayArrivals((0.0, 1.0, 1.5), 2.0),
    OnOffArrivals(0.01, 10.0),
)


@dataclass
class Times:
    """Arrivals at given times, whatever they are."""

    times: list[float]
    cv = 1.0

    def sample(
        self, rate: float, duration: float, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        return np.array(self.times)


def drawing_of(adapters: Sequence[Adapter], seed: int) -> RequestDrawing:
    return RequestDrawing(adapters, Substreams(np.random.default_rng(seed)))


def check(adapters: Sequence[Adapter], duration: float) -> int:
    """Compare with numpy, adapter by adapter; the number of requests."""
    merged = drawing_of(adapters, 3).until(duration)
    streams = Substreams(np.random.default_rng(3))
    columns: list[list[NDArray[np.generic]]] = [[], [], [], []]
    for index, adapter in enumerate(adapters):
        times = adapter.arrivals.sample(adapter.rate, duration, streams.select(2 * index))
        lengths = adapter.lengths.sample(times.size, streams.select(2 * index + 1))
        own_columns = (times, np.full(times.size, index), *lengths)
        for column, own in zip(columns, own_columns, strict=True):
            column.append(own)
    together = [np.concatenate(column) for column in columns]
    order = np.argsort(together[0], kind="stable")
    for column, expected in zip(merged, together, strict=True):
        np.testing.assert_array_equal(column, expected[order])
    return order.size


@pytest.mark.parametrize("duration", [0.1, 7.0, 3000.0])
def test_each_has_its_own(duration: float) -> None:
    check(
        [Adapter(f"a{i}", 8, 0.2 + i, LENGTHS[i % 3], PROCESSES[i % 5]) for i in range(30)],
        duration,
    )


def test_all_drawn_in_compiled_code_and_none() -> None:
    check([Adapter(f"a{i}", 8, 0.01 * 3**i, LENGTHS[i % 2 * 2]) for i in range(8)], 3000.0)
    check([Adapter(f"a{i}", 8, 1.0, LENGTHS[i % 3], GammaArrivals(0.5)) for i in range(8)], 300.0)


def test_adapters_of_which_nothing_arrives() -> None:
    assert check([Adapter(f"a{i}", 8, 1e-6, LENGTHS[i % 3]) for i in range(9)], 10.0) == 0


def test_more_adapters_than_requests() -> None:
    check([Adapter(f"a{i}", 8, 0.001, FIRST) for i in range(3000)], 100.0)


def test_more_requests_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for six standard deviations more than expected; here for too few."""
    monkeypatch.setattr(merge_streams, "_DEVIATIONS", -20.0)
    assert check([Adapter("a", 8, 10.0, FIRST), Adapter("b", 8, 9.0, SECOND)], 1000.0) > 18_000


@pytest.mark.parametrize("times", [[2.0, 1.0], [-1.0, 2.0], [1.0, 10.0]])
def test_times_that_are_none_of_the_window_are_refused(times: list[float]) -> None:
    adapter = Adapter("odd", 8, 1.0, FIRST, Times(times))
    with pytest.raises(InputError, match="arrivals of adapter odd: Times draws times"):
        drawing_of([adapter], 0).until(10.0)


def test_drawing_can_be_given_up_before_each_adapter() -> None:
    adapters = [Adapter(f"a{i}", 8, 1.0, FIRST, OnOffArrivals(0.5, 10.0)) for i in range(5)]
    answers = iter([False, False, True])
    with pytest.raises(Stopped):
        drawing_of(adapters, 0).until(10.0, lambda: next(answers))
    assert not list(answers)


@pytest.mark.parametrize(
    "process",
    [PoissonArrivals(), GammaArrivals(2.0), GammaArrivals(0.5), OnOffArrivals(0.5, 10.0)],
)
def test_a_window_goes_on_as_a_longer_one(process: ArrivalProcess) -> None:
    """And back; nothing of one that was given up is left."""
    adapters = [Adapter(f"a{i}", 8, 0.2 + i, LENGTHS[i % 2 * 2]) for i in range(8)]
    adapters += [Adapter("b", 8, rate, FIRST, process) for rate in (1e-3, 2.0)]
    drawing = drawing_of(adapters, 3)
    for duration in (3.0, 200.0, 700.0, 701.0, 701.0, 20.0, 3000.0):
        if duration == 701.0:
            with pytest.raises(Stopped):
                drawing.until(800.0, lambda: True)
        alone = drawing_of(adapters, 3).until(duration)
        for column, expected in zip(drawing.until(duration), alone, strict=True):
            np.testing.assert_array_equal(column, expected)


def test_what_is_known_of_a_window_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    adapters = [Adapter("a", 8, 1.0, FIRST), Adapter("b", 8, 1.0, FIRST, GammaArrivals(2.0))]
    begins = []
    drawing = drawing_of(adapters, 3)

    def watched(*arguments: Any) -> Any:
        begins.append(arguments[5:])
        return merge_streams.merge_streams(*arguments)

    monkeypatch.setattr(draw_requests, "merge_streams", watched)
    for duration in (600.0, 700.0, 650.0, 700.0):
        drawing.until(duration)
    assert begins == [(), (600.0,)]
