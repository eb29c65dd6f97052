"""One strategy on one instance."""

from __future__ import annotations

from pathlib import Path

from estimators.twin_backed import TwinEstimator
from placer.benchmark.instance import Instance
from placer.benchmark.row import Row
from placer.benchmark.run import is_baseline, run_instance
from placer.objectives import GpuCount
from placer.strategies import FirstFit
from placer.strategies.base import Strategy
from placer.strategies.baselines import MaxBackbone
from tests.placer.benchmark.small_library import content, write_library


def run(tmp_path: Path, strategy: Strategy, **changes: object) -> Row:
    write_library(tmp_path, content(**changes))
    instance = Instance.read(tmp_path / "family" / "one.yaml")
    return run_instance(
        instance,
        ("mine", strategy),
        ("gpu_count", GpuCount()),
        ("any", instance.make_estimator()),
        time_limit=30.0,
    )


def test_a_row_says_what_came_out(tmp_path: Path) -> None:
    row = run(tmp_path, FirstFit())
    assert (row.instance, row.family, row.num_adapters) == ("one", "family", 12)
    assert (row.strategy, row.objective, row.estimator) == ("mine", "gpu_count", "any")
    assert (row.gpus, row.value, row.lower_bound, row.gap) == (4, (4.0,), (4.0,), 0.0)
    assert row.feasible
    assert row.optimal
    assert not row.verified  # the formula is not the twin
    assert row.num_estimates > 0


def test_what_the_twin_judges_is_verified_and_repaired(tmp_path: Path) -> None:
    row = run(tmp_path, FirstFit(), estimator="twin", adapters=[[6, 8, 1.0, "fixed"]])
    assert row.verified
    assert row.gpus == 1


def test_what_a_search_finds_can_be_shown_as_it_is(tmp_path: Path) -> None:
    write_library(tmp_path, content(estimator="twin", adapters=[[6, 8, 1.0, "fixed"]]))
    instance = Instance.read(tmp_path / "family" / "one.yaml")
    options = ("mine", FirstFit()), ("gpu_count", GpuCount()), ("twin", TwinEstimator())
    row = run_instance(instance, *options, time_limit=30.0, max_estimates=100, verify=False)
    assert (row.feasible, row.verified, row.max_estimates) == (True, False, 100)


def test_baselines_are_not_repaired(tmp_path: Path) -> None:
    assert is_baseline(MaxBackbone())
    assert not is_baseline(FirstFit())
    starving = MaxBackbone(admissible=False)
    row = run(tmp_path, starving, estimator="twin", adapters=[[60, 8, 4.0, "fixed"]])
    assert row.moved == 0
    assert row.starved_gpus > 0
    assert not row.feasible
    assert not row.optimal
