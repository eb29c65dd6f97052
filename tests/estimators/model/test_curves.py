"""Curves and quantiles."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.model.curves import interpolated, share_below

XS = np.array([0.0, 1.0, 4.0])
YS = np.array([0.1, 0.5, 0.9])


def test_between_its_knots_a_curve_is_straight_and_beyond_them_constant() -> None:
    for x in (-1.0, 0.0, 0.25, 1.0, 2.0, 4.0, 9.0):
        assert interpolated(x, XS, YS) == pytest.approx(np.interp(x, XS, YS))


def test_quantiles_are_at_even_probabilities() -> None:
    quantiles = np.array([-2.0, 0.0, 1.0, 5.0])
    for x, share in (
        (-3.0, 0.0),
        (-2.0, 0.0),
        (-1.0, 1 / 6),
        (1.0, 2 / 3),
        (3.0, 5 / 6),
        (9.0, 1),
    ):
        assert share_below(x, quantiles) == pytest.approx(share)
