"""Settling of planned contents."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items, shares_of
from placer.gpu.packing import Packer
from placer.objectives import GpuCount
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search
from placer.search.settling import settle
from placer.testing import example_problem


def setting(number: int, max_gpus: int | None = None) -> tuple[Search, Packer, list[Item]]:
    problem = example_problem(number, rates=(8.0,), max_gpus=max_gpus)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    return search, Packer(evaluator), list(make_items(evaluator)[0])


def names_on(gpus: list[EvaluatedGpu]) -> list[str]:
    return sorted(name for gpu in gpus for name, _ in gpu.plan.shares)


def test_contents_that_fit_are_taken_as_they_are() -> None:
    search, packer, items = setting(6)
    gpu_type = search.problem.fleet[0]
    contents = [(gpu_type, items[:2]), (gpu_type, items[2:])]
    gpus, left = settle(search, packer, contents)
    assert left == []
    assert [dict(gpu.plan.shares) for gpu in gpus] == [shares_of(c) for _, c in contents]


@pytest.mark.parametrize("cut", [3, 6, 12, 20])
def test_what_does_not_fit_finds_a_place(cut: int) -> None:
    search, packer, items = setting(24)
    gpu_type = search.problem.fleet[0]
    gpus, left = settle(search, packer, [(gpu_type, items[:cut]), (gpu_type, items[cut:])])
    assert left == []
    assert all(gpu.admissible for gpu in gpus)
    assert names_on(gpus) == sorted(search.evaluator.adapters)
    assert len(gpus) > 2


def test_items_beside_go_where_there_is_room() -> None:
    search, packer, items = setting(6)
    gpus, left = settle(search, packer, [(search.problem.fleet[0], items[:1])], items[1:3])
    assert left == []
    assert len(gpus) == 1


def test_what_finds_no_place_is_left() -> None:
    search, packer, items = setting(24, max_gpus=2)
    gpu_type = search.problem.fleet[0]
    gpus, left = settle(search, packer, [(gpu_type, items[:12]), (gpu_type, items[12:])])
    assert len(gpus) == 2
    assert left
    held = names_on(gpus)
    assert sorted([*held, *(item.name for item in left)]) == sorted(search.evaluator.adapters)
