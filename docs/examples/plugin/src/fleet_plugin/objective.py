"""Tenants: keeps tenants on GPUs of their own where that is cheap."""

from __future__ import annotations

from dataclasses import dataclass

from estimators import Estimate
from placer import Adapter, PlannedGpu, Problem, Relaxation


@dataclass(frozen=True)
class Tenants:
    """GPUs, and a part of one for each tenant that joins another; ``legal-3`` is one of ``legal``.

    Parameters
    ----------
    weight : float
        What a tenant that joins another costs, in GPUs.
    """

    weight: float = 0.5

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        tenants = {_tenant(name) for name, _ in gpu.plan.shares}
        return (1.0 + self.weight * (len(tenants) - 1),)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return (float(relaxation.min_gpus),)

    def distinguish(self, problem: Problem, adapter: Adapter) -> str:
        """Adapters of different tenants are not interchangeable."""
        return _tenant(adapter.name)


def _tenant(name: str) -> str:
    return name.partition("-")[0]
