"""Measured runs beside their simulations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.measured.run_rows import read, write
from tests.twin.validate.compared_rows import HEAVY, LIGHT, TWIN
from twin.gpu.read_profile import read_profile
from twin.measured.run_table import read_runs
from twin.validate.comparison import Comparison, compare_runs


def test_starvation_of_the_twin_is_by_the_nominal_load(tmp_path: Path) -> None:
    run = read(tmp_path)  # 1400 tokens/s offered
    assert not Comparison(run, TWIN, "p").starved
    assert Comparison(run, replace(TWIN, throughput=1259.0), "p").starved
    assert Comparison(run, TWIN, "p").throughput_error == pytest.approx(0.05)
    assert Comparison(run, TWIN, "p").speedup == pytest.approx(600 / 0.001)


def test_the_figures_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    runs = read_runs(write(tmp_path, LIGHT, HEAVY))
    profile = read_profile("h100_64gb_llama31_8b")
    one, two = (
        [
            (c.twin.throughput, c.twin.ttft_mean)
            for c in compare_runs(runs, lambda _: profile, num_workers=n)
        ]
        for n in (1, 2)
    )
    assert one == two
