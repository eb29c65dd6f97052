"""Instances."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.twin_backed import TwinEstimator
from placer.benchmark.instance import BestKnown, Instance
from tests.placer.benchmark.small_library import FORMULA, content, write_library
from twin.files.errors import InputError


def read(tmp_path: Path, **changes: Any) -> Instance:
    write_library(tmp_path, content(**changes))
    return Instance.read(tmp_path / "family" / "one.yaml")


def test_a_file_is_a_problem(tmp_path: Path) -> None:
    best = {"gpu_count": {"value": [4.0], "lower_bound": [4.0], "found_by": "milp"}}
    instance = read(tmp_path, best_known={"sustained": best}, max_gpus=9)
    assert (instance.name, instance.family) == ("one", "family")
    adapters = instance.problem.workload.adapters
    assert len(adapters) == 12
    assert sum(a.rank == 16 for a in adapters) == 4
    assert all(a.rate == 30 and a.lengths.prompt_mean == 60 for a in adapters)
    assert instance.problem.max_gpus == 9
    assert instance.problem.fleet[0].profile.name == "gpu"
    assert instance.best_known == {"gpu_count": BestKnown((4.0,), (4.0,), "milp")}
    assert not instance.is_simulated
    assert instance.make_estimator() == ClosedFormEstimator(**FORMULA)


def test_rows_are_mixed_evenly(tmp_path: Path) -> None:
    ranks = [a.rank for a in read(tmp_path).problem.workload.adapters]
    assert [ranks[i : i + 3].count(16) for i in range(0, 12, 3)] == [1, 1, 1, 1]


def test_the_twin_judges_by_the_threshold_of_the_instance(tmp_path: Path) -> None:
    instance = read(tmp_path, estimator="twin", starvation_threshold=0.95)
    assert instance.is_simulated
    assert instance.make_estimator() == TwinEstimator()
    assert instance.problem.starvation == StarvationRule(0.95)


def test_what_is_known_is_by_a_rule(tmp_path: Path) -> None:
    best = {"gpu_count": {"value": [3.0], "lower_bound": [3.0], "found_by": "milp"}}
    strict = read(tmp_path, estimator="twin", best_known={"paper": best})
    assert strict.problem.starvation == StarvationRule(0.9)
    assert (strict.rule, strict.best_known) == ("sustained", {})
    paper = Instance.read(tmp_path / "family" / "one.yaml", "paper")
    assert paper.problem.starvation == StarvationRule(0.9, sustained=False)
    assert (paper.rule, paper.best_known["gpu_count"].value) == ("paper", (3.0,))


def test_profiles_of_an_entry_share_its_gpus(tmp_path: Path) -> None:
    fleet = [{"profiles": ["gpu", "h100_64gb_llama31_8b"], "count": 3}]
    problem = read(tmp_path, fleet=fleet).problem
    assert problem.pools.limits == ((("gpu", "h100_64gb_llama31_8b"), 3),)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema_version": 1}, "schema_version: 1; 2"),
        ({"extra": 1}, "unknown key 'extra'"),
        ({"adapters": [[1, 8, 1.0]]}, r"adapters\[0\]: \[1, 8, 1.0\] is no row"),
        ({"adapters": [[1, 8, 1.0, "x"]]}, "is no row"),
        ({"adapters": [[1.5, 8, 1.0, "fixed"]]}, "1.5 is not a whole number"),
        ({"estimator": "guess"}, "estimator: it is not a mapping"),
        ({"fleet": [{"profiles": ["none"], "count": 1}]}, "none.yaml"),
        ({"best_known": {"gpu_count": {}}}, "unknown rule 'gpu_count'; accepted: sustained"),
        ({"best_known": {"sustained": {"cost": {"value": [1.0]}}}}, "lower_bound is missing"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, **changes)


def test_files_that_are_no_yaml(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: [")
    with pytest.raises(InputError, match=r"a\.yaml: it is not YAML"):
        Instance.read(path)
