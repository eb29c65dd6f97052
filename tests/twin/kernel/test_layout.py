"""Size of an engine."""

from __future__ import annotations

import numpy as np
import pytest

from tests.twin.kernel.engine_cases import random_case
from twin.kernel.layout import EngineLimits, engine_bytes, new_engine, with_room


def test_bytes_are_those_of_the_arrays() -> None:
    limits = EngineLimits(4, 4, 16, 64, 100, 16, 0, False, 0, False)
    none = np.empty(0)
    engine = new_engine(100_000, 50, none.astype(np.int64), none, none, limits, num_samples=5000)
    arrays = [engine.request, engine.queue, engine.finished, engine.rejected, engine.series]
    assert engine_bytes(100_000, 5000) == sum(array.nbytes for array in arrays)
    others = [array for array in engine if isinstance(array, np.ndarray)]
    total = sum(array.nbytes for array in others)
    assert engine_bytes(100_000, 5000) == pytest.approx(total, rel=0.01)


def test_an_engine_with_more_room_goes_on() -> None:
    rng = np.random.default_rng(4)
    for _ in range(30):
        case = random_case(rng)
        small = case.new_engine()
        case.advance(small, case.duration / 500)
        large = with_room(small, 2 * small.request.size)
        case.advance(large)
        whole = case.run()
        number = whole.request.size
        for name in ("request", "finished", "rejected"):
            mine, theirs = getattr(large, name)[:number], getattr(whole, name)
            assert mine.tobytes() == theirs.tobytes(), name
