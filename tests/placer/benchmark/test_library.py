"""The library of instances."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from placer.benchmark.instance import BestKnown
from placer.benchmark.library import (
    contradictions,
    library_folder,
    read_library,
    update_library,
)
from placer.benchmark.row import Row
from tests.placer.benchmark.example_row import ROW
from tests.placer.benchmark.small_library import write_library
from twin.files.errors import InputError


def test_suites_are_families_or_names(tmp_path: Path) -> None:
    write_library(tmp_path)
    assert [i.name for i in read_library(tmp_path)] == ["one", "two"]
    assert [i.name for i in read_library(tmp_path, ["two"])] == ["two"]
    assert len(read_library(tmp_path, ["family"])) == 2
    with pytest.raises(InputError, match="--suite: 'three' is unknown; families: family"):
        read_library(tmp_path, ["three"])


def test_a_folder_without_instances_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it holds no instances; give --instances FOLDER"):
        read_library(tmp_path)


def known(folder: Path, *rows: Row) -> BestKnown | None:
    """Best known value of the first instance after an update."""
    update_library(folder, read_library(folder), rows)
    return read_library(folder)[0].best_known.get("gpu_count")


def test_better_values_and_bounds_are_written(tmp_path: Path) -> None:
    write_library(tmp_path)
    assert known(tmp_path, replace(ROW, feasible=False)) is None
    assert known(tmp_path, ROW) == BestKnown((5.0,), (3.0,), "milp")
    better = replace(ROW, strategy="greedy", value=(4.0,), lower_bound=(2.0,))
    assert known(tmp_path, better) == BestKnown((4.0,), (3.0,), "greedy")
    assert known(tmp_path, ROW) == BestKnown((4.0,), (3.0,), "greedy")
    tighter = replace(ROW, lower_bound=(4.0,))
    assert known(tmp_path, tighter) == BestKnown((4.0,), (4.0,), "greedy")


def test_what_is_known_by_one_rule_stays_beside_the_other(tmp_path: Path) -> None:
    write_library(tmp_path)
    paper = replace(ROW, rule="paper", value=(4.0,))
    assert known(tmp_path, paper) is None, "these are instances by the other rule"
    update_library(tmp_path, read_library(tmp_path, rule="paper"), [paper, ROW])
    assert known(tmp_path, ROW) == BestKnown((5.0,), (3.0,), "milp")
    (one,) = read_library(tmp_path, ["one"], "paper")
    assert one.best_known["gpu_count"].value == (4.0,)


def test_only_instances_that_changed_are_named(tmp_path: Path) -> None:
    write_library(tmp_path)
    assert update_library(tmp_path, read_library(tmp_path), [ROW]) == ["one"]
    assert update_library(tmp_path, read_library(tmp_path), [ROW]) == []


def test_a_bound_above_a_known_value_is_told(tmp_path: Path) -> None:
    write_library(tmp_path)
    update_library(tmp_path, read_library(tmp_path), [ROW])
    higher = replace(ROW, strategy="greedy", lower_bound=(6.0,))
    told = contradictions(read_library(tmp_path), [ROW, higher, replace(higher, rule="paper")])
    assert told == ["one by gpu_count: the bound 6 of greedy is above 5, which milp found"]


def test_the_instances_of_the_project_are_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(list(library_folder().glob("*/*.yaml"))) > 60
