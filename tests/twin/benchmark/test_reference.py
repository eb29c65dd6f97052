"""Scenarios of measured runs."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.twin.benchmark.published_runs import HEADER, ROWS
from twin.benchmark.reference import reference_scenarios
from twin.files.errors import InputError


def test_usable_runs_with_a_profile(tmp_path: Path) -> None:
    (tmp_path / "h100_serving_runs.csv").write_text(f"{HEADER}\n{ROWS}")
    (tmp_path / "authors_twin_predictions.csv").write_text("run_id,twin_wall_time_s\na,2.5\n")
    first, second = reference_scenarios(tmp_path)
    assert (first.name, first.rate, first.duration, first.paper_seconds) == ("a", 2.0, 120.0, 2.5)
    assert first.group.startswith("llama-3.1-8b-instruct")
    assert second.name == "b"
    assert math.isnan(second.paper_seconds)
    stream = first.draw(0)
    assert stream.duration == 120.0
    assert first.simulate(stream).num_finished > 0


def test_times_of_the_paper_are_not_needed(tmp_path: Path) -> None:
    (tmp_path / "h100_serving_runs.csv").write_text(f"{HEADER}\n{ROWS}")
    assert all(math.isnan(s.paper_seconds) for s in reference_scenarios(tmp_path))


def test_a_wrong_time_is_named(tmp_path: Path) -> None:
    (tmp_path / "h100_serving_runs.csv").write_text(f"{HEADER}\n{ROWS}")
    (tmp_path / "authors_twin_predictions.csv").write_text("run_id,twin_wall_time_s\na,fast\n")
    with pytest.raises(InputError, match=r"row 2, column twin_wall_time_s.*'fast'"):
        list(reference_scenarios(tmp_path))


def test_published_runs(reference_dir: Path) -> None:
    scenarios = list(reference_scenarios(reference_dir))
    assert len(scenarios) > 800
    assert max(scenario.rate for scenario in scenarios) > 600
    known = [s.paper_seconds for s in scenarios if not math.isnan(s.paper_seconds)]
    assert len(known) > 600
    assert max(known) == pytest.approx(215.7, abs=0.1)
