"""No deployment at all."""

from __future__ import annotations

import pytest

from placer.deploy import Nothing
from placer.testing import DeploymentContract


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> Nothing:
        return Nothing()
