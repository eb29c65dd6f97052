"""Fewest adapters that have to be loaded on another GPU."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from estimators.base import Estimate
from placer.objectives.objective import Relaxation
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from placer.problem.running_engines import RunningEngines
from twin.files.errors import InputError
from twin.workload.adapter import Adapter

__all__ = ["Churn"]


@dataclass(frozen=True, slots=True)
class Churn:
    """Adapters that have to be loaded on a GPU on which they are not now.

    A GPU goes on with an engine of the previous placement if it has the same profile and engine
    configuration, and its name; one without a name, if it has more than half of the adapters of
    that engine. All its other adapters have to be loaded. Adapters that the previous placement
    does not serve do not count: they have to be loaded in any case. So the sum over the GPUs is
    never less than the number of loads; it is equal to it where they have names, and else unless
    an engine could go on with half of its adapters or less.

    Only of use as a part of `Weighted` or `Lexicographic`, for problems with a ``previous``
    placement.

    Raises
    ------
    InputError
        When the problem has no previous placement.
    """

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (float(_running(gpu.problem).moves(gpu.plan)),)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return (0.0,)

    def distinguish(self, problem: Problem, adapter: Adapter) -> Hashable:
        return _running(problem).homes.get(adapter.name, ())


def _running(problem: Problem) -> RunningEngines:
    if problem.running is None:
        raise InputError("objective churn", "there is no previous placement", "give previous=FILE")
    return problem.running
