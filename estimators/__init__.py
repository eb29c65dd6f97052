"""Predicts how one GPU serves its traffic."""

from estimators.base import Candidate, Estimate, Estimates, Estimator
from estimators.cascade import CascadeEstimator
from estimators.closed_form import ClosedFormEstimator
from estimators.ml_backed import MLEstimator
from estimators.starvation import StarvationRule
from estimators.twin_backed import TwinEstimator

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
]
