"""How much the number of arrivals in a window scatters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from estimators.features.arrival_dispersion import arrival_dispersion
from twin.workload.arrivals import (
    ArrivalProcess,
    BurstyArrivals,
    DiurnalArrivals,
    GammaArrivals,
    OnOffArrivals,
    PoissonArrivals,
)


@pytest.mark.parametrize(
    ("arrivals", "tolerance"),
    [
        (PoissonArrivals(), 0.15),
        (BurstyArrivals(3.0, 20.0), 0.15),
        (OnOffArrivals(0.25, 20.0), 0.2),
        (OnOffArrivals(1.0, 20.0), 0.15),
        (GammaArrivals(3.0), 0.3),
        (GammaArrivals(0.5), 0.3),
    ],
    ids=repr,
)
@pytest.mark.parametrize("window", [10.0, 200.0])
def test_dispersion_is_that_of_samples(
    arrivals: ArrivalProcess, tolerance: float, window: float
) -> None:
    rng, rate = np.random.default_rng(0), 2.0
    number = 1500
    times = arrivals.sample(rate, number * window, rng)
    counts = np.bincount((times / window).astype(int), minlength=number)[:number]
    sampled = counts.var() / counts.mean()
    assert arrival_dispersion(arrivals, rate, window) == pytest.approx(sampled, rel=tolerance)


def test_dispersion_of_days() -> None:
    """Rate times window times half the squared amplitude, for windows that see no change."""
    daily = DiurnalArrivals(amplitude=0.5)
    assert arrival_dispersion(daily, 2.0, 10.0) == pytest.approx(1 + 20 * 0.125, rel=1e-3)
    assert arrival_dispersion(daily, 2.0, daily.period) == pytest.approx(1.0)


def test_unknown_processes_scatter_as_in_the_long_run() -> None:
    class Own:
        cv = 2.0

    assert arrival_dispersion(Own(), 1.0, 10.0) == 4.0  # type: ignore[arg-type]
    assert math.isclose(arrival_dispersion(Own(), 9.0, 600.0), 4.0)  # type: ignore[arg-type]
