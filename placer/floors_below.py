"""Names of the floors below that whoever uses `placer` needs."""

from estimators import (
    Candidate,
    CascadeEstimator,
    Estimate,
    Estimator,
    MLEstimator,
    TwinEstimator,
)
from twin import Adapter, Workload, read_adapters, read_profile

__all__ = [
    "Adapter",
    "Candidate",
    "CascadeEstimator",
    "Estimate",
    "Estimator",
    "MLEstimator",
    "TwinEstimator",
    "Workload",
    "read_adapters",
    "read_profile",
]
