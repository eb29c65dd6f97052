"""Scenarios of measured runs, with what the paper's twin took for them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from twin.benchmark.scenario import Scenario
from twin.files.csv_rows import csv_rows
from twin.files.field_value import to_number
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import measured_profile, measured_profiles
from twin.measured.replay import simulate_run
from twin.measured.run import MeasuredRun
from twin.measured.run_stream import sample_run
from twin.measured.run_table import read_runs

__all__ = ["reference_scenarios"]

_RUNS = "h100_serving_runs.csv"
_PAPER_TWIN = "authors_twin_predictions.csv"


def reference_scenarios(folder: Path | str) -> Iterator[Scenario]:
    """Scenarios of the usable runs in a folder whose model and engine have a bundled profile.

    Parameters
    ----------
    folder : Path or str
        Holds ``h100_serving_runs.csv`` and, where known, ``authors_twin_predictions.csv`` with
        the columns run_id and twin_wall_time_s.

    Raises
    ------
    InputError
        If a file cannot be read or lacks a column.
    """
    profiles = measured_profiles()
    paper_seconds = _paper_seconds(Path(folder) / _PAPER_TWIN)
    for run in read_runs(Path(folder) / _RUNS):
        profile = measured_profile(profiles, run.model, run.engine_version, run.gpu)
        if run.usable and profile and profile.memory_error(run.engine_config(profile)) is None:
            yield _scenario(run, profile, paper_seconds.get(run.run_id, math.nan))


def _scenario(run: MeasuredRun, profile: ServingProfile, paper_seconds: float) -> Scenario:
    return Scenario(
        name=run.run_id,
        group=f"{run.model} {run.scenario}",
        rate=run.rate,
        duration=run.duration,
        draw=lambda seed: sample_run(run, seed),
        simulate=lambda stream: simulate_run(run, stream, profile),
        paper_seconds=paper_seconds,
    )


def _paper_seconds(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    column = "twin_wall_time_s"
    return {
        row["run_id"]: to_number(f"{where}, column {column}", row[column], "a number of seconds")
        for where, row in csv_rows(path, ("run_id", column))
    }
