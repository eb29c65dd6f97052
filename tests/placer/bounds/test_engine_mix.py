"""Engine-mix relaxation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.bounds import EngineMixRelaxation, IdleEngines
from placer.bounds.envelope import Envelope
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.testing import example_problem
from placer.testing.brute_force import brute_force
from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

TOKENS = 150.0  # of a request of the planted adapters


def relaxation_of(
    problem: Problem, estimator: Estimator | None = None
) -> tuple[EngineMixRelaxation, Evaluator]:
    evaluator = Evaluator(estimator or ClosedFormEstimator(), GpuCount(), problem)
    envelope = Envelope(evaluator)
    return EngineMixRelaxation(evaluator, envelope, IdleEngines(evaluator)), evaluator


@pytest.mark.parametrize("seed", range(6))
def test_it_does_not_exceed_the_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = example_problem(8)
    adapters = tuple(
        replace(a, rate=float(rng.uniform(1.0, 25.0)), rank=int(rng.choice([8, 16, 32])))
        for a in problem.workload.adapters
    )
    relaxation, evaluator = relaxation_of(replace(problem, workload=Workload(adapters)))
    optimum = brute_force(evaluator)
    assert optimum is not None
    assert 1 <= relaxation.min_gpus <= optimum[0]


def test_no_engine_has_more_of_the_requests_than_its_weights_allow() -> None:
    problem = example_problem(24)
    equal = tuple(replace(problem.workload.adapters[0], name=f"{i}") for i in range(24))
    problem = replace(problem, workload=Workload(equal))
    envelope = Envelope(Evaluator(ClosedFormEstimator(), GpuCount(), problem))
    (engine,) = envelope.engines
    weight = float(envelope.weights[engine][0])
    expected = envelope.fullest(engine) / (24 * weight)
    assert envelope.largest_share(engine) == pytest.approx(min(1.0, expected))


@pytest.mark.parametrize("seed", range(3))
def test_nor_by_the_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = example_problem(6)
    adapters = tuple(
        replace(a, rate=float(rng.uniform(1.0, 12.0))) for a in problem.workload.adapters
    )
    problem = replace(problem, workload=Workload(adapters))
    relaxation, evaluator = relaxation_of(problem, TwinEstimator(Window(60.0)))
    optimum = brute_force(evaluator)
    assert optimum is not None
    assert 1 <= relaxation.min_gpus <= optimum[0]


@pytest.mark.parametrize("seed", range(4))
def test_nor_with_requests_for_the_base_model(seed: int) -> None:
    """Of the lengths of all adapters: only then weights prove anything."""
    rng = np.random.default_rng(seed)
    problem = example_problem(6, base_rate=float(rng.uniform(2.0, 25.0)))
    base = problem.workload.adapters[-1]
    adapters = tuple(
        replace(a, rate=float(rng.uniform(1.0, 25.0)), lengths=base.lengths)
        for a in problem.workload.adapters[:-1]
    )
    problem = replace(problem, workload=Workload((*adapters, base)))
    relaxation, evaluator = relaxation_of(problem)
    optimum = brute_force(evaluator)
    assert optimum is not None
    assert 1 <= relaxation.min_gpus <= optimum[0]


@pytest.mark.parametrize(("num_gpus", "seed"), [(1, 4), (2, 0), (3, 1), (5, 2), (9, 3)])
def test_nor_where_every_gpu_is_filled_up_with_requests_for_the_base_model(
    num_gpus: int, seed: int
) -> None:
    """A share of them on each, as much as its adapters leave: no GPU less would do."""
    rng = np.random.default_rng(seed)
    full = planted(num_gpus, rng)
    parts = {f"{gpu}": float(rng.uniform(0.2, 0.9)) for gpu in range(num_gpus)}
    adapters = [replace(a, rate=a.rate * parts[a.name.split("-")[0]]) for a in full.adapters]
    rate = full.rate - sum(a.rate for a in adapters)
    base = replace(adapters[0], name="base", rank=0, rate=rate)
    workload = Workload((*adapters, base))
    relaxation, _ = relaxation_of(replace(example_problem(), workload=workload))
    assert num_gpus - 1 <= relaxation.min_gpus <= num_gpus


def planted(num_gpus: int, rng: np.random.Generator) -> Workload:
    """Adapters that fill so many GPUs of the closed form to the brim."""
    like = example_problem(4).workload.adapters[2]
    assert like.token_rate / like.rate == TOKENS
    adapters: list[Adapter] = []
    for gpu in range(num_gpus):
        number = int(rng.integers(3, 30))
        rank = (8, 16, 32)[gpu % 3]
        limit = 10_000.0 / (1 + 0.01 * number + 0.0001 * number * rank) / 0.9 / TOKENS
        shares = rng.dirichlet(np.full(number, 5.0))
        adapters += [
            replace(like, name=f"{gpu}-{i:02d}", rank=rank, rate=0.999 * limit * float(share))
            for i, share in enumerate(shares)
        ]
    return Workload(tuple(adapters))


@pytest.mark.parametrize(("num_gpus", "seed"), [(2, 0), (3, 1), (5, 2), (9, 3)])
def test_it_finds_a_planted_optimum(num_gpus: int, seed: int) -> None:
    workload = planted(num_gpus, np.random.default_rng(seed))
    relaxation, _ = relaxation_of(replace(example_problem(), workload=workload))
    assert relaxation.min_gpus == num_gpus


def test_the_edge_is_probed_only_where_that_can_help() -> None:
    like = example_problem(4).workload.adapters[2]
    limit = 10_000.0 / (1 + 0.01 * 10 + 0.0001 * 10 * 8) / 0.9 / TOKENS
    spent = []
    for traffic in (3.5, 3.95):  # of as many GPUs
        workload = Workload(
            tuple(
                replace(like, name=f"{i:02d}", rank=8, rate=0.1 * limit * traffic / 4)
                for i in range(40)
            )
        )
        relaxation, evaluator = relaxation_of(replace(example_problem(), workload=workload))
        before = evaluator.num_estimates
        assert relaxation.min_gpus == 4
        spent.append(evaluator.num_estimates - before)
    assert spent[0] == 0
    assert spent[1] == 0  # not below 3 times even the larger reserve
    crowded = Workload(tuple(replace(a, rate=a.rate * 3.04 / 3.98) for a in workload.adapters))
    relaxation, evaluator = relaxation_of(replace(example_problem(), workload=crowded))
    before = evaluator.num_estimates
    assert relaxation.min_gpus in (3, 4)
    assert evaluator.num_estimates > before


def test_a_spent_budget_leaves_the_larger_reserve() -> None:
    workload = planted(3, np.random.default_rng(1))
    problem = replace(example_problem(), workload=workload)
    _, evaluator = relaxation_of(problem)
    budget = Budget(max_estimates=evaluator.num_estimates)
    short = Evaluator(ClosedFormEstimator(), GpuCount(), problem, budget)
    relaxation = EngineMixRelaxation(short, Envelope(short), IdleEngines(short))
    assert budget.exhausted()
    assert 2 <= relaxation.min_gpus <= 3


def test_dear_gpus_weigh_more_and_counts_are_kept() -> None:
    workload = planted(4, np.random.default_rng(5))
    fleet = (GpuType(example_profile("few"), 1), GpuType(example_profile("many")))
    relaxation, _ = relaxation_of(replace(example_problem(), workload=workload, fleet=fleet))
    assert relaxation.least({"few": 1.0, "many": 10.0}) == pytest.approx(31.0)
    assert relaxation.least({"few": 10.0, "many": 1.0}) == pytest.approx(4.0)
    assert relaxation.min_gpus == 4


def test_more_than_all_gpus_is_the_number_that_would_do() -> None:
    workload = planted(4, np.random.default_rng(6))
    relaxation, _ = relaxation_of(
        replace(example_problem(), workload=workload, fleet=(GpuType(example_profile("few"), 2),))
    )
    assert relaxation.min_gpus == 4


def test_base_models_need_gpus_of_their_own() -> None:
    adapters = example_problem(2, (1.0,)).workload.adapters
    workload = Workload(
        (replace(adapters[0], base_model="example-8b"), replace(adapters[1], base_model="other"))
    )
    other = GpuType(replace(example_profile("other"), model="other"))
    relaxation, _ = relaxation_of(
        replace(example_problem(), workload=workload, fleet=(example_problem().fleet[0], other))
    )
    assert relaxation.min_gpus == 2


def test_idle_engines_are_asked_for_once() -> None:
    relaxation, evaluator = relaxation_of(example_problem(4))
    adapter = evaluator.problem.workload.adapters[0]
    asked = evaluator.num_estimates
    assert relaxation.idle(adapter) is relaxation.idle(adapter)
    assert evaluator.num_estimates == asked + 1
