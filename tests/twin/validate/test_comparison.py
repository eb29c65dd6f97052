"""Measured runs beside their simulations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.measured.run_rows import read, write
from tests.twin.validate.compared_rows import HEAVY, LIGHT, TWIN
from twin.gpu.read_profile import read_profile
from twin.measured.run_table import read_runs
from twin.validate.accuracy import accuracy
from twin.validate.comparison import Comparison, compare_runs


def test_starvation_of_the_twin_is_by_the_nominal_load(tmp_path: Path) -> None:
    run = read(tmp_path)  # 1400 tokens/s offered
    assert not Comparison(run, TWIN, "p").starved
    assert Comparison(run, replace(TWIN, throughput=1259.0), "p").starved
    assert Comparison(run, TWIN, "p").throughput_error == pytest.approx(0.05)
    assert Comparison(run, TWIN, "p").speedup == pytest.approx(600 / 0.001)


def test_what_an_engine_processed_is_compared_where_it_was_read(tmp_path: Path) -> None:
    counters = {"engine_prompt_tokens": "480000", "engine_generation_tokens": "300000"}
    compared = Comparison(read(tmp_path, **counters), TWIN, "p")  # of 840,000 tokens
    assert compared.throughputs == (1300.0, 1300.0)
    assert compared.throughput_error == 0
    assert not compared.run.starved
    assert not compared.starved
    assert Comparison(read(tmp_path), TWIN, "p").throughputs == (1200.0, 1260.0)
    errors = accuracy([compared])
    assert errors.throughput_smape_pct == 0
    assert errors.completed_throughput_smape_pct == pytest.approx(100 * 60 / 2460)


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
