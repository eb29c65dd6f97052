"""The rules of deployment targets as tests of pytest."""

from __future__ import annotations

import pytest

from placer.deploy import Nothing
from placer.testing import DeploymentContract, DeploymentRules


class TestSubclass(DeploymentContract):
    """What a subclass says goes into the rules."""

    @pytest.fixture
    def target(self) -> Nothing:
        return Nothing()

    def test_scripts_are_scripts(self, contract: DeploymentRules) -> None:
        assert contract == DeploymentRules(Nothing())
