"""Scenarios of the example profile."""

from __future__ import annotations

import numpy as np

from estimators.dataset.domain import NUM_DIMENSIONS, Scenario, draw_scenario
from estimators.testing import example_profile

__all__ = ["scenarios"]


PROFILE = example_profile()


def scenarios(number: int = 300) -> list[Scenario]:
    points = np.random.default_rng(0).random((number, NUM_DIMENSIONS))
    drawn = [
        draw_scenario(p, PROFILE, np.random.default_rng(k), 1000) for k, p in enumerate(points)
    ]
    return [scenario for scenario in drawn if scenario is not None]
