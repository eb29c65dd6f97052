from .churn import Churn
from .combined import Lexicographic, Weighted
from .cost import Cost
from .energy import Energy
from .gpu_count import GpuCount
from .latency import Latency
from .slo import Slo

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
