"""Runs that were asked the same."""

from __future__ import annotations

from placer.report.comparison.configurations import (
    differing_keys,
    figure,
    group_runs,
    shown_figures,
)
from tests.placer.report.comparison.example_rows import row, sweep


def test_runs_that_differ_in_the_seed_alone_are_one_configuration() -> None:
    greedy, milp = group_runs(sweep())
    assert [(one.name, len(one.runs), len(one.placed)) for one in (greedy, milp)] == [
        ("greedy", 3, 3),
        ("milp", 3, 2),
    ]
    mean = greedy.mean("num_gpus")
    assert mean is not None
    assert (mean.mean, mean.n) == (6.0, 3)
    assert greedy.mean("gap") is None


def test_figures_of_runs_that_placed_nothing_do_not_count() -> None:
    _, milp = group_runs(sweep())
    mean = milp.mean("num_gpus")
    assert mean is not None
    assert (mean.mean, mean.n) == (4.5, 2)


def test_what_is_served_counts_whatever_comes_and_is_shown_where_not_all_is_placed() -> None:
    rows = [row("greedy", seed, 4, served_throughput=100.0 + seed) for seed in (0, 1)]
    assert "served_throughput" not in shown_figures(group_runs(rows))
    rows[1]["placed"] = False
    (greedy,) = group_runs(rows)
    assert "served_throughput" in shown_figures([greedy])
    served, gpus = greedy.mean("served_throughput"), greedy.mean("num_gpus")
    assert served is not None
    assert gpus is not None
    assert (served.mean, served.n, gpus.n) == (100.5, 2, 1)


def test_names_say_in_what_configurations_differ() -> None:
    rows = [row("greedy", 0, 4, estimator="twin", fast=fast) for fast in (True, None)]
    assert [one.name for one in group_runs(rows)] == ["fast=true", "fast=null"]
    assert [one.name for one in group_runs(rows[:1])] == ["greedy"]
    assert differing_keys([{"a": 1, "strategy": "x"}, {"strategy": "y"}]) == ["strategy", "a"]


def test_what_is_repeated_may_be_something_else() -> None:
    rows = [row("greedy", 0, n, instance=f"i{n}") for n in (2, 3)]
    (one,) = group_runs(rows, ("instance",))
    assert set(one.by_repetition("num_gpus")) == {("'i2'",), ("'i3'",)}


def test_figures_are_numbers() -> None:
    run = {"value": [3.0, 0.5], "gap": None, "num_gpus": 4, "runtime": float("nan"), "empty": []}
    assert [figure(run, key) for key in ("value", "gap", "num_gpus", "runtime", "empty")] == [
        *(3.0, None, 4.0, None, None)
    ]
