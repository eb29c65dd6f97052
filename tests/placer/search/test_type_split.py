"""Split of items over GPU types."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.bounds.envelope import Envelope
from placer.bounds.weight_table import WeightTable
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items
from placer.objectives import GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.search.type_split import split_by_type
from placer.testing import example_problem


def table_of(problem: Problem) -> WeightTable:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    return WeightTable(Envelope(evaluator), make_items(evaluator)[0])


TABLE = table_of(example_problem(60, counts=(None, None)))


def test_a_single_type_gets_everything() -> None:
    split = split_by_type(TABLE, {"example-0": 3, "example-1": 0})
    assert split is not None
    assert split["example-0"].tolist() == list(range(60))
    assert set(split) == {"example-0"}


def test_types_are_equally_full() -> None:
    split = split_by_type(TABLE, {"example-0": 4, "example-1": 2})
    assert split is not None
    assert sorted(np.concatenate(list(split.values())).tolist()) == list(range(60))
    rates = {name: sum(TABLE.items[i].token_rate for i in c) for name, c in split.items()}
    assert 1.6 < rates["example-0"] / rates["example-1"] < 2.5


def test_items_go_where_they_may_be() -> None:
    problem = example_problem(12, counts=(None, None))
    problem = replace(problem, rules=Rules(profiles={"adapter-005": "example-1"}))
    split = split_by_type(table_of(problem), {"example-0": 20, "example-1": 1})
    assert split is not None
    assert 5 in split["example-1"].tolist()


def test_an_item_without_a_gpu_is_told() -> None:
    other = GpuType(replace(example_profile("other"), model="other"))
    problem = example_problem(4)
    adapters = [replace(a, base_model="example-8b") for a in problem.workload.adapters]
    problem = Problem(problem.workload.of(adapters), (*problem.fleet, other))
    table = table_of(problem)
    assert split_by_type(table, {"example-0": 0, "other": 3}) is None
    assert split_by_type(table, {"example-0": 0, "other": 0}) is None
    assert split_by_type(table, {"example-0": 1, "other": 1}) is not None
