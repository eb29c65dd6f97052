"""ControllerContract: the rules of controllers as tests of pytest."""

from __future__ import annotations

from placer.controllers.controller import Controller
from placer.testing.controller_rules import SIZES, ControllerRules

try:
    import pytest
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "ControllerContract is for pytest, which is not installed; check_controller does without"
    ) from error

__all__ = ["ControllerContract"]


class ControllerContract:
    """What runs of controllers rely on; see `ControllerRules`."""

    @pytest.fixture
    def controller(self) -> Controller:
        """The controller to be tested."""
        raise NotImplementedError

    @pytest.fixture
    def contract(self, controller: Controller) -> ControllerRules:
        """The rules, for the controller."""
        return ControllerRules(controller)

    @pytest.mark.parametrize("interval", [0, 1])
    @pytest.mark.parametrize("size", SIZES)
    def test_all_requests_have_an_engine(
        self, contract: ControllerRules, size: tuple[int, int, int], interval: int
    ) -> None:
        contract.all_requests_have_an_engine(size, interval)

    def test_what_it_sees_is_not_changed(self, contract: ControllerRules) -> None:
        contract.what_it_sees_is_not_changed()

    def test_the_same_random_numbers_give_the_same_decision(
        self, contract: ControllerRules
    ) -> None:
        contract.the_same_random_numbers_give_the_same_decision()

    def test_it_has_no_memory(self, contract: ControllerRules) -> None:
        contract.it_has_no_memory()
