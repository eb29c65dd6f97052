from .churn import Churn
from .combined import Lexicographic, Weighted
from .cost import Cost
from .energy import Energy
from .fewest_gpus import FewestGpus
from .gpu_count import GpuCount
from .latency import Latency
from .slo import Slo

__all__ = [
    "Churn",
    "Cost",
    "Energy",
    "FewestGpus",
    "GpuCount",
    "Latency",
    "Lexicographic",
    "Slo",
    "Weighted",
]
