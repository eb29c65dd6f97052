"""Load patterns."""

from __future__ import annotations

from collections import Counter

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items
from placer.objectives import GpuCount
from placer.patterns.class_groups import group_classes
from placer.patterns.patterns import Pattern, PatternPool, deal_items
from placer.testing import example_problem

PROBLEM = example_problem(24, (2.0, 1.0))


ITEMS = list(make_items(Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM))[0])
GROUPS = group_classes(ITEMS, np.ones(len(ITEMS)), 48)


def setting() -> tuple[Evaluator, list[Item], PatternPool]:
    """Items, and a pool of an evaluator that has not evaluated anything."""
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM)
    return evaluator, ITEMS, PatternPool(evaluator, ITEMS, GROUPS)


def test_demand_counts_the_groups() -> None:
    _, items, pool = setting()
    assert dict(enumerate(pool.demand)) == Counter(GROUPS[item.item_class] for item in items)
    assert len(pool.demand) < len(items)


def test_admissible_loads_become_patterns() -> None:
    evaluator, items, pool = setting()
    names = [item.name for item in items]
    gpu_type = PROBLEM.fleet[0]
    sets = (names[:4], names[:2], names)
    evaluator.evaluate(
        [evaluator.plan(gpu_type, min(8, len(s)), dict.fromkeys(s, 1.0)) for s in sets]
    )
    pool.update()
    (pattern,) = pool.patterns()  # of two adapters is covered, of all is not admissible
    assert sum(pattern.counts) == 4
    assert pattern.cost == (1.0,)
    pool.update()
    assert pool.patterns() == [pattern]


def test_adapters_that_are_cut_otherwise_are_no_pattern() -> None:
    evaluator, items, pool = setting()
    name = items[0].name
    evaluator.evaluate([evaluator.plan(PROBLEM.fleet[0], 1, {name: 0.5})])
    pool.update()
    assert pool.patterns() == []


def test_a_start_covers_every_load_or_there_is_none() -> None:
    evaluator, items, pool = setting()
    gpu_type = PROBLEM.fleet[0]
    names = [item.name for item in items]
    plans = [
        evaluator.plan(gpu_type, len(part), dict.fromkeys(part, 1.0))
        for part in (names[:4], names[:2])
    ]
    gpus = evaluator.evaluate(plans)
    pool.update()
    (pattern,) = pool.patterns()
    assert pool.start([pattern], gpus) == {pattern: 2}
    other = Pattern("another", pattern.counts, (1.0,))
    assert pool.start([other], gpus) is None
    cut = evaluator.evaluate([evaluator.plan(gpu_type, 1, {names[0]: 0.5})])
    assert pool.start([pattern], cut) is None


def test_items_are_dealt_to_patterns_and_each_once() -> None:
    _, items, pool = setting()
    more = Pattern("gpu", tuple(number for number in pool.demand), (2.0,))
    less = Pattern("gpu", tuple(min(1, number) for number in pool.demand), (1.0,))
    dealt = deal_items(items, GROUPS, [(more, 2), (less, 1)])
    assert dealt[0][0] is less
    assert [len(content) for _, content in dealt] == [
        len(pool.demand),
        len(items) - len(pool.demand),
    ]
    names = [item.name for _, content in dealt for item in content]
    assert sorted(names) == sorted(item.name for item in items)


def test_large_and_small_items_of_a_group_are_dealt_in_turn() -> None:
    groups = dict.fromkeys(GROUPS, 0)
    half = Pattern("gpu", (len(ITEMS) // 2,), (1.0,))
    dealt = deal_items(ITEMS, groups, [(half, 2)])
    one, two = (sum(item.token_rate for item in content) for _, content in dealt)
    assert 0.8 < one / two < 1.25


def test_a_rejected_pattern_does_not_come_back() -> None:
    evaluator, items, pool = setting()
    names = [item.name for item in items]
    gpu_type = PROBLEM.fleet[0]

    def evaluate(slots: int) -> None:
        evaluator.evaluate([evaluator.plan(gpu_type, slots, dict.fromkeys(names[:4], 1.0))])

    evaluate(4)
    pool.update()
    (pattern,) = pool.patterns()
    pool.reject(pattern)
    evaluate(2)
    pool.update()
    assert pool.patterns() == []
