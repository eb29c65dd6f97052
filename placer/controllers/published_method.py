"""PublishedMethod: a method that places on a given number of GPUs, again for every interval."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator
from estimators.equilibrium_backed import EquilibriumEstimator
from placer.controllers.fixed_slots import FixedSlots
from placer.controllers.observation import Observation
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.search.search import Search
from placer.strategies.baselines.fleet_method import FleetMethod

__all__ = ["PublishedMethod"]


@dataclass(frozen=True, slots=True)
class PublishedMethod:
    """Places anew in every interval, on all engines, by a method that is told how many there are.

    Where the method has no placement, what there is goes on.

    Parameters
    ----------
    method : FleetMethod
        One of `placer.strategies.baselines`.
    estimator : Estimator
        Asked by methods that measure what a GPU serves.
    renumber : bool
        Whether engines are renumbered so that most traffic stays where it is, as LoRAServe does.
    """

    method: FleetMethod
    estimator: Estimator = field(default_factory=EquilibriumEstimator)
    renumber: bool = False

    def decide(self, seen: Observation, rng: np.random.Generator) -> NDArray[np.float64]:
        problem = Problem(seen.workload, (seen.gpu_type,))
        estimator = FixedSlots(self.estimator, seen.config.max_loras)
        evaluator = Evaluator(estimator, GpuCount(), problem)
        search = Search(problem, evaluator, Budget(), rng)
        items = [
            Item((adapter,), 1.0, (evaluator.classes.adapter_class(adapter.name), 1.0))
            for adapter in seen.workload.adapters
        ]
        contents = self.method.assigner(search, items)([seen.gpu_type] * seen.num_engines)
        if contents is None:
            return seen.shares
        index = {adapter.name: a for a, adapter in enumerate(seen.workload.adapters)}
        shares = np.zeros_like(seen.shares)
        for engine, content in enumerate(contents):
            for item in content:
                shares[index[item.name], engine] += item.share
        return _renumbered(shares, seen) if self.renumber else shares


def _renumbered(shares: NDArray[np.float64], seen: Observation) -> NDArray[np.float64]:
    """The same engines in the order in which most requests stay where they are."""
    from scipy.optimize import linear_sum_assignment  # here: slow to import

    stays = np.minimum(shares[:, :, None], seen.shares[:, None, :])
    kept = np.tensordot(seen.rates, stays, axes=1)
    new, old = linear_sum_assignment(kept, maximize=True)
    result = np.zeros_like(shares)
    result[:, old] = shares[:, new]
    return result
