"""Dealing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.search.dealing import deal_one_by_one, takers
from placer.testing import example_problem


def setting(rules: Rules, counts: tuple[int | None, ...] = (None,)) -> tuple[Problem, list[Item]]:
    problem = replace(example_problem(6, (1.0,), counts=counts), rules=rules)
    items, _ = make_items(Evaluator(ClosedFormEstimator(), GpuCount(), problem))
    return problem, list(items)


def first(item: Item, targets: Sequence[int]) -> int:
    return targets[0]


def test_every_item_goes_where_the_choice_says() -> None:
    problem, items = setting(Rules())
    contents = deal_one_by_one(problem, items, problem.fleet * 3, lambda _, targets: targets[-1])
    assert contents == [[], [], items]


def test_what_has_to_be_apart_is_not_offered_the_same_gpu() -> None:
    problem, items = setting(Rules(apart=[["adapter-000", "adapter-002"]]))
    contents = deal_one_by_one(problem, items, problem.fleet * 2, first)
    assert contents is not None
    assert [item.name for item in contents[1]] == ["adapter-002"]
    assert deal_one_by_one(problem, items, problem.fleet, first) is None


def test_gpus_of_other_profiles_are_not_offered() -> None:
    problem, items = setting(Rules(profiles={"adapter-001": "example-1"}), (None, None))
    assert takers(problem, items[1], problem.fleet, [[], []]) == [1]
    assert takers(problem, items[0], problem.fleet, [[], []]) == [0, 1]
