"""The rules of controllers as tests of pytest."""

from __future__ import annotations

import pytest

from placer.controllers import MinCostFlow
from placer.testing import ControllerContract, ControllerRules


class TestSubclass(ControllerContract):
    """What a subclass says goes into the rules."""

    @pytest.fixture
    def controller(self) -> MinCostFlow:
        return MinCostFlow(horizon=3.0)

    def test_it_has_no_memory(self, contract: ControllerRules) -> None:
        assert contract == ControllerRules(MinCostFlow(horizon=3.0))
