"""Pooled traffic: the requests of many adapters as those of one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.workload.adapter import Adapter
from twin.workload.arrivals import PoissonArrivals
from twin.workload.lengths import LengthModel

__all__ = ["MixedLengths", "pool_adapters"]

IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class MixedLengths:
    """Lengths of requests each of which follows one of several models.

    Parameters
    ----------
    models : tuple of LengthModel
    weights : tuple of float
        Share of the requests that follow each model; they sum to 1.
    """

    models: tuple[LengthModel, ...]
    weights: tuple[float, ...]

    def sample(self, n: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        prompt = np.empty(n, dtype=np.int32)
        output = np.empty(n, dtype=np.int32)
        choice = rng.choice(len(self.models), n, p=self.weights)
        for index, model in enumerate(self.models):
            where = np.flatnonzero(choice == index)
            prompt[where], output[where] = model.sample(where.size, rng)
        return prompt, output

    @property
    def prompt_mean(self) -> float:
        return self._mean("prompt")

    @property
    def prompt_std(self) -> float:
        return self._std("prompt")

    @property
    def output_mean(self) -> float:
        return self._mean("output")

    @property
    def output_std(self) -> float:
        return self._std("output")

    def _mean(self, which: str) -> float:
        means = (getattr(model, f"{which}_mean") for model in self.models)
        return math.fsum(w * mean for w, mean in zip(self.weights, means, strict=True))

    def _std(self, which: str) -> float:
        second = math.fsum(
            w * (getattr(model, f"{which}_mean") ** 2 + getattr(model, f"{which}_std") ** 2)
            for w, model in zip(self.weights, self.models, strict=True)
        )
        return math.sqrt(max(0.0, second - self._mean(which) ** 2))


def pool_adapters(adapters: Sequence[Adapter], rate: float) -> Adapter:
    """One adapter of another rate with the mix of lengths, and the smallest rank, of several.

    Its arrivals are Poisson, as those of many adapters together are about; more regular where all
    adapters are.
    """
    smallest = min(adapters, key=lambda a: (a.rank, a.name))
    lengths = smallest.lengths
    if any(a.lengths is not lengths and a.lengths != lengths for a in adapters):
        total = math.fsum(a.rate for a in adapters)
        weights = np.array([a.rate for a in adapters]) / total
        lengths = MixedLengths(tuple(a.lengths for a in adapters), tuple(weights.tolist()))
    regular = min(adapters, key=lambda a: a.arrivals.cv).arrivals
    arrivals = regular if regular.cv < 1 else PoissonArrivals()
    return replace(smallest, rate=rate, lengths=lengths, arrivals=arrivals)
