"""Binding constraint and headroom."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from estimators.base import Candidate
from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_adapters, example_profile
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.planned_gpu import EvaluatedGpu
from placer.testing import example_problem
from placer.verification.binding import binding_constraint, explain, headrooms
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength

PURE = ClosedFormEstimator(capacity=9_000.0, adapter_cost=0.0, slot_cost=0.0)  # up to 10,000


def loads_of(rates: tuple[float, ...]) -> tuple[Evaluator, list[EvaluatedGpu]]:
    """One GPU for each adapter."""
    problem = example_problem(len(rates), rates)
    adapters = tuple(
        replace(a, rate=rate) for a, rate in zip(problem.workload.adapters, rates, strict=True)
    )
    problem = replace(problem, workload=replace(problem.workload, adapters=adapters))
    judge = Evaluator(PURE, GpuCount(), problem)
    plans = [judge.plan(problem.fleet[0], 1, {a.name: 1.0}) for a in adapters]
    return judge, judge.evaluate(plans)


def test_headroom_is_the_load_that_can_be_added() -> None:
    rates = (1.0, 10.0, 20.0, 24.9, 40.0)  # of 400, 400, 150, 150 and 400 tokens
    judge, gpus = loads_of(rates)
    found = headrooms(judge, gpus)
    for gpu, headroom in zip(gpus[:4], found[:4], strict=True):
        exact = 10_000 / gpu.candidate.token_rate - 1
        assert headroom == pytest.approx(exact, rel=0.05, abs=0.05)
        assert headroom <= exact
    assert math.isnan(found[4])


def test_headroom_has_an_end() -> None:
    judge, gpus = loads_of((0.001,))
    assert headrooms(judge, gpus) == [math.inf]


def candidate(
    number: int, rate: float, prompt: int, output: int, *, slots: int, max_num_seqs: int = 256
) -> Candidate:
    profile = example_profile()
    lengths = CopulaLengths(FixedLength(prompt), FixedLength(output))
    adapters = tuple(Adapter(f"a{i}", 8, rate, lengths) for i in range(number))
    config = replace(profile.engine_config(slots, 8), max_num_seqs=max_num_seqs)
    return Candidate(profile, config, adapters)


@pytest.mark.parametrize(
    ("expected", "gpu"),
    [
        ("slots", candidate(8, 1.0, 50, 50, slots=1)),
        ("batch size", candidate(2, 2.0, 50, 200, slots=2, max_num_seqs=4)),
        ("compute", candidate(4, 2.0, 2000, 10, slots=4)),
        ("KV memory", candidate(16, 0.5, 4, 3900, slots=120)),
    ],
)
def test_what_is_used_up_is_named(expected: str, gpu: Candidate) -> None:
    assert binding_constraint(gpu, 10.0) == expected


def test_a_memory_error_is_explained_by_memory() -> None:
    profile = example_profile()
    adapters = example_adapters(1)
    problem = replace(example_problem(1), max_gpus=1)
    judge = Evaluator(PURE, GpuCount(), problem)
    plan = judge.plan(problem.fleet[0], 4096, {adapters[0].name: 1.0})
    assert profile.memory_error(plan.config) is not None
    (explained,) = explain(judge, judge.evaluate([plan]))
    assert explained[0] == "KV memory"
    assert math.isnan(explained[1])
