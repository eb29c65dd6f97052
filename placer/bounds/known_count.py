"""A number of GPUs that is known to be needed, as a relaxation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from estimators.base import Estimate
from placer.bounds.idle import IdealEngines, IdleEngines
from placer.bounds.traffic_levels import Figure
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import keeps_limits
from placer.problem.planned_gpu import PlannedGpu
from twin.workload.adapter import Adapter

__all__ = [
    "RULES",
    "KnownCount",
    "engines_for_everything",
    "gpus_for_everything",
    "gpus_for_rules",
]

_FAR = 2.0  # times a latency limit: near saturation waiting scatters

RULES = "rules"
"""Name of the bound that rests on rules alone, and no estimator."""


class KnownCount:
    """A number of GPUs that is known to be needed.

    Parameters
    ----------
    name : str
        What it follows from.
    min_gpus : int
    idle : IdleEngines or IdealEngines
    """

    def __init__(self, name: str, min_gpus: int, idle: IdleEngines | IdealEngines) -> None:
        self.name = name
        self.min_gpus = max(1, min_gpus)
        self._idle = idle

    def least(self, weights: Mapping[str, float]) -> float:
        return self.min_gpus * min(weights.values())

    def idle(self, adapter: Adapter) -> list[Estimate]:
        return self._idle.estimates(adapter)

    def shared(self, figure: Figure, *, per_request: bool, fewest: int = 1) -> float:
        fewest = max(fewest, self.min_gpus)
        return self._idle.shared(figure, fewest, per_request=per_request)


def gpus_for_rules(evaluator: Evaluator) -> int:
    """GPUs that rules take, whatever the traffic."""
    return evaluator.problem.rules.min_gpus(evaluator.adapters)


def gpus_for_everything(evaluator: Evaluator) -> int:
    """1 where a single GPU may serve all adapters, else 2.

    Every number of slots worth trying is tried on each GPU type, also when the budget is spent.
    Under other arrivals a GPU that is rejected may be admissible: too few is one that starves
    likelier than not, or is far beyond a latency limit that the objective keeps.
    """
    for gpu in engines_for_everything(evaluator):
        (estimate,) = evaluator.estimate([gpu.candidate])
        if evaluator.may_pass(estimate) and not _far_too_late(evaluator, estimate):
            return 1
    return 2


def engines_for_everything(evaluator: Evaluator) -> Iterator[PlannedGpu]:
    """All adapters on one GPU, of each type that may serve them, with each number of slots.

    The numbers are those worth trying, the largest first.
    """
    problem = evaluator.problem
    adapters = problem.workload.adapters
    shares = {adapter.name: 1.0 for adapter in adapters}
    for gpu_type in problem.fleet:
        if not problem.refusals(gpu_type, adapters):
            for option in reversed(evaluator.max_loras_options(gpu_type, list(shares))):
                yield evaluator.planned(evaluator.plan(gpu_type, option, shares))


def _far_too_late(evaluator: Evaluator, estimate: Estimate) -> bool:
    """Whether latencies are so far beyond the limits that other arrivals make no difference."""
    if not keeps_limits(evaluator.objective):
        return False
    named = evaluator.problem.latency_limits.named
    return any(getattr(estimate, f"{name}_p99") > _FAR * limit for name, limit in named.items())
