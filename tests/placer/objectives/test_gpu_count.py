"""GpuCount."""

from __future__ import annotations

import pytest

from placer.objectives import GpuCount
from placer.testing import ObjectiveContract


class TestGpuCount(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> GpuCount:
        return GpuCount()
