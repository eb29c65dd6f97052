"""Several objectives as one: by weight, or one after the other."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from estimators.base import Estimate
from placer.objectives.objective import (
    Objective,
    Relaxation,
    gpus_are_free,
    is_continuous,
    keeps_limits,
)
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from twin.files.errors import InputError
from twin.workload.adapter import Adapter

__all__ = ["Lexicographic", "Weighted"]


@dataclass(frozen=True, slots=True)
class Lexicographic:
    """The first objective; among its optima the second, and so on.

    Parameters
    ----------
    objectives : sequence of Objective
        The most important first.

    Raises
    ------
    InputError
        If there is none.
    """

    objectives: Sequence[Objective]

    def __post_init__(self) -> None:
        _settle(self, self.objectives)

    @property
    def gpus_are_free(self) -> bool:
        """Whether they are in the first objective."""
        return gpus_are_free(self.objectives[0])

    @property
    def keeps_limits(self) -> bool:
        """Whether one of them does."""
        return any(map(keeps_limits, self.objectives))

    @property
    def is_continuous(self) -> bool:
        """Whether the first objective is."""
        return is_continuous(self.objectives[0])

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        costs = (objective.gpu_cost(gpu, estimate) for objective in self.objectives)
        return tuple(component for cost in costs for component in cost)

    def admissible(self, estimate: Estimate) -> bool:
        return all(objective.admissible(estimate) for objective in self.objectives)

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        bounds = (objective.lower_bound(problem, relaxation) for objective in self.objectives)
        return tuple(component for bound in bounds for component in bound)

    def distinguish(self, problem: Problem, adapter: Adapter) -> Hashable:
        return _distinguish(self.objectives, problem, adapter)


@dataclass(frozen=True, slots=True)
class Weighted:
    """Sum of objectives, each multiplied by a weight that turns its unit into the common one.

    Parameters
    ----------
    objectives : sequence of Objective
        Each with a cost of one component.
    weights : sequence of float
        One for each objective, 0 or more.

    Raises
    ------
    InputError
        If there is none, their numbers differ or a weight is negative; when a cost has several
        components.
    """

    objectives: Sequence[Objective]
    weights: Sequence[float]

    def __post_init__(self) -> None:
        _settle(self, self.objectives)
        object.__setattr__(self, "weights", tuple(self.weights))
        if len(self.weights) != len(self.objectives):
            raise InputError(
                "objective.weights",
                f"{list(self.weights)} is not one for each of {len(self.objectives)} objectives",
            )
        for weight in self.weights:
            if not (math.isfinite(weight) and weight >= 0):
                raise InputError("objective.weights", f"{weight!r} is not a number >= 0")

    @property
    def gpus_are_free(self) -> bool:
        """Whether they are in all objectives that count."""
        counting = self._counting()
        return bool(counting) and all(map(gpus_are_free, counting))

    @property
    def keeps_limits(self) -> bool:
        """Whether one of them does."""
        return any(map(keeps_limits, self.objectives))

    @property
    def is_continuous(self) -> bool:
        """Whether an objective that counts is."""
        return any(map(is_continuous, self._counting()))

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return self._sum([o.gpu_cost(gpu, estimate) for o in self.objectives])

    def admissible(self, estimate: Estimate) -> bool:
        return all(objective.admissible(estimate) for objective in self.objectives)

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return self._sum([o.lower_bound(problem, relaxation) for o in self.objectives])

    def distinguish(self, problem: Problem, adapter: Adapter) -> Hashable:
        return _distinguish(self.objectives, problem, adapter)

    def _counting(self) -> list[Objective]:
        """Objectives that count."""
        terms = zip(self.weights, self.objectives, strict=True)
        return [objective for weight, objective in terms if weight]

    def _sum(self, values: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
        for objective, value in zip(self.objectives, values, strict=True):
            if len(value) != 1:
                raise InputError(
                    "objective.objectives",
                    f"{objective!r} has {len(value)} components",
                    "weight objectives of one component",
                )
        terms = zip(self.weights, values, strict=True)
        return (math.fsum(weight * value[0] for weight, value in terms if weight),)


def _settle(combined: Lexicographic | Weighted, objectives: Sequence[Objective]) -> None:
    """Make the objectives a tuple, and refuse an empty one."""
    if not objectives:
        raise InputError("objective.objectives", "there is none", "give at least one")
    object.__setattr__(combined, "objectives", tuple(objectives))


def _distinguish(objectives: Sequence[Objective], problem: Problem, adapter: Adapter) -> Hashable:
    """What makes an adapter different for any of some objectives."""
    values = []
    for objective in objectives:
        distinguish = getattr(objective, "distinguish", None)
        values.append(None if distinguish is None else distinguish(problem, adapter))
    return tuple(values)
