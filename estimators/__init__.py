"""Predicts how one GPU serves a load."""

from estimators.base import Candidate, Estimate, Estimates, Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.twin_backed import TwinEstimator

__all__ = [
    "Candidate",
    "ClosedFormEstimator",
    "Estimate",
    "Estimates",
    "Estimator",
    "TwinEstimator",
]
