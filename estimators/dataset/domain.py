"""Domain that models are trained on: from points of a unit cube to traffic of an engine."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate
from estimators.features import traffic_statistics as stat
from estimators.features.engine_figures import EngineFigures
from estimators.features.equilibrium import equilibrium
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.window import USUAL_WINDOW
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.sources.popularity import popularity_shares
from twin.sources.sharegpt import sharegpt_lengths, sharegpt_model
from twin.workload.adapter import Adapter
from twin.workload.arrivals import (
    ArrivalProcess,
    BurstyArrivals,
    GammaArrivals,
    OnOffArrivals,
    PoissonArrivals,
)
from twin.workload.lengths import (
    CopulaLengths,
    FixedLength,
    LengthDistribution,
    LengthModel,
    LogNormalLength,
)
from twin.workload.rank import BASE, LEGAL_RANKS, legal_rank

__all__ = ["NUM_DIMENSIONS", "Scenario", "draw_scenario", "relative_rate"]

FloatArray = NDArray[np.float64]

(
    _ADAPTERS,
    _SLOTS,
    _RANK,
    _RANK_MIX,
    _PADDING,
    _RELATIVE_RATE,
    _LENGTHS,
    _PROMPT,
    _OUTPUT,
    _PROMPT_CV,
    _OUTPUT_CV,
    _CORRELATION,
    _POPULARITY,
    _SKEW,
    _ARRIVALS,
    _BURSTINESS,
    _LIMITS,
    _WINDOW,
    _BASE,
) = range(19)
NUM_DIMENSIONS = 19

_LOWEST_RATE = 1e-3  # requests/s: windows should not become endless
_MOST_SCATTER = 0.3  # relative standard deviation of the number of requests within a window
_WINDOWS = (300.0, 3600.0)  # seconds
_PROMPTS = (16.0, 4000.0)  # mean tokens
_OUTPUTS = (8.0, 1000.0)
_BUDGETS = (512, 1024, 2048, 4096, 8192)
_BASE_SHARES = (0.02, 0.95)  # of the requests, for the base model


@dataclass(frozen=True, slots=True)
class Scenario:
    """Adapters whose total rate is still to be chosen, on an engine.

    Parameters
    ----------
    profile : ServingProfile
    config : EngineConfig
    ranks : ndarray of shape (adapters,)
    shares : ndarray of shape (adapters,)
        Shares of the requests.
    lengths : sequence of LengthModel
        Dealt to the adapters in turn.
    arrivals : ArrivalProcess
        Of every adapter.
    seconds : float
        Window that is simulated.
    base : float
        Share of the requests that are for the base model.
    """

    profile: ServingProfile
    config: EngineConfig
    ranks: NDArray[np.int64]
    shares: FloatArray
    lengths: Sequence[LengthModel]
    arrivals: ArrivalProcess
    seconds: float
    base: float = 0.0

    def statistics(self, rate: float) -> FloatArray:
        """Statistics of the traffic at a total rate in requests/s; see `traffic_statistics`."""
        return AdapterStatistics().of_adapters(self._adapters(rate, self.arrivals))

    def capacity(self) -> float:
        """Requests/s that the engine serves in equilibrium, were there enough slots."""
        engine = EngineFigures(self.profile).of_config(self.config)
        scratch = np.empty((3, stat.NUM_BINS))
        return float(equilibrium(self.statistics(1.0), engine, self.seconds, scratch).capacity)

    def candidate(self, rate: float, most_requests: int) -> Candidate:
        """The traffic at a total rate in requests/s, as far as the domain goes.

        Parameters
        ----------
        rate : float
        most_requests : int
            That are expected within the window at most.

        Returns
        -------
        Candidate
            The rate is bounded, so that there are neither too many requests to simulate nor
            endless windows; arrivals become Poisson where bursts would leave open how many there
            are in a window.
        """
        rate = max(_LOWEST_RATE, min(rate, most_requests / self.seconds))
        arrivals = self.arrivals
        if not isinstance(arrivals, PoissonArrivals):
            dispersion = self.statistics(rate)[stat.LONG_DISPERSION] / rate
            if dispersion > _MOST_SCATTER**2 * rate * self.seconds:
                arrivals = PoissonArrivals()
        return Candidate(self.profile, self.config, self._adapters(rate, arrivals))

    def _adapters(self, rate: float, arrivals: ArrivalProcess) -> tuple[Adapter, ...]:
        kinds, of_adapters = len(self.lengths), rate * (1 - self.base)
        adapters = tuple(
            Adapter(f"{i}", rank, of_adapters * share, self.lengths[i % kinds], arrivals)
            for i, (rank, share) in enumerate(
                zip(self.ranks.tolist(), self.shares.tolist(), strict=True)
            )
        )
        if not self.base:
            return adapters
        return (*adapters, Adapter("base", BASE, rate * self.base, self.lengths[0], arrivals))


def draw_scenario(
    point: FloatArray, profile: ServingProfile, rng: np.random.Generator, most_adapters: int
) -> Scenario | None:
    """Scenario that belongs to a point; None if its engine does not start.

    Parameters
    ----------
    point : ndarray of shape (NUM_DIMENSIONS,)
        Coordinates in [0, 1).
    profile : ServingProfile
    rng : numpy.random.Generator
        Deals ranks and shares to the adapters.
    most_adapters : int
        Largest number of adapters.
    """
    number = round(most_adapters ** point[_ADAPTERS])
    ranks = _ranks(point, profile, number, rng)
    config = _config(point, profile, number, int(ranks.max()))
    if config is None:
        return None
    shares = rng.permutation(_shares(point, number))
    return Scenario(
        profile,
        config,
        ranks,
        shares,
        _lengths(point, profile, rng),
        _arrivals(point),
        _window(point),
        _base(point),
    )


def relative_rate(point: FloatArray) -> float:
    """Request rate over the capacity of the engine: 0.01 to 3, now and then 1e-4 to 60."""
    u = float(point[_RELATIVE_RATE])
    if u < 0.08:
        return _log_between(1e-4, 0.01, u / 0.08)
    if u < 0.32:
        return _log_between(0.01, 0.6, (u - 0.08) / 0.24)
    if u < 0.7:
        return _log_between(0.6, 1.3, (u - 0.32) / 0.38)
    if u < 0.92:
        return _log_between(1.3, 3.0, (u - 0.7) / 0.22)
    return _log_between(3.0, 60.0, (u - 0.92) / 0.08)


def _log_between(low: float, high: float, u: float) -> float:
    return float(low * (high / low) ** u)


def _ranks(
    point: FloatArray, profile: ServingProfile, number: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """One rank for all, or a mix of those up to a largest one."""
    legal = [rank for rank in LEGAL_RANKS if rank <= profile.largest_rank]
    legal = [rank for rank in legal if rank >= 8] or legal
    largest = int(len(legal) * point[_RANK])
    if point[_RANK_MIX] < 0.3:
        return np.full(number, legal[largest])
    weights = rng.dirichlet(np.ones(largest + 1))
    ranks = rng.choice(legal[: largest + 1], number, p=weights)
    ranks[rng.integers(number)] = legal[largest]
    return ranks


def _config(
    point: FloatArray, profile: ServingProfile, number: int, largest_rank: int
) -> EngineConfig | None:
    """Slots of the usual grid, a 64th to eight times the adapters; other limits at times."""
    rank = legal_rank(largest_rank)
    larger = [r for r in LEGAL_RANKS if rank < r <= profile.largest_rank]
    if larger and point[_PADDING] > 0.85:
        rank = larger[0]
    usual = profile.engine_config(1, rank)
    seqs, budget = usual.max_num_seqs, usual.max_num_batched_tokens
    if point[_LIMITS] > 0.8:
        u = (point[_LIMITS] - 0.8) / 0.2
        seqs = min(seqs, round(_log_between(32, 2048, u)))
        budget = max(seqs, _BUDGETS[int(1000 * u) % len(_BUDGETS)])
    slots = sorted({*profile.max_loras_grid, number})
    slots = [s for s in slots if number / 64 <= s <= 8 * number]
    options = [
        replace(usual, max_loras=s, max_num_seqs=seqs, max_num_batched_tokens=budget)
        for s in slots
    ]
    # More slots leave less memory.
    fitting = bisect_left(options, True, key=lambda c: profile.memory_error(c) is not None)
    return options[int(fitting * point[_SLOTS] ** 0.7)] if fitting else None


def _shares(point: FloatArray, number: int) -> FloatArray:
    """Shares of the requests: all alike, Zipf, a few classes of rates, or log-logistic."""
    kind, skew = point[_POPULARITY], float(point[_SKEW])
    if kind < 0.2:
        return popularity_shares("uniform", number)
    if kind < 0.5:
        return popularity_shares("zipf", number, 0.3 + 1.4 * skew)
    if kind < 0.8:
        classes = 2 + int(3 * (kind - 0.5) / 0.3)
        ratio = 256.0 ** (skew / (classes - 1))
        return popularity_shares([ratio ** (i % classes) for i in range(number)], number)
    quantiles = (np.arange(number) + 0.5) / number
    logistic = np.log(quantiles / (1 - quantiles))
    return popularity_shares(np.exp(1.5 * skew * logistic).tolist(), number)


def _lengths(
    point: FloatArray, profile: ServingProfile, rng: np.random.Generator
) -> list[LengthModel]:
    """ShareGPT's lengths, one other distribution for all adapters, or one for each group."""
    kind = point[_LENGTHS]
    if kind < 0.3:
        model = sharegpt_model(profile.model)
        plain = sharegpt_lengths(model)
        if kind < 0.2:
            return [plain]
        scale = _log_between(0.5, 2.0, point[_PROMPT])
        return [sharegpt_lengths(model, plain.prompt_mean * scale, plain.output_mean / scale)]
    prompt, output = (
        _log_between(*_PROMPTS, point[_PROMPT]),
        _log_between(*_OUTPUTS, point[_OUTPUT]),
    )
    factors = np.ones((1, 2))
    if kind > 0.8:
        factors = rng.lognormal(0.0, 0.7, (2 + int(10 * (kind - 0.8)), 2))
    correlation = 1.6 * float(point[_CORRELATION]) - 0.8
    return [
        CopulaLengths(
            _length(float(np.clip(prompt * p, *_PROMPTS)), 2 * float(point[_PROMPT_CV])),
            _length(float(np.clip(output * o, *_OUTPUTS)), 2 * float(point[_OUTPUT_CV])),
            correlation,
        )
        for p, o in factors
    ]


def _length(mean: float, cv: float) -> LengthDistribution:
    return FixedLength(round(mean)) if cv < 0.1 else LogNormalLength(mean, cv * mean)


def _arrivals(point: FloatArray) -> ArrivalProcess:
    """Poisson, gamma gaps, or bursts of some length."""
    kind, burstiness = point[_ARRIVALS], point[_BURSTINESS]
    if kind < 0.55:
        return PoissonArrivals()
    if kind < 0.75:
        return GammaArrivals(_log_between(0.5, 6.0, burstiness))
    relaxation = _log_between(5.0, 120.0, (kind - 0.75) / 0.25)
    if kind < 0.9:
        return BurstyArrivals(_log_between(1.01, 6.0, burstiness), relaxation)
    return OnOffArrivals(_log_between(0.1, 1.0, burstiness), relaxation)


def _base(point: FloatArray) -> float:
    """Requests for the base model beside adapters, at every fourth point."""
    u = float(point[_BASE])
    return 0.0 if u < 0.75 else _log_between(*_BASE_SHARES, (u - 0.75) / 0.25)


def _window(point: FloatArray) -> float:
    """The usual one for half of the points."""
    u = float(point[_WINDOW])
    return USUAL_WINDOW.duration if u < 0.5 else _log_between(*_WINDOWS, 2 * u - 1)
