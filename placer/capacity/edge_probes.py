"""Edge probes: mixed loads about as heavy as an engine holds, to see which are admissible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate
from placer.capacity.probes import slot_options
from placer.evaluator import Evaluator
from placer.fleet import GpuType
from twin.adapter import Adapter

__all__ = ["EdgeProbe", "admissible_probes", "edge_probes"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_RUNS = 6  # of adapters of similar rate
_MIXES = 4  # of any adapters
_LADDER = (1.0, 1.02, 1.04, 1.06)  # sums of weights that are tried


@dataclass(frozen=True, slots=True)
class EdgeProbe:
    """Adapters on an engine, and a factor on their rates.

    Parameters
    ----------
    positions : (n,) array of int
        Of the adapters in the workload.
    factor : float
    """

    positions: IntArray
    factor: float


def edge_probes(weights: FloatArray, rates: FloatArray, seed: int) -> Iterator[EdgeProbe]:
    """Loads whose weights sum to about 1 and more, of adapters that are alike and of any.

    Parameters
    ----------
    weights : (n,) array
        Of the adapters on an engine, infinite where they may not be on it.
    rates : (n,) array
        By which adapters are alike.
    seed : int
        Of the mixes.
    """
    allowed = np.flatnonzero(np.isfinite(weights) & (weights < 1.0))
    if weights[allowed].sum() < 1.0:
        return
    by_rate = allowed[np.argsort(-rates[allowed], kind="stable")]
    starts = np.linspace(0, by_rate.size - 1, _RUNS).astype(int)
    orders = [np.concatenate([by_rate[start:], by_rate[:start][::-1]]) for start in starts]
    rng = np.random.default_rng(seed)
    orders += [rng.permutation(allowed) for _ in range(_MIXES)]
    for order in orders:
        number = int(np.searchsorted(np.cumsum(weights[order]), 1.0)) + 1
        chosen = order[:number]
        total = float(weights[chosen].sum())
        for target in _LADDER:
            yield EdgeProbe(chosen, target / total)


def admissible_probes(
    evaluator: Evaluator,
    gpu_type: GpuType,
    rank: int,
    adapters: Sequence[Adapter],
    probes: Sequence[EdgeProbe],
) -> list[bool]:
    """Whether each probe is admissible with any number of slots worth trying.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    evaluator.budget.check()
    profile = gpu_type.profile
    groups = []
    for probe in probes:
        load = tuple(
            replace(adapters[p], rate=adapters[p].rate * probe.factor)
            for p in probe.positions.tolist()
        )
        groups.append(
            [
                Candidate(profile, profile.engine_config(slots, rank), load)
                for slots in slot_options(gpu_type, rank, len(load))
            ]
        )
    estimates = iter(evaluator.estimate([c for group in groups for c in group]))
    return [
        any(evaluator.admissible(estimate) for estimate in list(islice(estimates, len(group))))
        for group in groups
    ]
