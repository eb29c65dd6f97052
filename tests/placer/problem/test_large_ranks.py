"""Adapters of larger ranks than were measured are told."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest

from estimators.testing import example_adapters, example_profile
from placer.problem.fleet import GpuType
from placer.problem.large_ranks import warn_of_large_ranks
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from twin.files.errors import ExtrapolationWarning
from twin.workload.workload import Workload

SMALL = Workload(example_adapters(3))


def with_rank(rank: int) -> Workload:
    large = replace(SMALL.adapters[0], name="large", rank=rank)
    return Workload((*SMALL.adapters, large))


def test_each_profile_warns_once() -> None:
    fleet = (
        GpuType(example_profile("one")),
        GpuType(replace(example_profile("two"), largest_rank=256)),
    )
    with pytest.warns(ExtrapolationWarning, match=r"1 adapters have ranks above 32.* one") as told:
        warn_of_large_ranks(Problem(with_rank(100), fleet))
    assert len(told) == 1
    assert "at rank 128 uncertain by" in str(told[0].message)


def test_slots_that_rules_make_larger_count() -> None:
    problem = Problem(SMALL, (GpuType(example_profile()),), rules=Rules(max_lora_rank=64))
    with pytest.warns(ExtrapolationWarning, match="3 adapters"):
        warn_of_large_ranks(problem)


def test_nothing_is_told_where_all_was_measured() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_large_ranks(Problem(SMALL, (GpuType(example_profile()),)))
