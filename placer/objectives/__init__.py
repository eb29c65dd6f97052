"""Objectives: what a good placement is."""

from placer.objectives.churn import Churn
from placer.objectives.combined import Lexicographic, Weighted
from placer.objectives.cost import Cost
from placer.objectives.energy import Energy
from placer.objectives.gpu_count import GpuCount
from placer.objectives.latency import Latency
from placer.objectives.slo import Slo

__all__ = [
    "Churn",
    "Cost",
    "Energy",
    "GpuCount",
    "Latency",
    "Lexicographic",
    "Slo",
    "Weighted",
]
