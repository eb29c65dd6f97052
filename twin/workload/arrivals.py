"""Arrival processes: how the requests of one adapter are spread over time.

A process has no rate of its own except where it is a recording: the adapter's rate scales it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError

__all__ = [
    "LARGEST_CV",
    "LEAST_CV",
    "ArrivalProcess",
    "BurstyArrivals",
    "DiurnalArrivals",
    "GammaArrivals",
    "OnOffArrivals",
    "PoissonArrivals",
    "ReplayArrivals",
    "check_cv",
    "enough_gaps",
    "renewal_arrivals",
]

FloatArray = NDArray[np.float64]

LEAST_CV, LARGEST_CV = 1e-3, 1e3
"""Range of the coefficients of variation that can be drawn: beyond it gaps are all alike, or a
window of hours sees none or all of the requests."""


class ArrivalProcess(Protocol):
    """Shape of an arrival stream."""

    def sample(self, rate: float, duration: float, rng: np.random.Generator) -> FloatArray:
        """Draw sorted arrival times (s) in [0, duration) at a mean ``rate`` (requests/s)."""
        ...

    @property
    def cv(self) -> float:
        """Coefficient of variation of the gaps, their burstiness; 1 for Poisson."""
        ...


@dataclass(frozen=True, slots=True)
class PoissonArrivals:
    """Exponential, independent gaps."""

    def sample(self, rate: float, duration: float, rng: np.random.Generator) -> FloatArray:
        blocks: list[FloatArray] = []
        last, end = 0.0, rate * duration
        while last < end:
            block = rng.standard_exponential(enough_gaps(end - last, 1.0))
            block[0] += last
            blocks.append(np.cumsum(block, out=block))
            last = float(block[-1])
        return _within(blocks, rate, duration)

    @property
    def cv(self) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class GammaArrivals:
    """Independent gamma-distributed gaps with coefficient of variation ``cv``.

    The stream is stationary: time 0 falls at a random phase of a gap.
    """

    cv: float

    def __post_init__(self) -> None:
        check_cv("cv", self.cv)

    @property
    def shape(self) -> float:
        """Shape of the gamma distribution."""
        return 1.0 / self.cv**2

    def sample(self, rate: float, duration: float, rng: np.random.Generator) -> FloatArray:
        shape = self.shape
        # Time is counted in mean gaps. The gap that covers time 0 is length-biased, Gamma(shape +
        # 1), and 0 is uniform within it.
        last, end = rng.gamma(shape + 1.0, 1.0 / shape) * rng.random(), rate * duration
        blocks = [np.array([last])]
        while last < end:
            block = rng.gamma(shape, 1.0 / shape, enough_gaps(end - last, self.cv))
            block[0] += last
            blocks.append(np.cumsum(block, out=block))
            last = float(block[-1])
        return _within(blocks, rate, duration)


@dataclass(frozen=True, slots=True)
class OnOffArrivals:
    """Markov-modulated Poisson arrivals: silent while off, Poisson while on.

    Parameters
    ----------
    on_fraction : float
        Long-run share of time that the source is on, in (0, 1].
    mean_on : float
        Mean length of an on period in seconds.
    """

    on_fraction: float
    mean_on: float

    def __post_init__(self) -> None:
        if not 0 < self.on_fraction <= 1:
            raise InputError("on_fraction", f"{self.on_fraction!r} is not inside (0, 1]")
        if not (math.isfinite(self.mean_on) and self.mean_on > 0):
            raise InputError("mean_on", f"{self.mean_on!r} is not a positive number of seconds")

    def sample(self, rate: float, duration: float, rng: np.random.Generator) -> FloatArray:
        if self.on_fraction == 1:
            return PoissonArrivals().sample(rate, duration, rng)
        mean_off = self.mean_on * (1 - self.on_fraction) / self.on_fraction
        on = bool(rng.random() < self.on_fraction)
        ends: list[FloatArray] = []
        last = 0.0
        while last < duration:
            cycles = enough_gaps((duration - last) / (self.mean_on + mean_off), 1.0)
            means = (self.mean_on, mean_off) if on else (mean_off, self.mean_on)
            periods = rng.standard_exponential((cycles, 2)) * means
            ends.append(last + np.cumsum(periods.ravel()))
            last = float(ends[-1][-1])
        edges = np.concatenate(([0.0], *ends))
        edges = np.minimum(edges[: int(np.searchsorted(edges, duration)) + 1], duration)
        starts, lengths = edges[:-1], np.diff(edges)
        starts, lengths = starts[int(not on) :: 2], lengths[int(not on) :: 2]
        # Arrivals are Poisson on the time that the source is on, counted without the gaps.
        on_time = np.concatenate(([0.0], np.cumsum(lengths)))
        clock = PoissonArrivals().sample(rate / self.on_fraction, float(on_time[-1]), rng)
        period = np.searchsorted(on_time, clock, side="right") - 1
        times = starts[period] + (clock - on_time[period])
        return times[: int(np.searchsorted(times, duration))]

    @property
    def cv(self) -> float:
        """Square root of the asymptotic index of dispersion at 1 request/s, which acts as a CV."""
        off = self.mean_on * (1 - self.on_fraction) / self.on_fraction
        relaxation = self.mean_on * off / (self.mean_on + off) if off > 0 else 0.0
        return math.sqrt(1 + 2 * (1 - self.on_fraction) / self.on_fraction * relaxation)


@dataclass(frozen=True, slots=True)
class BurstyArrivals:
    """On/off arrivals whose counts are as dispersed as wanted, whatever the rate.

    The index of dispersion of the arrivals in a window of T seconds (variance over mean of their
    number) is 1 + (cv^2 - 1) h(T / relaxation) with h(x) = 1 - (1 - exp(-x)) / x, at every rate.
    So a sum of independent streams with the same shape has this index too, which makes it the way
    to spread one measured, bursty stream over many adapters. (Gamma gaps have bursts that last as
    many gaps, thus longer the lower the rate.)

    Parameters
    ----------
    cv : float
        Square root of the index of dispersion over long windows; 1 is Poisson.
    relaxation : float
        Time in seconds over which the rate forgets what it was.
    """

    cv: float
    relaxation: float

    def __post_init__(self) -> None:
        if not self.cv >= 1:
            raise InputError("cv", f"{self.cv!r} is not a number of at least 1", "1 means Poisson")
        check_cv("cv", self.cv)
        if not (math.isfinite(self.relaxation) and self.relaxation > 0):
            raise InputError(
                "relaxation", f"{self.relaxation!r} is not a positive number of seconds"
            )

    def sample(self, rate: float, duration: float, rng: np.random.Generator) -> FloatArray:
        off_per_on = (self.cv**2 - 1) / (2 * rate * self.relaxation)
        on_fraction = 1 / (1 + off_per_on)
        if on_fraction == 1:
            return PoissonArrivals().sample(rate, duration, rng)
        source = OnOffArrivals(on_fraction, self.relaxation / (1 - on_fraction))
        return source.sample(rate, duration, rng)


@dataclass(frozen=True, slots=True)
class DiurnalArrivals:
    """Poisson arrivals whose rate follows a sine over the day.

    Parameters
    ----------
    amplitude : float
        Peak deviation relative to the mean rate, in [0, 1].
    period : float
        Length of the cycle in seconds.
    phase : float
        Time of the cycle at which the stream starts, in seconds; 0 is the rising mean.
    """

    amplitude: float
    period: float = 86_400.0
    phase: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.amplitude <= 1:
            raise InputError("amplitude", f"{self.amplitude!r} is not inside [0, 1]")
        if not (math.isfinite(self.period) and self.period > 0):
            raise InputError("period", f"{self.period!r} is not a positive number of seconds")

    def sample(self, rate: float, duration: float, rng: np.random.Generator) -> FloatArray:
        peak = rate * (1 + self.amplitude)
        times = np.sort(rng.uniform(0.0, duration, rng.poisson(peak * duration)))
        angle = 2 * np.pi * (times + self.phase) / self.period
        keep = rng.random(times.size) * (1 + self.amplitude) < 1 + self.amplitude * np.sin(angle)
        return times[keep]

    @property
    def cv(self) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class ReplayArrivals:
    """Exact replay of recorded arrival times.

    A rate other than the recorded one stretches or squeezes the recording; a window longer than
    the recording repeats it.

    Parameters
    ----------
    times : tuple of float
        Sorted times (s) within [0, span).
    span : float
        Length of the recording in seconds.
    """

    times: tuple[float, ...]
    span: float

    def __post_init__(self) -> None:
        t = np.asarray(self.times)
        if t.size == 0 or np.any(np.diff(t) < 0) or t[0] < 0 or t[-1] >= self.span:
            raise InputError("times", "need at least one sorted time inside [0, span)")

    def sample(self, rate: float, duration: float, rng: np.random.Generator) -> FloatArray:
        stretch = len(self.times) / self.span / rate
        span = self.span * stretch
        once = np.asarray(self.times) * stretch
        repeats = math.ceil(duration / span)
        times = (once[None, :] + span * np.arange(repeats)[:, None]).ravel()
        return times[times < duration]

    @property
    def cv(self) -> float:
        gaps = np.diff(self.times)
        return float(np.std(gaps) / np.mean(gaps)) if gaps.size > 1 and gaps.any() else 1.0


def renewal_arrivals(cv: float) -> PoissonArrivals | GammaArrivals:
    """Independent gaps with a coefficient of variation: Poisson for 1, and gamma otherwise.

    Raises
    ------
    InputError
        If it is no number from `LEAST_CV` to `LARGEST_CV`.
    """
    check_cv("arrival_cv", cv)
    return PoissonArrivals() if cv == 1 else GammaArrivals(cv)


def check_cv(where: str, cv: float) -> None:
    """Refuse a variation of gaps that no stream of requests has.

    Raises
    ------
    InputError
        If it is no number from `LEAST_CV` to `LARGEST_CV`.
    """
    if not LEAST_CV <= cv <= LARGEST_CV:
        accepted = f"a number from {LEAST_CV:g} to {LARGEST_CV:g}; 1: Poisson"
        raise InputError(where, f"{cv!r} is no variation of gaps", accepted)


def enough_gaps(expected: float, cv: float) -> int:
    """Number of gaps that most likely cover a time of ``expected`` mean gaps."""
    return int(expected + 4.0 * cv * math.sqrt(expected) + 16)


def _within(blocks: list[FloatArray], rate: float, duration: float) -> FloatArray:
    """Times (s) inside the window, from consecutive sorted blocks in mean gaps."""
    times = blocks[0] if len(blocks) == 1 else np.concatenate([np.empty(0), *blocks])
    times /= rate
    return times[: int(np.searchsorted(times, duration))]
