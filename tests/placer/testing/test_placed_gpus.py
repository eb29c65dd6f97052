"""What the GPUs of a result have to keep."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.objectives import GpuCount, Slo
from placer.problem.placement import Placement
from placer.problem.result import Result
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem
from placer.testing.placed_gpus import require_gpus

PROBLEM = example_problem(12)
ESTIMATOR = ClosedFormEstimator()


def good() -> Result:
    return solve(PROBLEM, FirstFit(), ESTIMATOR, GpuCount(), verify=False)


def with_config(result: Result, **changes: int) -> Result:
    """With another engine on the first GPU."""
    first, *others = result.placement.gpus
    changed = replace(first, config=replace(first.config, **changes))
    return replace(result, placement=Placement((changed, *others)))


def with_figures(result: Result) -> Result:
    first, *others = result.gpus
    return replace(result, gpus=(replace(first, cost=(7.0,)), *others))


def with_another_estimate(result: Result) -> Result:
    first, *others = result.gpus
    estimate = first.estimate._replace(ttft_mean=9.0)
    return replace(result, gpus=(replace(first, estimate=estimate), *others))


def test_a_good_result_keeps_all() -> None:
    require_gpus(PROBLEM, ESTIMATOR, GpuCount(), good())


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (with_config(good(), max_loras=300), "GPU gpu-00 of the placement does not start: "),
        (with_config(good(), max_lora_rank=8), "slots of rank 8, its adapters need 32"),
        (with_config(good(), max_loras=20), r"has 20 slots for \d+ adapters"),
        (with_figures(good()), r"GPU gpu-00 of the placement: the result says that it costs \(7"),
        (with_another_estimate(good()), "GPU gpu-00 of the placement: the result says Estimate"),
        (replace(good(), value=(9.0,)), r"the result's value is \(9.0,\), its GPUs cost"),
        (replace(good(), gpus=()), "the result figures of 0"),
    ],
)
def test_what_is_broken_is_told_in_words(broken: Result, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        require_gpus(PROBLEM, ESTIMATOR, GpuCount(), broken)


def test_gpus_that_may_not_be_used_say_why() -> None:
    weak = ClosedFormEstimator(capacity=1000.0)
    with pytest.raises(
        AssertionError,
        match=r"GPU gpu-00 .* is not admissible: it starves with probability 1, at most 0\.05 is",
    ):
        require_gpus(PROBLEM, weak, GpuCount(), good())
    strict = Slo(ttft=1e-6, min_share=0.99)
    with pytest.raises(AssertionError, match=r"is not admissible: Slo\(.*\) rejects it"):
        require_gpus(PROBLEM, ESTIMATOR, strict, good())


def test_adapters_are_placed_in_full_or_listed() -> None:
    lost = example_problem(13)
    with pytest.raises(AssertionError, match="the shares of adapter-012 add up to 0, not 1"):
        require_gpus(lost, ESTIMATOR, GpuCount(), good())
    gpus = good().placement.gpus
    listed = replace(good(), placement=Placement(gpus, ("adapter-000",)))
    with pytest.raises(AssertionError, match="adapter-000 counts as not placed, and all of it"):
        require_gpus(PROBLEM, ESTIMATOR, GpuCount(), listed)
