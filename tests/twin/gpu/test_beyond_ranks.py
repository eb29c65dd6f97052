"""Engines of larger ranks than were measured."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from estimators.testing import example_profile
from twin.gpu.beyond_ranks import BY_DOUBLING, profile_for

PROFILE = replace(example_profile(), uncertainty=0.02)
LARGEST = PROFILE.largest_rank


@pytest.mark.parametrize("rank", [0, 8, LARGEST])
def test_what_was_measured_is_the_profile_itself(rank: int) -> None:
    assert profile_for(PROFILE, PROFILE.engine_config(int(rank > 0), rank)) is PROFILE


@pytest.mark.parametrize(("rank", "doublings"), [(64, 1), (128, 2), (320, math.log2(10))])
def test_beyond_it_is_an_estimate_with_more_doubt(rank: int, doublings: float) -> None:
    config = PROFILE.engine_config(4, rank)
    beyond = profile_for(PROFILE, config)
    assert beyond.uncertainty == pytest.approx(math.hypot(0.02, BY_DOUBLING * doublings))
    assert beyond.estimated_from == PROFILE.name
    assert profile_for(PROFILE, config) is beyond
    assert beyond.step_time.costs(config) == PROFILE.step_time.costs(config)
    assert beyond.kv_tokens(config) == PROFILE.kv_tokens(config), "memory is exact"
    scaled = replace(PROFILE, estimated_from="another")
    assert profile_for(scaled, config).estimated_from == "another"


def test_slots_that_serve_nobody_are_no_rank() -> None:
    without = replace(PROFILE.engine_config(1, 64), max_loras=0)
    assert profile_for(PROFILE, without) is PROFILE
