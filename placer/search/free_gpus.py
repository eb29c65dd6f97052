"""Whether an objective gains from every further GPU."""

from __future__ import annotations

from estimators.base import Estimate
from placer.bounds import IdleEngines
from placer.gpu.evaluator import Evaluator

__all__ = ["gpus_are_free"]

_SHARE = 1e-6  # of an adapter's requests, on a GPU that does next to nothing
_NOTHING = 1e-3  # cost of such a GPU relative to one with the whole adapter
_LATENCIES = ("ttft", "tpot", "itl")
_SLOW = 1e6  # factor on latencies that no target allows


def gpus_are_free(evaluator: Evaluator, idle: IdleEngines) -> bool:
    """Whether a GPU costs only as much as it has traffic, in the first component of the objective.

    Then every further GPU makes a placement better, as with latency.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked also when the budget is spent, for one adapter.
    idle : IdleEngines
    """
    estimate = idle.estimates(evaluator.problem.workload.adapters[0])[0]
    small, whole = (_cost(evaluator, share, estimate) for share in (_SHARE, 1.0))
    if small == whole == 0:  # nothing is wrong with an idle GPU; is there with a slow one?
        small, whole = (_cost(evaluator, share, _slowed(estimate)) for share in (_SHARE, 1.0))
    return abs(small) <= _NOTHING * abs(whole) and whole != 0


def _cost(evaluator: Evaluator, share: float, estimate: Estimate) -> float:
    """First component of the cost of a GPU with a share of the first adapter."""
    problem = evaluator.problem
    adapter = problem.workload.adapters[0]
    gpu_type = next(t for t in problem.fleet if problem.refusal(t, adapter) is None)
    gpu = evaluator.planned(evaluator.plan(gpu_type, 1, {adapter.name: share}))
    return evaluator.objective.gpu_cost(gpu, estimate)[0]


def _slowed(estimate: Estimate) -> Estimate:
    latencies = (name for name in Estimate._fields if name.partition("_")[0] in _LATENCIES)
    return estimate._replace(**{name: getattr(estimate, name) * _SLOW for name in latencies})
