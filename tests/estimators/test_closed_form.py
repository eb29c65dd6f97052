"""ClosedFormEstimator keeps the contract."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import EstimatorContract


class TestClosedForm(EstimatorContract):
    @pytest.fixture
    def estimator(self) -> ClosedFormEstimator:
        return ClosedFormEstimator()
