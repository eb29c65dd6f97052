"""What a calibration is asked to do, and how it divides the runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.twin.calibrate.known_costs import TRUE
from tests.twin.calibrate.settings_of_tests import SETTINGS
from tests.twin.measured.run_rows import ROW, write
from twin.calibrate import calibration
from twin.calibrate.calibration import calibrate
from twin.calibrate.engine_terms import engine_terms
from twin.calibrate.items import Item, RunItem
from twin.calibrate.tables import Tables, find_tables
from twin.calibrate.terms import Term
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.measured.run import MeasuredRun


class Stop(Exception):
    """Raised instead of fitting, with what would be fitted."""

    def __init__(self, start: ServingProfile, terms: tuple[Term, ...], runs: list[MeasuredRun]):
        super().__init__()
        self.start, self.terms, self.runs = start, terms, runs


@pytest.fixture(autouse=True)
def _no_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit_costs(
        start: ServingProfile, terms: tuple[Term, ...], items: list[Item], *_: Any, **__: Any
    ) -> None:
        raise Stop(start, terms, [item.run for item in items if isinstance(item, RunItem)])

    monkeypatch.setattr(calibration, "fit_costs", fit_costs)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Twenty runs, half of them in either scenario."""
    rows = [ROW | {"run_id": str(i), "scenario": "ab"[i % 2]} for i in range(20)]
    other = ROW | {"run_id": "other", "scenario": "a", "vllm_version": "0.9.0"}
    write(tmp_path, *rows, other)
    return find_tables(tmp_path)


def asked(tables: Tables, **settings: Any) -> Stop:
    with pytest.raises(Stop) as stopped:
        calibrate(tables, replace(SETTINGS, **settings))
    return stopped.value


def names(runs: list[MeasuredRun]) -> set[str]:
    return {run.run_id for run in runs}


def test_only_runs_of_the_version_are_fitted_to(tables: Tables) -> None:
    runs = asked(tables, holdout=0.0).runs
    assert len(runs) == 20
    assert "other" not in names(runs)


def test_the_fit_starts_from_the_base_on_the_gpu(tables: Tables) -> None:
    start = asked(tables).start
    assert (start.name, start.gpu, start.scheduler) == ("mine", "H100-80GB", "v1")
    assert start.step_time == TRUE.step_time
    assert start.largest_rank == 16
    assert start.kv_capacity(8, 16) > TRUE.kv_capacity(8, 16)


def test_terms_of_loads_need_runs_that_swap_adapters(tables: Tables, tmp_path: Path) -> None:
    assert "gpu" not in {term.name for term in asked(tables).terms}  # slots for all
    write(tmp_path, ROW | {"max_loras": "2"})
    swapping = find_tables(tmp_path)
    terms = engine_terms("0.8.5")
    assert asked(swapping, holdout=0.0).terms == terms
    kept = asked(swapping, holdout=0.0, keep=("step_time.base",)).terms
    assert set(terms) - set(kept) == {term for term in terms if term.name == "base"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "other"}, "no usable run is of other on 0.8.5; there are: llama-3.1"),
    ],
)
def test_runs_that_are_not_there(tables: Tables, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        calibrate(tables, replace(SETTINGS, **settings))
    assert words in str(error.value)
