"""Capacity: what engines can serve at most, measured from the estimator in use."""

from placer.capacity.curve import CapacityCurve
from placer.capacity.envelope import Envelope

__all__ = ["CapacityCurve", "Envelope"]
