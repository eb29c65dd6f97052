"""Adapters that find a place on engines that run."""

from __future__ import annotations

from placer.gpu.items import Item
from placer.moves.engines import KeptEngines
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.replanning.rehousing import answering_first, put, rehouse
from placer.search.search import Search
from tests.placer.replanning.running_problem import going_on, running_problem, search_of


def setting(problem: Problem) -> tuple[Search, KeptEngines, list[EvaluatedGpu]]:
    search = search_of(problem)
    return search, KeptEngines(search.evaluator), going_on(search)


def named(search: Search, *names: str) -> list[Item]:
    return [item for item in search.items() if item.name in names]


def content(gpus: list[EvaluatedGpu]) -> list[dict[str, float]]:
    return [dict(gpu.plan.shares) for gpu in gpus]


def test_the_engine_that_answers_first_is_asked_first() -> None:
    search, engines, gpus = setting(running_problem([40.0], [20.0], new=[10.0]))
    assert answering_first(gpus) == [1, 0]
    assert put(engines, gpus, named(search, "n0")) == []
    assert content(gpus) == [{"a0": 1}, {"b0": 1, "n0": 1}]


def test_one_makes_room_where_there_is_enough_in_all() -> None:
    search, engines, gpus = setting(running_problem([40.0, 9.0], [35.0, 12.0], new=[20.0]))
    items = named(search, "n0")
    assert put(engines, list(gpus), items) == items
    assert rehouse(engines, gpus, items) == []
    held = content(gpus)
    assert sorted(name for shares in held for name in shares) == ["a0", "a1", "b0", "b1", "n0"]
    running = search.problem.running
    assert running is not None
    assert sum(running.moves(gpu.plan) for gpu in gpus) == 1
    assert all(gpu.admissible for gpu in gpus)


def test_what_has_no_place_is_left_and_nothing_is_changed_for_it() -> None:
    search, engines, gpus = setting(running_problem([40.0, 15.0], [40.0, 14.0], new=[30.0]))
    before = content(gpus)
    items = named(search, "n0")
    assert rehouse(engines, gpus, items) == items
    assert content(gpus) == before


def test_a_share_is_cut_further_and_a_whole_adapter_is_not() -> None:
    search, engines, gpus = setting(running_problem([56.0], [56.0], new=[20.0]))
    (whole,) = named(search, "n0")
    assert put(engines, gpus, [whole]) == [whole]
    assert put(engines, gpus, [whole.with_share(0.5)]) == []
    assert content(gpus) == [{"a0": 1, "n0": 0.25}, {"b0": 1, "n0": 0.25}]
