"""Names of the floors below that whoever uses `placer` needs."""

from estimators import (
    Candidate,
    CascadeEstimator,
    Estimate,
    Estimator,
    MLEstimator,
    StarvationRule,
    TwinEstimator,
    Window,
)
from twin import Adapter, InputError, Workload, read_adapters, read_profile

__all__ = [
    "Adapter",
    "Candidate",
    "CascadeEstimator",
    "Estimate",
    "Estimator",
    "InputError",
    "MLEstimator",
    "StarvationRule",
    "TwinEstimator",
    "Window",
    "Workload",
    "read_adapters",
    "read_profile",
]
