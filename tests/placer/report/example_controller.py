"""A run of a controller, made up."""

from __future__ import annotations

from placer.controllers import ControllerOutcome, MinCostFlow, Scenario

__all__ = ["CONTROLLER", "OUTCOME", "SCENARIO"]

CONTROLLER = MinCostFlow()
SCENARIO = Scenario(num_adapters=3, num_intervals=4)
OUTCOME = ControllerOutcome(0.625, 17, 4, 1, 1234, 80.5, 950.0, 15.0, float("nan"), 2700.0, 0.01)
