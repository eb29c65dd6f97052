"""The running placement, changed where that pays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from placer.testing import example_observation
from tests.placer.controllers.controllers import REPLANNING
from twin.files.errors import InputError

RNG = np.random.default_rng(0)


def test_the_first_decision_uses_all_engines() -> None:
    shares = REPLANNING.decide(example_observation(12, 3, 2), np.random.default_rng(0))
    assert (shares.sum(axis=0) > 0).all()


def test_what_is_good_is_left_alone_and_fewest_adapters_move() -> None:
    first = REPLANNING.decide(example_observation(12, 3, 2, interval=0), RNG)
    seen = replace(example_observation(12, 3, 2, interval=1), shares=first)
    again = REPLANNING.decide(seen, RNG)
    settled = REPLANNING.decide(replace(seen, interval=2, shares=again), RNG)
    moved = np.count_nonzero((settled > 0) & (again == 0))
    assert moved <= 3


def test_between_decisions_nothing_changes() -> None:
    seen = example_observation(12, 3, 2, interval=3)
    shares = replace(REPLANNING, every=2).decide(seen, RNG)
    np.testing.assert_array_equal(shares, seen.shares)


def test_where_no_placement_is_admissible_things_go_on() -> None:
    seen = example_observation(12, 2, 2, interval=1)
    busy = replace(seen, workload=seen.workload.scaled(1e4))
    np.testing.assert_allclose(REPLANNING.decide(busy, RNG).sum(axis=1), 1.0)


def test_wrong_values_are_named() -> None:
    with pytest.raises(InputError, match=r"controller\.every: 0 is below 1"):
        replace(REPLANNING, every=0)
    with pytest.raises(InputError, match="max_estimates"):
        replace(REPLANNING, max_estimates=0)
