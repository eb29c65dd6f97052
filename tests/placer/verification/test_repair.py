"""Repair of GPUs that starve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.placement import Placement
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.testing import example_problem
from placer.verification.repair import Repair
from twin.workload.workload import Workload

JUDGE = ClosedFormEstimator(capacity=5_000.0)


def repair_of(problem: Problem, *contents: Sequence[str] | dict[str, float]) -> Repair:
    """Repair of GPUs of the first type with these adapters, by a strict judge."""
    judge = Evaluator(JUDGE, GpuCount(), problem)
    plans = []
    for content in contents:
        shares = content if isinstance(content, dict) else dict.fromkeys(content, 1.0)
        plans.append(judge.plan(problem.fleet[0], len(shares), shares))
    repair = Repair(judge, judge.evaluate(plans))
    repair.run()
    return repair


def names_of(problem: Problem) -> list[str]:
    return [adapter.name for adapter in problem.workload.adapters]


def placed(gpus: Sequence[EvaluatedGpu]) -> dict[str, float]:
    return Placement(tuple(gpu.plan for gpu in gpus)).total_shares()


def test_gpus_that_serve_are_left_alone() -> None:
    problem = example_problem(6, (1.0,))
    names = names_of(problem)
    repair = repair_of(problem, names[:3], names[3:])
    assert [[name for name, _ in gpu.plan.shares] for gpu in repair.gpus] == [
        names[:3],
        names[3:],
    ]
    assert repair.num_moved == repair.num_opened == 0


def test_what_is_too_much_goes_to_a_gpu_with_room() -> None:
    problem = example_problem(16, (2.0,), max_gpus=2)
    names = names_of(problem)
    repair = repair_of(problem, names[:14], names[14:])
    assert all(gpu.admissible for gpu in repair.gpus)
    assert len(repair.gpus) == 2
    assert 1 <= repair.num_moved < 14
    assert repair.num_opened == 0
    assert placed(repair.gpus) == pytest.approx(dict.fromkeys(names, 1.0))
    kept = {name for name, _ in repair.gpus[0].plan.shares}
    assert kept < set(names[:14])


def test_a_gpu_is_opened_where_none_has_room() -> None:
    problem = example_problem(16, (2.0,))
    names = names_of(problem)
    repair = repair_of(problem, names)
    assert all(gpu.admissible for gpu in repair.gpus)
    assert len(repair.gpus) == 1 + repair.num_opened == 2
    assert placed(repair.gpus) == pytest.approx(dict.fromkeys(names, 1.0))


def test_an_adapter_that_overloads_a_gpu_alone_is_halved() -> None:
    problem = example_problem(2, (20.0,))
    names = names_of(problem)
    repair = repair_of(problem, names[:1], names[1:])
    assert all(gpu.admissible for gpu in repair.gpus)
    assert len(repair.gpus) > 2
    assert placed(repair.gpus) == pytest.approx(dict.fromkeys(names, 1.0))
    assert repair.num_moved == 2


def test_without_a_place_the_gpu_is_left_as_it_was() -> None:
    problem = example_problem(16, (2.0,), max_gpus=1)
    names = names_of(problem)
    repair = repair_of(problem, names)
    (gpu,) = repair.gpus
    assert not gpu.admissible
    assert [name for name, _ in gpu.plan.shares] == names
    assert repair.num_moved == repair.num_opened == 0


def test_counts_of_gpu_types_are_kept_and_the_next_type_is_opened() -> None:
    problem = example_problem(16, (2.0,), counts=(1, None))
    repair = repair_of(problem, names_of(problem))
    assert [gpu.plan.profile_name for gpu in repair.gpus] == ["example-0", "example-1"]
    assert all(gpu.admissible for gpu in repair.gpus)


def test_adapters_go_to_gpus_of_their_base_model_only() -> None:
    problem = example_problem(16, (2.0,), counts=(None, 1))
    first, second = problem.fleet
    second = replace(second, profile=replace(second.profile, model="other"))
    bound = tuple(replace(a, base_model="example-8b") for a in problem.workload.adapters[:-1])
    guest = replace(problem.workload.adapters[-1], base_model="other")
    problem = Problem(Workload((*bound, guest)), (first, second))
    judge = Evaluator(JUDGE, GpuCount(), problem)
    names = names_of(problem)
    plans = [
        judge.plan(first, 15, dict.fromkeys(names[:-1], 1.0)),
        judge.plan(second, 1, {names[-1]: 1.0}),
    ]
    repair = Repair(judge, judge.evaluate(plans))
    repair.run()
    assert all(gpu.admissible for gpu in repair.gpus)
    assert [gpu.plan.profile_name for gpu in repair.gpus] == [
        "example-0",
        "example-1",
        "example-0",
    ]
    assert repair.gpus[1].plan.shares == ((names[-1], 1.0),)


def test_where_not_even_a_small_share_is_served_nothing_changes() -> None:
    problem = example_problem(1, (5000.0,))
    repair = repair_of(problem, names_of(problem))
    assert len(repair.gpus) == 1
    assert not repair.gpus[0].admissible


class Counting:
    """The judge's estimator, with the number of batches."""

    def __init__(self) -> None:
        self.batches = 0

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        self.batches += 1
        return JUDGE.estimate(candidates, rule)


def test_many_gpus_are_relieved_together() -> None:
    """In few batches, and what they give up goes to the few GPUs that have room."""
    problem = example_problem(24 * 70 + 3 * 20, (0.8, 0.7, 0.6))
    names = names_of(problem)
    counting = Counting()
    judge = Evaluator(counting, GpuCount(), problem)
    contents = [names[k * 24 : k * 24 + 24] for k in range(70)]
    contents += [names[24 * 70 + k * 3 : 24 * 70 + k * 3 + 3] for k in range(20)]
    plans = [judge.plan(problem.fleet[0], len(c), dict.fromkeys(c, 1.0)) for c in contents]
    before = judge.evaluate(plans)
    failing = [gpu for gpu in before if not gpu.admissible]
    assert len(failing) == 70
    counting.batches = 0
    repair = Repair(judge, before)
    repair.run()
    assert all(gpu.admissible for gpu in repair.gpus)
    assert placed(repair.gpus) == pytest.approx(dict.fromkeys(names, 1.0))
    assert repair.num_moved >= 70
    assert repair.num_opened == 0
    assert counting.batches < 20


def test_where_there_is_not_room_for_all_some_gpus_are_relieved() -> None:
    problem = example_problem(40, (2.0,), max_gpus=3)
    names = names_of(problem)
    repair = repair_of(problem, names[:14], names[14:39], names[39:])
    served = [gpu.admissible for gpu in repair.gpus]
    assert served == [True, False, True]
    assert [name for name, _ in repair.gpus[1].plan.shares] == names[14:39]
    assert repair.num_opened == 0
    assert placed(repair.gpus) == pytest.approx(dict.fromkeys(names, 1.0))


def test_of_few_hot_adapters_a_small_share_is_given_up() -> None:
    problem = example_problem(4, (7.0,))
    names = names_of(problem)
    repair = repair_of(problem, names[:2], names[2:])
    assert all(gpu.admissible for gpu in repair.gpus)
    assert placed(repair.gpus) == pytest.approx(dict.fromkeys(names, 1.0))
    assert repair.num_moved == 1
    assert repair.num_opened == 0
    moved = dict(repair.gpus[1].plan.shares)
    assert moved.keys() > set(names[2:])
    assert min(moved.values()) < 0.2


def test_what_fits_nowhere_in_one_piece_is_spread_before_a_gpu_is_opened() -> None:
    """One GPU is a little too full, and the other ones have too little room for what it sheds."""
    problem = example_problem(10)
    like = problem.workload.adapters[0]

    def with_rates(*rates: float) -> Problem:
        adapters = problem.workload.adapters
        alike = [
            replace(a, rate=rate, rank=8, lengths=like.lengths)
            for a, rate in zip(adapters, rates, strict=True)
        ]
        return replace(problem, workload=problem.workload.of(alike))

    def serves(rate: float) -> bool:
        pair = with_rates(*[rate] * 10)
        judge = Evaluator(JUDGE, GpuCount(), pair)
        plan = judge.plan(pair.fleet[0], 2, dict.fromkeys(names_of(pair)[:2], 1.0))
        return judge.evaluate([plan])[0].admissible

    edge = max(rate for rate in np.linspace(4, 9, 201).tolist() if serves(rate))
    tight = with_rates(1.08 * edge, 1.08 * edge, *[0.93 * edge] * 8)
    names = names_of(tight)
    repair = repair_of(tight, *(names[k : k + 2] for k in range(0, 10, 2)))
    assert all(gpu.admissible for gpu in repair.gpus)
    assert placed(repair.gpus) == pytest.approx(dict.fromkeys(names, 1.0))
    assert repair.num_moved == 1
    assert repair.num_opened == 0
    assert sum(len(gpu.plan.shares) == 3 for gpu in repair.gpus[1:]) > 1


def test_engines_that_run_go_on_and_give_up_few_adapters() -> None:
    """Beside them a GPU may be resized, and gives up its smallest ones."""
    problem = example_problem(24, (2.0,))
    names = names_of(problem)
    like = problem.workload.adapters[0]
    rates = [5.0, 3.0, 2.5, *[0.1] * 21]
    alike = [
        replace(a, rate=rate, rank=8, lengths=like.lengths)
        for a, rate in zip(problem.workload.adapters, rates, strict=True)
    ]
    problem = replace(problem, workload=problem.workload.of(alike))
    judge = Evaluator(JUDGE, GpuCount(), problem)
    plans = [
        replace(judge.plan(problem.fleet[0], 24, dict.fromkeys(content, 1.0)), name=name)
        for name, content in (("a", names[:20]), ("b", names[20:]))
    ]
    assert not judge.evaluate(plans[:1])[0].admissible
    running = replace(problem, previous=Placement(tuple(plans)))
    kept = Evaluator(JUDGE, GpuCount(), running)
    repair = Repair(kept, kept.evaluate(plans))
    repair.run()
    assert all(gpu.admissible for gpu in repair.gpus)
    assert [gpu.plan.config for gpu in repair.gpus] == [plan.config for plan in plans]
    assert repair.num_moved == 1
    assert running.running is not None
    assert running.running.total_moves(gpu.plan for gpu in repair.gpus) == 1


def test_a_gpu_is_not_opened_where_packing_anew_needs_none() -> None:
    """Of large and small ranks both GPUs starve; what they give up fits beside neither."""
    problem = example_problem(7)
    like = problem.workload.adapters[0]
    rates = [2.9, 5.0, 4.3, 2.2, 2.9, 3.6, 5.1]
    ranks = [8, 32, 8, 32, 32, 32, 8]
    adapters = [
        replace(a, rate=rate, rank=rank, lengths=like.lengths)
        for a, rate, rank in zip(problem.workload.adapters, rates, ranks, strict=True)
    ]
    problem = replace(problem, workload=problem.workload.of(adapters))
    names = names_of(problem)
    repair = repair_of(problem, names[::2], names[1::2])
    assert all(gpu.admissible for gpu in repair.gpus)
    assert placed(repair.gpus) == pytest.approx(dict.fromkeys(names, 1.0))
    assert len(repair.gpus) == 2
    assert repair.num_opened == 0
    assert repair.num_moved == len(names)
