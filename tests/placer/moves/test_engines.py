"""How engines are started when what their GPUs hold changes."""

from __future__ import annotations

from dataclasses import replace

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import items_of, make_items
from placer.gpu.lockstep import run_alone
from placer.gpu.packing import Packer
from placer.moves.engines import Engines, FreeEngines, KeptEngines, ResizedEngines
from placer.objectives import GpuCount
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.rules import Rules
from placer.testing import example_problem

PROBLEM = example_problem(12, (1.0,))
EVALUATOR = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM)
ITEMS = make_items(EVALUATOR)[0]


def gpu_of(number: int, slots: int, rank: int = 32) -> EvaluatedGpu:
    profile = PROBLEM.fleet[0].profile
    shares = dict.fromkeys((item.name for item in ITEMS[:number]), 1.0)
    plan = EVALUATOR.plan(PROBLEM.fleet[0], slots, shares)
    plan = replace(plan, config=profile.engine_config(slots, rank), name="home")
    return EVALUATOR.evaluate([plan])[0]


def changed(engines: Engines, gpu: EvaluatedGpu, number: int) -> EvaluatedGpu:
    found = run_alone(EVALUATOR, engines.change(gpu, ITEMS[:number]))
    assert found is not None
    assert found.plan.name == "home"
    assert list(engines.held(found)) == items_of(EVALUATOR, found.plan)
    assert len(found.plan.shares) == number
    return found


def test_kept_engines_stay_as_they_are() -> None:
    gpu = gpu_of(6, 6)
    engines = KeptEngines(EVALUATOR)
    assert changed(engines, gpu, 4).plan.config == gpu.plan.config
    assert changed(engines, gpu_of(3, 8), 7).plan.config.max_loras == 8


def test_kept_engines_take_no_larger_rank() -> None:
    rank = min(item.rank for item in ITEMS)
    small = [item for item in ITEMS if item.rank <= rank]
    gpu = gpu_of(1, 4, rank)
    wanted = KeptEngines(EVALUATOR).wanted(gpu, ITEMS[1:])
    assert list(wanted) == [item for item in small if item is not ITEMS[0]]
    assert list(FreeEngines(Packer(EVALUATOR)).wanted(gpu, ITEMS[1:])) == list(ITEMS[1:])


def test_resized_engines_have_a_slot_for_each_adapter_where_they_had() -> None:
    engines = ResizedEngines(EVALUATOR)
    assert changed(engines, gpu_of(4, 4), 9).plan.config.max_loras == 9
    assert changed(engines, gpu_of(4, 4), 2).plan.config.max_loras == 2
    fewer = gpu_of(8, 7)
    assert run_alone(EVALUATOR, engines.change(fewer, ITEMS[:7])) is not None
    assert changed(engines, fewer, 7).plan.config.max_loras == 7
    assert changed(engines, fewer, 3).plan.config.max_loras == 3


def test_resized_engines_have_the_rank_that_is_needed() -> None:
    gpu = gpu_of(4, 4)
    found = changed(ResizedEngines(EVALUATOR), gpu, 1)
    assert found.plan.config.max_lora_rank == ITEMS[0].rank


def test_free_engines_are_started_anew() -> None:
    found = changed(FreeEngines(Packer(EVALUATOR)), gpu_of(2, 1), 10)
    assert found.plan.config.max_loras > 1


def test_what_is_not_admissible_is_none() -> None:
    gpu = gpu_of(2, 1)
    strict = Evaluator(ClosedFormEstimator(capacity=900.0), GpuCount(), PROBLEM)
    for engines in (KeptEngines(strict), ResizedEngines(strict), FreeEngines(Packer(strict))):
        assert run_alone(strict, engines.change(gpu, ITEMS)) is None


def test_an_adapter_that_leaves_is_not_held_and_does_not_come_back() -> None:
    gpu, name = gpu_of(3, 3), ITEMS[1].name
    engines = FreeEngines(Packer(EVALUATOR), without=name)
    assert [item.name for item in engines.held(gpu)] == [ITEMS[0].name, ITEMS[2].name]
    assert list(engines.wanted(gpu, ITEMS[1:2])) == []
    elsewhere = gpu_of(1, 1)
    assert list(engines.wanted(elsewhere, ITEMS[1:2])) == [ITEMS[1]]


def test_gpus_take_only_what_the_rules_allow() -> None:
    apart = [[ITEMS[0].name, ITEMS[2].name]]
    problem = replace(PROBLEM, rules=Rules(apart=apart))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    wanted = KeptEngines(evaluator).wanted(gpu_of(1, 4), make_items(evaluator)[0][1:4])
    assert [item.name for item in wanted] == [ITEMS[1].name, ITEMS[3].name]
