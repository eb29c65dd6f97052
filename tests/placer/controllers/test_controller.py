"""What a controller decides is checked, and those of the product keep the contract."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placer.controllers.controller import Controller, check_shares
from placer.testing import ControllerContract, example_observation
from tests.placer.controllers.controllers import CONTROLLERS
from twin.files.errors import InputError


class TestControllers(ControllerContract):
    @pytest.fixture(params=CONTROLLERS, ids=repr)
    def controller(self, request: pytest.FixtureRequest) -> Controller:
        controller: Controller = request.param
        return controller


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (np.ones((2, 3)), r"its shares have the shape \(2, 3\); \(3, 2\)"),
        (np.array([[1.0, 0], [0.5, 0.4], [0, 1]]), "the shares of .* sum to 0.9; 1"),
        (np.array([[1.0, 0], [1.5, -0.5], [0, 1]]), "the share of .* is 1.5; from 0 to 1"),
        (np.array([[1.0, 0], [np.nan, 1], [0, 1]]), "the share of .* is nan"),
    ],
)
def test_what_cannot_be_is_refused(shares: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=f"controller MinCostFlow: {message}"):
        check_shares(shares, example_observation(3, 2), CONTROLLERS[4])


def test_rounding_is_taken_back() -> None:
    shares = np.full((3, 2), 0.5 + 1e-8)
    checked = check_shares(shares, example_observation(3, 2), CONTROLLERS[4])
    np.testing.assert_array_equal(checked.sum(axis=1), 1.0)


@settings(max_examples=20, deadline=None)
@given(
    adapters=st.integers(1, 12),
    engines=st.integers(1, 4),
    slots=st.integers(1, 3),
    interval=st.integers(0, 3),
    index=st.sampled_from([0, 1, 2, 3, 4]),  # replanning takes longer
    seed=st.integers(0, 2**32 - 1),
)
def test_every_request_has_an_engine_whatever_is_seen(
    adapters: int, engines: int, slots: int, interval: int, index: int, seed: int
) -> None:
    seen = example_observation(adapters, engines, slots, interval)
    controller = CONTROLLERS[index]
    check_shares(controller.decide(seen, np.random.default_rng(seed)), seen, controller)
