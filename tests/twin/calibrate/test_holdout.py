"""Which runs a fit sees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.calibrate.settings_of_tests import SETTINGS
from tests.twin.measured.run_rows import ROW, write
from twin.calibrate.holdout import FEW, split, turns
from twin.files.errors import InputError
from twin.measured.run import MeasuredRun
from twin.measured.run_table import read_runs


@pytest.fixture
def runs(tmp_path: Path) -> list[MeasuredRun]:
    """Twenty runs, half of them in either scenario."""
    rows = [ROW | {"run_id": str(i), "scenario": "ab"[i % 2]} for i in range(20)]
    return read_runs(write(tmp_path, *rows))


def names(runs: list[MeasuredRun]) -> set[str]:
    return {run.run_id for run in runs}


def test_many_runs_are_divided_by_the_seed(runs: list[MeasuredRun]) -> None:
    one, same, other = (split(runs, replace(SETTINGS, seed=seed)) for seed in (0, 0, 1))
    assert names(one[0]) == names(same[0]) != names(other[0])
    assert names(one[0]) | names(one[1]) == names(runs)
    assert len(one[0]) == len(one[1]) == 10
    assert len(split(runs, replace(SETTINGS, holdout=0.0))[0]) == 20
    assert len(split(runs, replace(SETTINGS, holdout=0.0, max_runs=3))[0]) == 3


def test_whole_scenarios_are_held_out(runs: list[MeasuredRun]) -> None:
    fitted_to, held_out = split(runs, replace(SETTINGS, holdout_scenarios=("a",)))
    assert {run.scenario for run in fitted_to} == {"b"}
    assert {run.scenario for run in held_out} == {"a"}


def test_few_runs_are_all_fitted_to_and_held_out_in_turn(runs: list[MeasuredRun]) -> None:
    few = runs[:FEW]
    assert split(few, SETTINGS) == (few, [])
    parts = turns(few)
    assert len(parts) == 4
    assert sorted(run.run_id for part in parts for run in part) == sorted(names(few))
    assert turns(runs[:2]) == [[runs[0]], [runs[1]]]


@pytest.mark.parametrize(
    ("scenarios", "words"),
    [(("c",), "'c' is no scenario; there are: a, b"), (("a", "b"), "no run is left to fit to")],
)
def test_runs_that_are_not_there(
    runs: list[MeasuredRun], scenarios: tuple[str, ...], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        split(runs, replace(SETTINGS, holdout_scenarios=scenarios))
