"""GPUs of a fleet: what is refused."""

from __future__ import annotations

import math

import pytest

from tests.twin.fleet.small_fleet import gpu
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.files.errors import InputError
from twin.fleet import FleetGpu


@pytest.mark.parametrize("share", [0.0, -0.5, 1.5, math.nan])
def test_shares_out_of_range(share: float) -> None:
    with pytest.raises(InputError, match=r"GPU g0, share of adapter a0: .* not inside"):
        gpu("g0", "a0", share=share)


def test_an_engine_that_does_not_start() -> None:
    with pytest.raises(InputError, match=r"GPU g0: its engine does not start: .*max_model"):
        FleetGpu("g0", profile(200), CONFIG, {"a0": 1.0})


def test_shares_may_be_off_for_rounding_and_a_spare_has_none() -> None:
    assert gpu("g0", "a0", share=1 + 1e-9).shares == {"a0": 1 + 1e-9}
    assert gpu("spare").shares == {}
