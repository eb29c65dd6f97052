"""Dispersion of counts, and arrival processes fitted to it."""

from __future__ import annotations

import numpy as np
import pytest

from twin.sources.burstiness import dispersion_index, fit_arrivals
from twin.workload.arrivals import BurstyArrivals, GammaArrivals, PoissonArrivals

SPAN = 20_000.0


def test_dispersion_of_a_clock_is_nothing() -> None:
    assert dispersion_index(np.arange(0.5, 1000.0), 1000.0, 10.0) == 0


def test_dispersion_of_batches_is_their_size() -> None:
    moments = PoissonArrivals().sample(1.0, SPAN, np.random.default_rng(0))
    assert dispersion_index(np.repeat(moments, 4), SPAN, 10.0) == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize("seed", range(10))
def test_poisson_is_recognized(seed: int) -> None:
    times = PoissonArrivals().sample(3.0, 3600.0, np.random.default_rng(seed))
    assert fit_arrivals(times, 3600.0) == PoissonArrivals()


@pytest.mark.parametrize(("cv", "relaxation"), [(2.0, 5.0), (4.0, 20.0), (8.0, 60.0)])
def test_bursts_are_recovered(cv: float, relaxation: float) -> None:
    times = BurstyArrivals(cv, relaxation).sample(5.0, SPAN, np.random.default_rng(0))
    fitted = fit_arrivals(times, SPAN)
    assert isinstance(fitted, BurstyArrivals)
    assert fitted.cv == pytest.approx(cv, rel=0.25)
    assert fitted.relaxation == pytest.approx(relaxation, rel=0.5)


@pytest.mark.parametrize("cv", [0.2, 0.6])
def test_regular_streams_are_recovered(cv: float) -> None:
    times = GammaArrivals(cv).sample(5.0, SPAN, np.random.default_rng(0))
    fitted = fit_arrivals(times, SPAN)
    assert isinstance(fitted, GammaArrivals)
    assert fitted.cv == pytest.approx(cv, rel=0.2)


def test_a_clock_that_ticks_in_seconds_is_no_burst() -> None:
    times = PoissonArrivals().sample(3.0, 3600.0, np.random.default_rng(0))
    assert fit_arrivals(np.floor(times / 3) * 3, 3600.0) == PoissonArrivals()


def test_few_requests_tell_nothing() -> None:
    assert fit_arrivals(np.zeros(99), 10.0) == PoissonArrivals()


def test_one_burst_is_very_dispersed() -> None:
    fitted = fit_arrivals(np.concatenate((np.zeros(200), [1000.0])), 1005.0)
    assert isinstance(fitted, BurstyArrivals)
    assert fitted.cv > 5
