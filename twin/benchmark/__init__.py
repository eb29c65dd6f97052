"""Speed of the twin; ``python -m twin.benchmark``."""

from __future__ import annotations

from twin.benchmark.scenario import Scenario, builtin_scenarios
from twin.benchmark.speed import Speed, measure_speed

__all__ = ["Scenario", "Speed", "builtin_scenarios", "measure_speed"]
