"""How long a model takes for an engine to which an adapter was added, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from estimators.model.predictor import Predictor

__all__ = ["BATCH", "fastest", "measure_speed"]

FloatArray = NDArray[np.float64]

BATCH = 256
_SINGLE = 16  # engines that are predicted one by one: few, so that nothing else comes between
_REPEATS = 100


def measure_speed(
    predictor: Predictor, traffic: FloatArray, engines: FloatArray, adapter: FloatArray
) -> tuple[float, float]:
    """Time of a prediction in a batch of `BATCH`, and of a single one, in µs for each engine.

    Both take in the addition of an adapter to the traffic, all outputs, and their conversion to
    `estimators.base.Estimates`. They are those of the fastest of some repeats, so that what else
    the machine does counts less.

    Parameters
    ----------
    predictor : Predictor
    traffic : ndarray of shape (n, NUM_STATISTICS)
    engines : ndarray of shape (n, NUM_FIGURES)
        Engine of each row.
    adapter : ndarray of shape (NUM_STATISTICS,)
        Statistics of the adapter that is added.
    """
    rows = np.resize(np.arange(len(traffic)), BATCH)
    batch, which = traffic[rows], np.arange(BATCH)
    engines = engines[rows]

    def together() -> None:
        batch[:] += adapter
        predictor.estimates(predictor.predictions(batch, engines, which))
        batch[:] -= adapter

    def one_by_one() -> None:
        for row, engine in zip(batch[:_SINGLE], engines[:_SINGLE], strict=True):
            row += adapter
            predictor.predict_one(row, engine)
            row -= adapter

    return 1e6 * fastest(together) / BATCH, 1e6 * fastest(one_by_one) / _SINGLE


def fastest(action: Callable[[], object], repeats: int = _REPEATS) -> float:
    """Seconds of the fastest of some repeats, after one that is not counted."""
    action()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)
