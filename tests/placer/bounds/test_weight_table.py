"""Load table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds.envelope import Envelope
from placer.bounds.weight_table import WeightTable, utilization
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items
from placer.gpu.packing import Packer
from placer.moves.taking import fill
from placer.objectives import GpuCount
from placer.problem.rules import Rules
from placer.testing import example_problem

PROBLEM = example_problem(48, rates=(8.0, 2.0, 0.5, 0.1))
LIKE = PROBLEM.workload.adapters[0]
ALIKE = replace(
    PROBLEM,
    workload=PROBLEM.workload.of(
        replace(a, lengths=LIKE.lengths, rank=8) for a in PROBLEM.workload.adapters
    ),
)
EVALUATOR = Evaluator(ClosedFormEstimator(), GpuCount(), ALIKE)
ITEMS = make_items(EVALUATOR)[0]
TABLE = WeightTable(Envelope(EVALUATOR), ITEMS)
ENGINE = ("example-0", 8)


def used(chosen: list[int]) -> float:
    return float(utilization(TABLE.figures[ENGINE][chosen].sum(axis=0)))


def test_equal_items_use_the_sum_of_their_weights() -> None:
    equal = [i for i, item in enumerate(ITEMS) if item.rate == 2.0]
    weights = TABLE.figures[ENGINE][equal, 1]
    full = equal[: int(1 / weights[0])]
    assert used(full) == pytest.approx(len(full) * weights[0], rel=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_it_tells_which_mixes_are_admissible(seed: int) -> None:
    packer, gpu_type = Packer(EVALUATOR), ALIKE.fleet[0]
    order = np.random.default_rng(seed).permutation(len(ITEMS)).tolist()
    items: list[Item] = [ITEMS[i] for i in order]
    taken, _ = fill(packer, gpu_type, items, max_misses=1)
    count = len(taken)
    assert used(order[: count + 1]) >= 0.9
    assert used(order[:count]) <= 1.03


def test_items_of_several_adapters_add_up() -> None:
    names = [adapter.name for adapter in PROBLEM.workload.adapters[:3]]
    problem = replace(PROBLEM, rules=Rules(together=[names]))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    envelope = Envelope(evaluator)
    items, _ = make_items(evaluator)
    table = WeightTable(envelope, items)
    assert len(table.items[0].adapters) == 3
    weights = envelope.weights["example-0", 32]
    assert table.figures["example-0", 32][0, 1] == pytest.approx(weights[:3].sum())
    assert np.isinf(table.figures["example-0", 8][0, 1])
    assert not table.allowed(("example-0", 8))[0]
    assert table.allowed(("example-0", 32)).all()
