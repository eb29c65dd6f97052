"""Items by the GPU that they are on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items
from placer.objectives import GpuCount
from placer.problem.rules import Rules
from placer.search.owners import class_numbers, contents_of, examples, may_join
from placer.testing import example_problem

PROBLEM = example_problem(6, rates=(4.0, 2.0, 0.5))
ITEMS, _ = make_items(Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM))


def test_equal_items_have_one_number() -> None:
    numbers = class_numbers(ITEMS)
    for i, one in enumerate(ITEMS):
        for j, other in enumerate(ITEMS):
            assert (numbers[i] == numbers[j]) == (one.item_class == other.item_class)


def test_contents_are_the_items_of_each_gpu() -> None:
    owner = np.array([2, -1, 0, 2, 0, -1])
    assert [held.tolist() for held in contents_of(owner, 4)] == [[2, 4], [], [0, 3], []]


def test_examples_are_the_first_of_each_class_and_not_too_many() -> None:
    classes = np.array([5, 5, 1, 7, 1, 5])
    assert examples(np.array([1, 2, 4, 5]), classes).tolist() == [1, 2]
    many = np.arange(1000)
    chosen = examples(many, many)
    assert 10 < chosen.size < 100
    assert (chosen[0], chosen[-1]) == (0, 999)


def test_items_that_are_to_be_apart_may_not_join_unless_the_other_leaves() -> None:
    names = [item.name for item in ITEMS[:2]]
    apart = replace(PROBLEM, rules=Rules(apart=[names]))
    items, _ = make_items(Evaluator(ClosedFormEstimator(), GpuCount(), apart))
    held = [i for i, item in enumerate(items) if item.name in names]
    owner = np.full(len(items), -1)
    owner[held[0]] = 0
    assert not may_join(apart, items, owner, 0, held[1], None)
    assert may_join(apart, items, owner, 0, held[1], held[0])
    assert may_join(PROBLEM, items, owner, 0, held[1], None)
