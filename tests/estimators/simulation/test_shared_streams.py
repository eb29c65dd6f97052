"""Requests are drawn once for each seed and duration."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.simulation.shared_streams import SharedStreams
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.stopped import Stopped
from twin.workload.workload import Workload

LENGTHS = CopulaLengths(FixedLength(100), FixedLength(50))
ADAPTERS = (Adapter("a", 8, 2.0, LENGTHS), Adapter("b", 16, 1.0, LENGTHS))


def test_streams_are_drawn_once_and_as_ever() -> None:
    streams = SharedStreams()
    first = streams.sample("both", ADAPTERS, 3, 50.0)
    assert streams.sample("both", ADAPTERS, 3, 50.0) is first
    expected = Workload(ADAPTERS).sample(50.0, np.random.default_rng(3))
    assert np.array_equal(first.arrival, expected.arrival)
    for other in (
        streams.sample("first", ADAPTERS[:1], 3, 50.0),
        streams.sample("both", ADAPTERS, 4, 50.0),
        streams.sample("both", ADAPTERS, 3, 60.0),
    ):
        assert other is not first


def test_drawing_can_be_given_up_and_begun_again() -> None:
    streams = SharedStreams()
    with pytest.raises(Stopped):
        streams.sample("both", ADAPTERS, 3, 50.0, lambda: True)
    first = streams.sample("both", ADAPTERS, 3, 50.0)
    assert streams.sample("both", ADAPTERS, 3, 50.0, lambda: True) is first  # it is there
