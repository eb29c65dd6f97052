"""How many requests at a time engines run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import USUAL_RULE, StarvationRule
from placer import (
    GpuCount,
    Portfolio,
    Problem,
    TwinEstimator,
    choose_batch_limits,
    read_profile,
    solve,
)
from placer.gpu.batch_limits import requests_in_memory
from placer.problem.fleet import GpuType
from placer.problem.placement import Placement
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, LogNormalLength
from twin.workload.workload import Workload

PROFILE = read_profile("h100_64gb_llama31_8b")


def documents(number: int = 32, rate: float = 0.02) -> Problem:
    """Long prompts, of which an engine with its usual limit preempts most."""
    lengths = CopulaLengths(LogNormalLength(12_000, 6_000), LogNormalLength(800, 400))
    adapters = tuple(Adapter(f"{i:02d}", 16, rate, lengths) for i in range(number))
    return Problem(Workload(adapters), (GpuType(PROFILE),))


def chat(number: int = 32) -> Problem:
    lengths = CopulaLengths(LogNormalLength(200, 200), LogNormalLength(200, 200))
    adapters = tuple(Adapter(f"{i:02d}", 16, 1.0, lengths) for i in range(number))
    return Problem(Workload(adapters), (GpuType(PROFILE),))


def limits(problem: Problem) -> list[int | None]:
    return [gpu_type.max_num_seqs for gpu_type in problem.fleet]


def test_engines_of_long_prompts_run_as_many_as_stay_in_memory(
    caplog: pytest.LogCaptureFixture,
) -> None:
    problem = documents()
    with caplog.at_level(logging.INFO, "placer.tuning"):
        chosen = choose_batch_limits(problem, TwinEstimator())
    (limit,) = limits(chosen)
    assert limit is not None
    assert 15 <= limit <= 25
    (told,) = caplog.messages
    assert f"{PROFILE.name} run {limit} requests at a time at most, and not 2048" in told
    assert replace(chosen, fleet=problem.fleet) == problem


def test_prompts_that_scatter_widely_leave_room_for_the_longest() -> None:
    lengths = CopulaLengths(LogNormalLength(30_000, 20_000), LogNormalLength(400, 100))
    adapters = tuple(Adapter(f"{i:02d}", 16, 0.1, lengths) for i in range(24))
    problem = Problem(Workload(adapters), (GpuType(PROFILE),))
    held = requests_in_memory(PROFILE, PROFILE.engine_config(1, 16), adapters)
    (limit,) = limits(choose_batch_limits(problem, TwinEstimator()))
    assert limit is not None
    assert 0.45 * held < limit < 0.75 * held


def test_fewer_gpus_serve_them() -> None:
    problem = documents(48)
    chosen = choose_batch_limits(problem, TwinEstimator())
    usual, better = (solve(p, Portfolio(), TwinEstimator(), GpuCount()) for p in (problem, chosen))
    assert usual.verified
    assert better.verified
    assert len(better.placement.gpus) < len(usual.placement.gpus)
    assert {g.config.max_num_seqs for g in better.placement.gpus} == set(limits(chosen))
    assert {g.config.max_num_seqs for g in usual.placement.gpus} == {2048}
    assert usual.lower_bound <= better.value, "a bound of engines with any limit"


@pytest.mark.parametrize(
    "problem", [chat(), documents(2, 0.01)], ids=["short prompts", "little traffic"]
)
def test_others_are_started_as_they_were_measured(
    problem: Problem, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "placer.tuning"):
        assert choose_batch_limits(problem, TwinEstimator()) is problem
    assert not caplog.messages


def test_an_estimator_that_knows_nothing_of_it_changes_nothing() -> None:
    problem = documents()
    formula = ClosedFormEstimator(capacity=problem.workload.token_rate / 4)
    assert choose_batch_limits(problem, formula) is problem


class Hopeless:
    """Every engine starves for certain; counts those that it is asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def estimate(
        self, candidates: Sequence[Candidate], rule: StarvationRule = USUAL_RULE
    ) -> Estimates:
        self.asked += len(candidates)
        rows = ClosedFormEstimator().estimate(candidates, rule)
        return Estimates.from_rows([row._replace(starvation_probability=1.0) for row in rows])


def test_nor_does_one_by_which_no_engine_serves_anything() -> None:
    problem, estimator = documents(), Hopeless()
    assert choose_batch_limits(problem, estimator) is problem
    assert 1 < estimator.asked < 30


def test_what_is_given_stays() -> None:
    problem = replace(documents(), fleet=(GpuType(PROFILE, max_num_seqs=100),))
    assert choose_batch_limits(problem, TwinEstimator()) is problem


@pytest.mark.parametrize(
    ("running", "expected"), [([7, 7], 7), ([7, 9], 9), ([2048], None), ([4096], None)], ids=str
)
def test_engines_that_run_keep_theirs(running: Sequence[int], expected: int | None) -> None:
    problem = documents()
    result = solve(problem, Portfolio(), TwinEstimator(), GpuCount(), verify=False)
    (plan, *_), adapters = result.placement.gpus, iter(problem.workload.adapters)
    gpus = tuple(
        replace(
            plan,
            config=replace(
                plan.config,
                max_num_seqs=number,
                max_num_batched_tokens=max(number, plan.config.max_num_batched_tokens),
                max_loras=1,
            ),
            shares=((next(adapters).name, 1.0),),
            name=f"gpu-{k:02d}",
        )
        for k, number in enumerate(running)
    )
    before = replace(problem, previous=Placement(gpus))
    assert limits(choose_batch_limits(before, TwinEstimator())) == [expected]
