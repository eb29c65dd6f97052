"""Assignments improved by the load table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds.envelope import Envelope
from placer.bounds.weight_table import WeightTable, utilization
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.search.assignment import Assignment
from placer.search.exchanges import Exchanges
from placer.testing import example_problem

PROBLEM = example_problem(40, rates=(4.0, 2.0, 0.5), counts=(None, None))
NUM_ITEMS = 40


def table_of(problem: Problem) -> WeightTable:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    return WeightTable(Envelope(evaluator), make_items(evaluator)[0])


TABLE = table_of(PROBLEM)
TYPES = ["example-0", "example-0", "example-1", "example-1", "example-1"]


def recomputed(state: Assignment | Exchanges) -> list[float]:
    """How full GPUs are, from scratch."""
    result = []
    for name, content in zip(TYPES, state.contents(), strict=True):
        rank = max((TABLE.items[i].rank for i in content.tolist()), default=8)
        result.append(float(utilization(TABLE.figures[name, rank][content].sum(axis=0))))
    return result


@pytest.mark.parametrize("seed", range(4))
def test_relieving_evens_out_and_keeps_count(seed: int) -> None:
    owner = np.random.default_rng(seed).integers(0, 2, NUM_ITEMS)
    state = Assignment(PROBLEM, TABLE, TYPES, owner)
    assert state.utilizations() == pytest.approx(recomputed(state))
    before = state.utilizations()
    state.relieve(0.0, 200)
    after = state.utilizations()
    assert after == pytest.approx(recomputed(state))
    assert after.max() < before.max()
    assert after.max() < 1.15 * after.mean()
    assert sorted(np.concatenate(state.contents()).tolist()) == list(range(NUM_ITEMS))


def test_it_ends_at_the_limit() -> None:
    owner = np.zeros(NUM_ITEMS, dtype=np.int64)
    state = Assignment(PROBLEM, TABLE, TYPES, owner)
    assert state.relieve(0.9, 200)
    assert 0.5 < state.utilizations().max() <= 0.9
    assert not Assignment(PROBLEM, TABLE, TYPES, owner).relieve(0.9, 3)


def test_a_gpu_with_a_bias_gets_less() -> None:
    owner = np.arange(NUM_ITEMS) % 5
    plain, biased = (Assignment(PROBLEM, TABLE, TYPES, owner) for _ in range(2))
    biased.bias[0] = 1.3
    for state in (plain, biased):
        state.relieve(0.0, 200)
    assert recomputed(biased)[0] < 0.9 * recomputed(plain)[0]


def test_items_stay_off_types_that_refuse_them_and_rules_are_kept() -> None:
    names = [f"adapter-{i:03d}" for i in range(4)]
    rules = Rules(profiles=dict.fromkeys(names, "example-0"), apart=[names])
    problem = replace(PROBLEM, rules=rules)
    types = ["example-0"] * 4 + ["example-1"] * 2
    owner = np.full(NUM_ITEMS, 5)
    owner[:4] = [0, 1, 2, 3]
    state = Assignment(problem, table_of(problem), types, owner)
    state.relieve(0.0, 200)
    assert sorted(state.owner[:4].tolist()) == [0, 1, 2, 3]
    assert np.bincount(state.owner, minlength=6).min() > 0
