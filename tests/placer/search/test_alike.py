"""Items that hardly differ are packed as one, and each gets a place of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items
from placer.objectives import GpuCount
from placer.problem.rules import Rules
from placer.search import alike as module
from placer.search.alike import find_alike, spread
from placer.testing import example_problem
from twin.workload.workload import Workload


def items_of_rates(number: int) -> tuple[Evaluator, tuple[Item, ...]]:
    """Adapters with a little less traffic each than the one before."""
    problem = example_problem(number)
    adapters = tuple(
        replace(adapter, rate=0.01 * (1 - k / (2 * number)))
        for k, adapter in enumerate(problem.workload.adapters)
    )
    problem = replace(problem, workload=Workload(adapters))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    return evaluator, make_items(evaluator)[0]


@pytest.fixture(autouse=True)
def _few_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HOTTEST", 10)


def test_groups_are_of_one_rank_and_the_first_has_most() -> None:
    evaluator, items = items_of_rates(600)
    alike = find_alike(evaluator, items, 5)
    assert alike.groups
    for group in alike.groups:
        assert len(group) == 5
        assert len({item.rank for item in group}) == 1
        assert [item.rate for item in group] == sorted((i.rate for i in group), reverse=True)
    together = [*alike.alone, *(item for group in alike.groups for item in group)]
    assert sorted(item.name for item in together) == sorted(item.name for item in items)
    for group in alike.groups:
        adapter = group[0].adapters[0]
        same = [i.rate for i in alike.alone if i.adapters[0].lengths is adapter.lengths]
        assert sum(rate >= adapter.rate for rate in same) >= 10


def test_few_items_are_in_no_group() -> None:
    evaluator, items = items_of_rates(30)
    alike = find_alike(evaluator, items, 5)
    assert (alike.groups, alike.parts) == ([], [])
    assert sorted(id(i) for i in alike.alone) == sorted(id(i) for i in items)


def test_equal_parts_of_an_adapter_are_together_and_others_alone() -> None:
    evaluator, items = items_of_rates(30)
    halves = [half for item in items[:2] for half in item.halves()]
    uneven = [items[2].with_share(0.75), items[2].with_share(0.25)]
    alike = find_alike(evaluator, [*uneven, *halves], 5)
    assert alike.parts == [halves[:2], halves[2:]]
    assert alike.alone == uneven


def test_what_a_rule_names_is_in_no_group() -> None:
    evaluator, items = items_of_rates(600)
    named = [item.name for item in find_alike(evaluator, items, 5).groups[0][:2]]
    bound = replace(evaluator.problem, rules=Rules(apart=[named]))
    other = Evaluator(evaluator.estimator, GpuCount(), bound)
    alike = find_alike(other, make_items(other)[0], 5)
    assert alike.groups
    assert set(named) <= {item.name for item in alike.alone}
    everywhere = replace(evaluator.problem, rules=Rules(min_replicas=2))
    twice = Evaluator(evaluator.estimator, GpuCount(), everywhere)
    alike = find_alike(twice, make_items(twice)[0], 5)
    assert (alike.groups, alike.parts) == ([], [])


def test_gpus_are_alike_and_share_no_adapter() -> None:
    evaluator, items = items_of_rates(600)
    groups = {group[0].name: group for group in find_alike(evaluator, items, 5).groups}
    first, second = list(groups)[:2]
    plan = evaluator.plan(evaluator.problem.fleet[0], 2, {first: 1.0, second: 0.5})
    plans = spread(plan, groups)
    assert {one.config for one in plans} == {plan.config}
    names = [name for one in plans for name, _ in one.shares]
    assert sorted(names) == sorted(item.name for key in (first, second) for item in groups[key])
    assert all(sorted(share for _, share in one.shares) == [0.5, 1.0] for one in plans)
