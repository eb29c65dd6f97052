"""Arrival processes: rates, variation of gaps, dispersion of counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.sources.burstiness import dispersion_index
from twin.workload.arrivals import (
    ArrivalProcess,
    BurstyArrivals,
    DiurnalArrivals,
    GammaArrivals,
    OnOffArrivals,
    PoissonArrivals,
    ReplayArrivals,
)

PROCESSES: list[ArrivalProcess] = [
    PoissonArrivals(),
    GammaArrivals(0.3),
    GammaArrivals(1.0),
    GammaArrivals(4.0),
    OnOffArrivals(0.25, 5.0),
    OnOffArrivals(1.0, 5.0),
    BurstyArrivals(3.0, 10.0),
    BurstyArrivals(1.0, 10.0),
    DiurnalArrivals(0.8, 100.0),
    ReplayArrivals((0.0, 0.5, 2.0, 2.0), 3.0),
]


@pytest.mark.parametrize("process", PROCESSES, ids=repr)
def test_mean_rate(process: ArrivalProcess) -> None:
    counts = [process.sample(2.0, 2000.0, np.random.default_rng(s)).size for s in range(20)]
    # the index of dispersion of the burstiest is 16, so that a run's count has an error of 6 %
    assert np.mean(counts) == pytest.approx(4000, rel=0.05)


@pytest.mark.parametrize("process", PROCESSES, ids=repr)
@given(rate=st.floats(1e-4, 50.0), duration=st.floats(0.01, 100.0), seed=st.integers(0, 99))
def test_times_are_sorted_and_inside_the_window(
    process: ArrivalProcess, rate: float, duration: float, seed: int
) -> None:
    times = process.sample(rate, duration, np.random.default_rng(seed))
    assert times.dtype == np.float64
    assert np.all(np.diff(times) >= 0)
    assert times.size == 0 or (times[0] >= 0 and times[-1] < duration)


@pytest.mark.parametrize("process", PROCESSES, ids=repr)
def test_same_seed_same_times(process: ArrivalProcess) -> None:
    one, two = (process.sample(1.0, 500.0, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("cv", [0.2, 0.7, 1.0, 2.0, 5.0])
def test_variation_of_gamma_gaps(cv: float) -> None:
    gaps = np.diff(GammaArrivals(cv).sample(3.0, 60_000.0, np.random.default_rng(0)))
    assert gaps.mean() == pytest.approx(1 / 3, rel=0.05)
    assert gaps.std() / gaps.mean() == pytest.approx(cv, rel=0.05)


def test_gaps_of_poisson_are_exponential() -> None:
    gaps = np.diff(PoissonArrivals().sample(2.0, 50_000.0, np.random.default_rng(0)))
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, rel=0.02)
    assert np.mean(gaps > 0.5) == pytest.approx(math.exp(-1), rel=0.02)


@pytest.mark.parametrize("cv", [0.5, 3.0])
def test_gamma_streams_are_stationary(cv: float) -> None:
    """The first second has as many arrivals as any other."""
    rng = np.random.default_rng(0)
    first = [GammaArrivals(cv).sample(1.0, 1.0, rng).size for _ in range(20_000)]
    assert np.mean(first) == pytest.approx(1.0, rel=0.06)


@pytest.mark.parametrize("process", [PoissonArrivals(), GammaArrivals(2.5)], ids=repr)
def test_twice_the_rate_halves_every_time(process: ArrivalProcess) -> None:
    slow = process.sample(0.5, 200.0, np.random.default_rng(1))
    fast = process.sample(1.0, 100.0, np.random.default_rng(1))
    np.testing.assert_allclose(fast, slow / 2, rtol=1e-12)


@pytest.mark.parametrize("process", [PoissonArrivals(), GammaArrivals(2.5)], ids=repr)
def test_a_longer_window_begins_the_same(process: ArrivalProcess) -> None:
    short = process.sample(0.5, 100.0, np.random.default_rng(1))
    long = process.sample(0.5, 1000.0, np.random.default_rng(1))
    np.testing.assert_allclose(long[: short.size], short, rtol=1e-12)


def test_a_source_that_is_on_a_quarter_of_the_time() -> None:
    source = OnOffArrivals(0.25, 20.0)
    times = source.sample(1.0, 200_000.0, np.random.default_rng(0))
    busy = np.histogram(times, np.arange(0.0, 200_001.0, 1.0))[0] > 0
    # at 4 requests/s while on, hardly any second of it stays empty
    assert np.mean(busy) == pytest.approx(0.25, abs=0.02)
    assert dispersion_index(times, 200_000.0, 1000.0) == pytest.approx(source.cv**2, rel=0.2)


@pytest.mark.parametrize("rate", [0.05, 4.0])
@pytest.mark.parametrize(("cv", "relaxation"), [(2.0, 10.0), (4.0, 30.0)])
def test_bursts_have_the_dispersion_at_every_rate_and_window(
    rate: float, cv: float, relaxation: float
) -> None:
    span = 600_000.0
    times = BurstyArrivals(cv, relaxation).sample(rate, span, np.random.default_rng(5))
    for window in (10.0, 100.0, 1000.0):
        x = window / relaxation
        expected = 1 + (cv**2 - 1) * (1 - (1 - math.exp(-x)) / x)
        assert dispersion_index(times, span, window) == pytest.approx(expected, rel=0.25)


def test_the_day_has_a_peak_and_a_trough() -> None:
    times = DiurnalArrivals(0.9, 100.0).sample(50.0, 10_000.0, np.random.default_rng(0))
    phase = np.histogram(times % 100.0, 4, (0.0, 100.0))[0] / times.size
    # the mean of 1 + 0.9 sin over a quarter of the cycle
    expected = np.array([1, 1, -1, -1]) * 0.9 * 2 / np.pi
    np.testing.assert_allclose(phase, (1 + expected) / 4, atol=0.005)


def test_the_phase_shifts_the_day() -> None:
    times = DiurnalArrivals(1.0, 100.0, phase=75.0).sample(
        50.0, 10_000.0, np.random.default_rng(0)
    )
    density = np.histogram(times % 100.0, 10, (0.0, 100.0))[0]
    assert density[0] < 0.1 * density[5]


def test_replay_is_exact_at_the_recorded_rate() -> None:
    process = ReplayArrivals((0.0, 0.5, 2.0), 3.0)
    times = process.sample(1.0, 7.0, np.random.default_rng(0))
    np.testing.assert_allclose(times, [0.0, 0.5, 2.0, 3.0, 3.5, 5.0, 6.0, 6.5])


def test_replay_at_twice_the_rate() -> None:
    times = ReplayArrivals((0.0, 0.5, 2.0), 3.0).sample(2.0, 1.5, np.random.default_rng(0))
    np.testing.assert_allclose(times, [0.0, 0.25, 1.0])


def test_variation_that_processes_state() -> None:
    assert PoissonArrivals().cv == 1
    assert DiurnalArrivals(0.5).cv == 1
    assert OnOffArrivals(1.0, 3.0).cv == 1
    assert ReplayArrivals((0.0,), 1.0).cv == 1
    assert ReplayArrivals((0.0, 1.0, 2.0), 3.0).cv == 0
    assert ReplayArrivals((0.0, 1.0, 4.0), 5.0).cv == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: GammaArrivals(0.0), "cv"),
        (lambda: GammaArrivals(math.nan), "cv"),
        (lambda: OnOffArrivals(0.0, 1.0), "on_fraction"),
        (lambda: OnOffArrivals(1.5, 1.0), "on_fraction"),
        (lambda: OnOffArrivals(0.5, 0.0), "mean_on"),
        (lambda: BurstyArrivals(0.9, 1.0), "cv"),
        (lambda: BurstyArrivals(2.0, math.inf), "relaxation"),
        (lambda: DiurnalArrivals(1.1), "amplitude"),
        (lambda: DiurnalArrivals(0.5, 0.0), "period"),
        (lambda: ReplayArrivals((), 1.0), "times"),
        (lambda: ReplayArrivals((1.0, 0.5), 2.0), "times"),
        (lambda: ReplayArrivals((0.0, 2.0), 2.0), "times"),
    ],
)
def test_parameters_out_of_range(make: object, key: str) -> None:
    with pytest.raises(InputError, match=f"^{key}: "):
        make()  # type: ignore[operator]  # a lambda without arguments
