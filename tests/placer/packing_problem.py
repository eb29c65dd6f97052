"""Bin packing as a problem: adapters that take given shares of a GPU."""

from __future__ import annotations

from collections.abc import Sequence

from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.testing import example_profile
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

__all__ = ["PURE", "packing_problem"]

PURE = ClosedFormEstimator(capacity=9_000.0, adapter_cost=0.0, slot_cost=0.0)  # up to 10,000


def packing_problem(sizes: Sequence[float], max_gpus: int | None = None) -> Problem:
    """Adapters that take these shares of a GPU of the closed form without adapter costs."""
    lengths = CopulaLengths(FixedLength(500), FixedLength(500))
    adapters = tuple(Adapter(f"a{i}", 8, 10 * size, lengths) for i, size in enumerate(sizes))
    fleet, rule = (GpuType(example_profile()),), StarvationRule(sustained=False)
    return Problem(Workload(adapters), fleet, max_gpus, rule)
