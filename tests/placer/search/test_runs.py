"""Runs of similar items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.closed_form import ClosedFormEstimator
from placer.bounds.envelope import Envelope
from placer.bounds.weight_table import WeightTable
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.search.runs import Runs
from placer.testing import example_problem

PROBLEM = example_problem(60, rates=(8.0, 2.0, 0.5, 0.1))


def setting(problem: Problem) -> tuple[WeightTable, Runs]:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    items = make_items(evaluator)[0]
    table = WeightTable(Envelope(evaluator), items)
    return table, Runs(problem, table, "example-0", np.arange(len(items)))


TABLE, RUNS = setting(PROBLEM)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.05, 1.5))
def test_every_item_is_on_one_gpu_that_is_not_too_full(limit: float) -> None:
    gpus = RUNS.cut(limit)
    assert sorted(np.concatenate(gpus).tolist()) == list(range(60))
    for gpu in gpus:
        assert gpu.size == 1 or RUNS.utilization(gpu) <= limit


@pytest.mark.parametrize("count", [6, 7, 8])
def test_no_more_gpus_than_there_are_and_as_even_as_can_be(count: int) -> None:
    fullest, gpus = RUNS.within(count)
    assert len(gpus) <= count
    assert fullest == max(RUNS.utilization(gpu) for gpu in gpus)
    mean = sum(RUNS.utilization(gpu) for gpu in gpus) / count
    assert fullest < 1.3 * mean


def test_too_few_gpus_are_told() -> None:
    fullest, gpus = RUNS.within(1)
    assert np.isinf(fullest)
    assert len(gpus) > 1


def test_ranks_are_kept_together() -> None:
    _, gpus = RUNS.within(9)
    ranks = [{TABLE.items[i].rank for i in gpu.tolist()} for gpu in gpus]
    assert sum(len(found) > 1 for found in ranks) <= 5
    largest = [max(found) for found in ranks]
    assert largest == sorted(largest, reverse=True)


def test_rates_are_kept_together() -> None:
    like = PROBLEM.workload.adapters[0]
    alike = PROBLEM.workload.of(
        replace(a, rank=8, lengths=like.lengths) for a in PROBLEM.workload.adapters
    )
    table, runs = setting(replace(PROBLEM, workload=alike))
    _, gpus = runs.within(8)
    rates = [np.mean([table.items[i].rate for i in gpu.tolist()]) for gpu in gpus[:4]]
    assert rates == sorted(rates, reverse=True)


def test_what_hot_adapters_leave_free_is_filled_by_cold_ones_from_far_behind() -> None:
    problem = example_problem(1200, rates=(5.0, *[0.02] * 19))
    table, runs = setting(problem)
    rates = np.array([item.rate for item in table.items])
    hot = [gpu for gpu in runs.cut(1.0) if (rates[gpu] > 1).any()]
    assert len(hot) > 8
    for gpu in hot:
        assert runs.utilization(gpu) > 0.98
        assert (rates[gpu] < 1).any()


def test_rules_are_kept() -> None:
    names = [adapter.name for adapter in PROBLEM.workload.adapters[:5]]
    rules = Rules(apart=[names], min_replicas={names[-1]: 2})
    table, runs = setting(replace(PROBLEM, rules=rules))
    gpus = runs.cut(1.0)
    assert sorted(np.concatenate(gpus).tolist()) == list(range(len(table.items)))
    for gpu in gpus:
        held = [table.items[i].name for i in gpu.tolist()]
        assert sum(name in names for name in held) <= 1


def test_no_items_no_gpus() -> None:
    none = Runs(PROBLEM, TABLE, "example-0", np.array([], dtype=np.int64))
    assert none.cut(1.0) == []
    assert none.within(3) == (0.0, [])
