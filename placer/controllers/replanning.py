"""Replanning: the placement that runs, changed where that pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator
from placer.controllers.fixed_slots import FixedSlots
from placer.controllers.observation import Observation
from placer.gpu.budget import Budget
from placer.objectives.objective import Objective
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.solve import solve
from placer.strategies.base import Strategy
from twin.files.errors import InputError

__all__ = ["Replanning"]

_SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Replanning:
    """What `placer previous=...` does, every so many intervals: see `placer.replanning.Replan`.

    The first decision is a placement by the strategy. Where no admissible placement is found, what
    there is goes on.

    Parameters
    ----------
    strategy : Strategy
        Places anew.
    objective : Objective
        What a good placement is.
    estimator : Estimator
        Predicts engines.
    every : int
        Intervals from one decision to the next.
    max_estimates : int or None
        Candidates that each may ask for.
    move_cost : float or None
        Price of a moved adapter, as for `Problem`.

    Raises
    ------
    InputError
        If a number is below 1.
    """

    strategy: Strategy
    objective: Objective
    estimator: Estimator
    every: int = 10
    max_estimates: int | None = 300
    move_cost: float | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InputError("controller.every", f"{self.every} is below 1", "1 or more")
        Budget(max_estimates=self.max_estimates)  # checks it

    def decide(self, seen: Observation, rng: np.random.Generator) -> NDArray[np.float64]:
        if seen.interval % self.every:
            return seen.shares
        problem = Problem(
            seen.workload,
            (seen.gpu_type,),
            previous=_placement(seen) if seen.interval else None,
            move_cost=self.move_cost if seen.interval else None,
        )
        result = solve(
            problem,
            self.strategy,
            FixedSlots(self.estimator, seen.config.max_loras),
            self.objective,
            Budget(max_estimates=self.max_estimates),
            seed=int(rng.integers(_SEEDS)),
            verify=False,
        )
        return _shares(result.placement, seen)


def _placement(seen: Observation) -> Placement:
    """What runs, as a placement."""
    names = [adapter.name for adapter in seen.workload.adapters]
    plans = []
    for engine, column in zip(seen.engines, seen.shares.T, strict=True):
        held = sorted((names[a], float(column[a])) for a in np.flatnonzero(column > 0))
        if held:
            plans.append(GpuPlan(seen.profile.name, seen.config, tuple(held), engine))
    return Placement(tuple(plans))


def _shares(placement: Placement, seen: Observation) -> NDArray[np.float64]:
    """A placement as shares; adapters that it does not serve in full stay where they are."""
    index = {adapter.name: a for a, adapter in enumerate(seen.workload.adapters)}
    column = {engine: g for g, engine in enumerate(seen.engines)}
    shares = np.zeros_like(seen.shares)
    for engine, plan in zip(placement.names, placement.gpus, strict=True):
        for name, share in plan.shares:
            shares[index[name], column[engine]] += share
    left_out = np.abs(shares.sum(axis=1) - 1) > 1e-6
    shares[left_out] = seen.shares[left_out]
    return shares
