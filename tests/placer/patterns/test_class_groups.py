"""Groups of kinds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items
from placer.objectives import GpuCount
from placer.patterns.class_groups import group_classes
from placer.testing import example_problem


def items_of_rates(rates: list[float]) -> list[Item]:
    problem = example_problem(len(rates))
    workload = problem.workload.of(
        replace(a, rate=rate) for a, rate in zip(problem.workload.adapters, rates, strict=True)
    )
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), replace(problem, workload=workload))
    return list(make_items(evaluator)[0])


def test_few_kinds_are_a_group_each() -> None:
    items = items_of_rates([1.0, 2.0] * 12)
    groups = group_classes(items, np.ones(24), 48)
    assert sorted(groups.values()) == list(range(len(groups)))
    assert set(groups) == {item.item_class for item in items}


def test_many_kinds_are_grouped_by_rank_and_weight() -> None:
    rates = np.random.default_rng(0).lognormal(0.0, 1.0, 90)
    items = items_of_rates((0.1 * rates).tolist())
    weights = np.array([item.rate for item in items])
    groups = group_classes(items, weights, 10)
    members = Counter(groups[item.item_class] for item in items)
    assert 10 <= len(members) <= 13
    assert sorted(members) == list(range(len(members)))
    assert max(members.values()) <= 10
    for group in members:
        own = [item for item in items if groups[item.item_class] == group]
        assert len({item.rank for item in own}) == 1


def test_equal_items_stay_together() -> None:
    items = items_of_rates([1.0] * 30 + (0.01 * np.arange(1, 31)).tolist())
    groups = group_classes(items, np.array([item.rate for item in items]), 6)
    kinds = {item.item_class for item in items}
    assert set(groups) == kinds
