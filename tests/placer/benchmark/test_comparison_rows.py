"""Rows of a benchmark as those of a comparison."""

from __future__ import annotations

import math
from dataclasses import replace

from placer.benchmark.comparison_rows import REPEATED, comparison_rows
from placer.report.comparison.compare import compare
from tests.placer.benchmark.example_row import ROW


def test_strategies_are_compared_on_the_same_instances() -> None:
    rows = [
        replace(ROW, instance=instance, strategy=strategy, gpus=gpus, value=(float(gpus),))
        for instance, extra in (("one", 0), ("two", 10), ("three", 20))
        for strategy, gpus in (("greedy", 5 + extra), ("milp", 4 + extra))
    ]
    failed = replace(rows[-1], feasible=False, gap=math.inf, value=(), reason="too few GPUs")
    comparison = compare(comparison_rows([*rows[:-1], failed]), "greedy", REPEATED)
    assert [(one.name, len(one.placed)) for one in comparison.configurations] == [
        ("greedy", 3),
        ("milp", 2),
    ]
    (difference,) = comparison.differences
    gpus = difference.figures["num_gpus"]
    assert (gpus.mean, gpus.half_width, gpus.n) == (-1.0, 0.0, 2)


def test_what_is_unknown_is_none() -> None:
    (row,) = comparison_rows([replace(ROW, gap=math.inf, value=(), reason="too few GPUs")])
    assert (row["gap"], row["value"], row["error"]) == (None, None, "too few GPUs")
