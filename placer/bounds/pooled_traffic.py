"""Pooled traffic: the requests of many adapters as those of one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

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
    prompt_mean: float = field(init=False, compare=False)
    prompt_std: float = field(init=False, compare=False)
    output_mean: float = field(init=False, compare=False)
    output_std: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        for which in ("prompt", "output"):  # once: there may be thousands of models
            mean, std = self._moments(which)
            object.__setattr__(self, f"{which}_mean", mean)
            object.__setattr__(self, f"{which}_std", std)

    def sample(self, n: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        prompt = np.empty(n, dtype=np.int32)
        output = np.empty(n, dtype=np.int32)
        choice = rng.choice(len(self.models), n, p=self.weights)
        order = np.argsort(choice, kind="stable")
        drawn, first = np.unique(choice[order], return_index=True)
        for index, where in zip(drawn.tolist(), np.split(order, first[1:]), strict=True):
            prompt[where], output[where] = self.models[index].sample(where.size, rng)
        return prompt, output

    def _moments(self, which: str) -> tuple[float, float]:
        """Mean and standard deviation of the tokens of a prompt or an output."""
        means = [getattr(model, f"{which}_mean") for model in self.models]
        deviations = [getattr(model, f"{which}_std") for model in self.models]
        mean = math.fsum(w * m for w, m in zip(self.weights, means, strict=True))
        second = math.fsum(
            w * (m**2 + std**2) for w, m, std in zip(self.weights, means, deviations, strict=True)
        )
        return mean, math.sqrt(max(0.0, second - mean**2))


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
