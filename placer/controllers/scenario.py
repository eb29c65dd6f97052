"""Scenario: engines, adapters and how their popularity drifts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placer.controllers.popularity import drifting_places
from twin.files.errors import InputError
from twin.sources.popularity import popularity_shares
from twin.sources.rank_mix import RankMix, deal_ranks
from twin.sources.sharegpt import ShareGptModel, sharegpt_lengths
from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

__all__ = ["Scenario"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Adapters whose popularity follows Zipf's law and drifts, on engines with few slots.

    The defaults are the setting of NVIDIA Dynamo's published comparison as far as it is known (100
    adapters, 8 engines of 4 slots, 200 ticks of 3 s, rates smoothed by 0.3); the rate is what its
    hits and loads make of it, and the exponent, drift, ranks and lengths are choices of ours.

    Parameters
    ----------
    num_adapters, num_engines : int
    max_loras : int
        Slots of each engine.
    num_intervals : int
        Decisions of a controller.
    interval : float
        Seconds between two of them.
    rate : float
        Requests/s of all adapters together.
    zipf_alpha : float
        Exponent of Zipf's law: the k-th adapter has a popularity of 1/k^alpha.
    drift : float
        Probability that an adapter's place in the order of popularity changes with an interval.
    rank_mix : mapping of int to float, sequence of int, or None
        Share of the adapters by rank, or ranks in equal parts; None for 8, 16 and 32.
    smoothing : float
        Weight of the last interval in the rates that controllers are told, in (0, 1].
    settle : float
        Seconds at the end, whose requests do not count for what starves.
    starvation_threshold : float
        An adapter starves where less than this part of its requests has got an answer.
    model : {"llama-3.1-8b", "qwen-2.5-7b", "llama-2-7b"}
        Whose tokenizer counts the lengths, which are ShareGPT's.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    num_adapters: int = 100
    num_engines: int = 8
    max_loras: int = 4
    num_intervals: int = 200
    interval: float = 10.0
    rate: float = 6.5
    zipf_alpha: float = 1.0
    drift: float = 0.02
    rank_mix: RankMix | None = None
    smoothing: float = 0.3
    settle: float = 30.0
    starvation_threshold: float = 0.9
    model: ShareGptModel = "llama-3.1-8b"

    def __post_init__(self) -> None:
        for name in ("num_adapters", "num_engines", "max_loras", "num_intervals"):
            if getattr(self, name) < 1:
                raise _wrong(name, getattr(self, name), "1 or more")
        for name in ("interval", "rate"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise _wrong(name, value, "a positive number")
        if not 0 <= self.drift <= 1:
            raise _wrong("drift", self.drift, "from 0 to 1")
        for name in ("smoothing", "starvation_threshold"):
            if not 0 < getattr(self, name) <= 1:
                raise _wrong(name, getattr(self, name), "above 0, up to 1")
        if not 0 <= self.settle < self.duration:
            raise _wrong("settle", self.settle, f"from 0 to below {self.duration:g}, all seconds")
        self._popularities()  # checks the exponent

    @property
    def duration(self) -> float:
        """Length of a run in seconds."""
        return self.num_intervals * self.interval

    def workload(self, seed: int) -> Workload:
        """The adapters, all with the same rate: what is known of them before anything arrives."""
        ranks = deal_ranks(self.rank_mix, self.num_adapters, np.random.default_rng(seed))
        lengths = sharegpt_lengths(self.model)
        digits = len(str(self.num_adapters - 1))
        rate = self.rate / self.num_adapters
        return Workload.of(
            Adapter(f"adapter-{index:0{digits}d}", rank, rate, lengths)
            for index, rank in enumerate(ranks)
        )

    def rates(self, seed: int) -> NDArray[np.float64]:
        """True requests/s of each adapter, of shape (num_intervals, num_adapters)."""
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
        places = drifting_places(self.num_adapters, self.num_intervals, self.drift, rng)
        return self.rate * self._popularities()[places]

    def _popularities(self) -> NDArray[np.float64]:
        return popularity_shares("zipf", self.num_adapters, self.zipf_alpha)


def _wrong(name: str, value: float, accepted: str) -> InputError:
    return InputError(f"scenario.{name}", f"{value!r} is out of range", accepted)
