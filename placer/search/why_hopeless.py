"""Why adapters are hopeless: what no GPU serves even a small share of, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress

from estimators.base import scatters
from placer.gpu.budget import BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.gpu.largest_shares import largest_share
from placer.objectives.objective import keeps_limits
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["first_names", "why_hopeless"]

_SHOWN = 3  # names
_TOKENS = {"ttft": "to first token", "tpot": "per output token"}


def why_hopeless(evaluator: Evaluator, names: Sequence[str]) -> str:
    """What stands in the way of the hottest of some adapters, whatever else is to be served.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator was asked for the hottest already, so that no budget is needed.
    names : sequence of str
        At least one.
    """
    adapters = evaluator.adapters
    ordered = sorted(names, key=lambda n: (-adapters[n].rate, -adapters[n].rank, n))
    shown = first_names(ordered)
    bundle = evaluator.problem.rules.bundle(ordered[0])
    refused = None
    with suppress(BudgetExhausted):
        refused = largest_share(evaluator, [adapters[name] for name in bundle]).refused
    if refused is None or evaluator.starves(refused.estimate):
        words = f"no GPU serves even a small share of {shown} without starving"
        return words if scatters(evaluator.estimator) else f"{words}, {_asked(evaluator)}"
    share = min(share for _, share in refused.plan.shares)
    part = "its requests" if share == 1 else f"one of {1 / share:.0f} of its requests"
    alone = f"alone on a GPU, with {part}, {ordered[0]}"
    late = _too_late(evaluator, refused)
    if late:
        return f"no GPU answers {shown} within latency_limits: {alone} has {late}"
    return f"the objective accepts no GPU with {shown}, not even {alone}"


def _asked(evaluator: Evaluator) -> str:
    """Who says so, where that is no simulation of the engine."""
    return f"as {type(evaluator.estimator).__name__} expects; estimator=twin simulates it"


def first_names(names: Sequence[str]) -> str:
    """A few of some names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _too_late(evaluator: Evaluator, gpu: EvaluatedGpu) -> str:
    """Latencies of a GPU that the objective does not accept, with their limits."""
    if not keeps_limits(evaluator.objective):
        return ""
    limits = evaluator.problem.latency_limits
    parts = []
    for name in limits.broken(gpu.estimate):
        value, limit = getattr(gpu.estimate, f"{name}_p99"), limits.named[name]
        digits = max(3, 1 + math.ceil(-math.log10(max(value / limit - 1, 1e-9))))
        words = f"a p99 of the time {_TOKENS[name]} of {value:.{digits}g} s"
        parts.append(f"{words} (latency_limits.{name}: {limit:g} s)")
    return ", ".join(parts)
