"""A calibration on our own measurements of vLLM 0.22.1, as far as their tables are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.calibrate.cli import main
from twin.gpu.read_profile import read_profile
from twin.measured.run_table import read_runs
from twin.validate.accuracy import accuracy
from twin.validate.comparison import compare_runs

MEASURED = Path(__file__).parents[4] / "shared" / "hopper"


@pytest.mark.skipif(not MEASURED.is_dir(), reason="needs the tables of our measurements")
@pytest.mark.parametrize("folder", ["h100", "h200"])
def test_the_runs_of_the_fit_are_met(folder: str, tmp_path: Path) -> None:
    out = tmp_path / "p.yaml"
    options = ["--holdout", "0", "--max-iterations", "5"]
    assert main([str(MEASURED / folder), "--out", str(out), *options]) == 0
    profile = read_profile(out)
    assert profile.max_num_batched_tokens == 8192
    assert profile.max_model_len == 131072
    assert profile.async_scheduling
    runs = read_runs(MEASURED / folder / "serving_runs.csv")
    errors = accuracy(list(compare_runs(runs, lambda _: profile)))
    assert errors.throughput_smape_pct < 1.0
    assert errors.tpot_smape_pct < 2.5
    assert errors.ttft_smape_pct < 5.0
