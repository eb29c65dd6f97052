from .base import Candidate, Estimate, Estimates, Estimator
from .cascade import CascadeEstimator
from .closed_form import ClosedFormEstimator
from .ml_backed import MLEstimator
from .starvation import StarvationRule
from .twin_backed import TwinEstimator
from .window import Window

__all__ = [
    "Candidate",
    "CascadeEstimator",
    "ClosedFormEstimator",
    "Estimate",
    "Estimates",
    "Estimator",
    "MLEstimator",
    "StarvationRule",
    "TwinEstimator",
    "Window",
]
