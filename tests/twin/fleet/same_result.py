"""Results of simulations that must be the same."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from twin.engine.simulation_result import SimulationResult

__all__ = ["assert_same"]


def assert_same(one: SimulationResult, other: SimulationResult, rel: float = 0.0) -> None:
    """All figures and records are the same, integrals over time up to rounding if ``rel``."""
    integrals = ("_mean", "_fraction", "energy_joules")
    for field in fields(SimulationResult):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name in ("records", "series"):
            assert (mine is None) == (theirs is None)
            for part in fields(mine) if mine is not None else ():
                np.testing.assert_array_equal(getattr(mine, part.name), getattr(theirs, part.name))
        elif rel and field.name.endswith(integrals):
            assert mine == pytest.approx(theirs, rel=rel, nan_ok=True), field.name
        else:
            assert repr(mine) == repr(theirs), field.name
