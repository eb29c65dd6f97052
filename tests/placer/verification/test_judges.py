"""Evaluators that ask the twin, as a verification does and quicker."""

from __future__ import annotations

import pytest

from placer.verification.judges import (
    VERIFICATION_SEEDS,
    probability_of_each,
    verification_seeds,
)

LARGEST = 2**63 - 1


def test_runs_are_verified_under_seeds_of_their_own() -> None:
    assert verification_seeds(0) == VERIFICATION_SEEDS
    seeds = [seed for run in range(1000) for seed in verification_seeds(run)]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("seed", [0, 1, 500, 1001, 1002, 3004, LARGEST])
def test_the_seed_of_the_search_is_none_of_them(seed: int) -> None:
    assert seed not in verification_seeds(seed)
    assert all(0 <= each <= LARGEST for each in verification_seeds(seed))


@pytest.mark.parametrize("number", [1, 2, 10, 300])
def test_any_of_several_gpus_starves_as_often_as_may_be(number: int) -> None:
    each = probability_of_each(0.05, number, spare=0.0)
    assert 1 - (1 - each) ** number == pytest.approx(0.05)
    assert probability_of_each(0.05, number) <= each
