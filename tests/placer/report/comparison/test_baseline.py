"""Differences from a baseline."""

from __future__ import annotations

import pytest

from placer.report.comparison.baseline import Baseline, differences, find_baseline
from placer.report.comparison.configurations import group_runs
from tests.placer.report.comparison.example_rows import row, sweep
from twin.files.errors import InputError


def test_pairs_are_of_the_same_seed() -> None:
    configurations = group_runs(sweep())
    (difference,) = differences(configurations, Baseline("strategy", "greedy"))
    assert (difference.configuration.name, difference.baseline.name) == ("milp", "greedy")
    gpus = difference.figures["num_gpus"]
    assert (gpus.mean, gpus.half_width, gpus.n) == (-1.0, 0.0, 2)


def test_only_what_is_alike_otherwise_is_compared() -> None:
    rows = [
        row(strategy, 0, gpus + extra, objective=objective)
        for objective, extra in (("gpu_count", 0), ("latency", 3))
        for strategy, gpus in (("greedy", 5), ("milp", 4))
    ]
    configurations = group_runs(rows)
    found = differences(configurations, Baseline("strategy", "greedy"))
    assert [(d.configuration.name, d.baseline.name) for d in found] == [
        ("milp gpu_count", "greedy gpu_count"),
        ("milp latency", "greedy latency"),
    ]
    across = differences(configurations, Baseline("objective", "gpu_count"))
    assert all("value" not in d.figures for d in across)  # of other units
    assert [d.figures["num_gpus"].mean for d in across] == [3.0, 3.0]


@pytest.mark.parametrize("asked", ["milp", "strategy:milp", "strategy=milp"])
def test_a_baseline_is_a_value(asked: str) -> None:
    assert find_baseline(group_runs(sweep()), asked) == Baseline("strategy", "milp")


def test_the_first_value_is_the_baseline_unless_another_is_asked_for() -> None:
    assert find_baseline(group_runs(sweep())) == Baseline("strategy", "greedy")
    assert find_baseline(group_runs(sweep()[:2])) is None
    assert str(Baseline("strategy", "greedy")) == "strategy=greedy"


def test_a_baseline_that_no_runs_have_or_two_keys_is_refused() -> None:
    with pytest.raises(InputError, match="one of strategy:greedy, strategy:milp"):
        find_baseline(group_runs(sweep()), "magic")
    rows = [row("greedy", 0, 4, a=1, b=1), row("greedy", 0, 4, a=2, b=2)]
    with pytest.raises(InputError, match="'1' is the value of a and b"):
        find_baseline(group_runs(rows), "1")


def test_what_has_no_partner_has_no_difference() -> None:
    rows = [row("greedy", 0, 4, n=1), row("milp", 0, 4, n=2)]
    assert differences(group_runs(rows), Baseline("strategy", "greedy")) == []
