"""Fewest GPUs on which requests do not wait too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from placer.objectives.gpu_count import GpuCount

__all__ = ["FewestGpus"]


@dataclass(frozen=True, slots=True)
class FewestGpus(GpuCount):
    """Number of GPUs in use, of those that keep the latency limits of the problem."""

    keeps_limits: ClassVar[bool] = True
