"""Random changes that make the objective better."""

from __future__ import annotations

from dataclasses import replace

from estimators.testing import example_profile
from placer.objectives import Cost, GpuCount, Latency
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.search.improvement import Improvement
from placer.testing import example_problem
from tests.placer.search.one_adapter_each import one_adapter_each


def test_the_value_falls_and_everything_stays_placed() -> None:
    problem = example_problem(8, rates=(4.0, 0.5), max_gpus=8)
    search = one_adapter_each(8, Latency(), problem)
    before = search.value()
    Improvement(search, patience=4, batch=16).run()
    assert search.value() <= before
    assert search.unplaced == ()
    assert all(gpu.admissible for gpu in search.gpus)


def test_a_cheaper_type_is_taken() -> None:
    dear = GpuType(replace(example_profile("dear"), price_per_hour=4.0))
    cheap = GpuType(replace(example_profile("cheap"), price_per_hour=1.0))
    problem = Problem(example_problem(4, rates=(1.0,)).workload, (dear, cheap))
    search = one_adapter_each(4, Cost(), problem)
    Improvement(search, patience=8, batch=16).run()
    assert {gpu.plan.profile_name for gpu in search.gpus} == {"cheap"}


def test_nothing_is_asked_where_traffic_does_not_change_what_a_gpu_costs() -> None:
    search = one_adapter_each(6, GpuCount())
    asked = search.evaluator.num_estimates
    Improvement(search, patience=4, batch=16).run()
    assert search.evaluator.num_estimates <= asked + 6  # refined at most
    assert len(search.gpus) == 6
