"""No change makes the twin worse by more than a tenth: its errors against measured runs.

Who makes it better lowers the figures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kept_figures import assert_none_is_worse
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.measured.run import MeasuredRun
from twin.measured.run_table import read_runs
from twin.validate.accuracy import accuracy, macro_f1
from twin.validate.comparison import compare_runs

HOPPER = Path(__file__).parents[4] / "shared" / "hopper"
PUBLISHED = {"throughput_smape_pct": 0.844, "tpot_smape_pct": 2.268, "ttft_smape_pct": 7.822}
OURS = {
    "h100_80gb_llama31_8b": {"throughput_smape_pct": 0.171, "tpot_smape_pct": 0.116},
    "h200_141gb_llama31_8b": {
        "throughput_smape_pct": 0.459,
        "tpot_smape_pct": 1.114,
        "ttft_smape_pct": 2.379,
    },
}


def test_against_published_runs_of_vllm_0_8_5(reference_dir: Path) -> None:
    profiles = {
        (profile.model, profile.engine_version): profile
        for profile in map(read_profile, ("h100_64gb_llama31_8b", "h100_64gb_qwen25_7b"))
    }

    def profile_of(run: MeasuredRun) -> ServingProfile:
        return profiles[run.model, run.engine_version]

    runs = [
        run
        for run in read_runs(reference_dir / "h100_serving_runs.csv")
        if run.usable and (run.model, run.engine_version) in profiles
    ][::12]
    compared = list(compare_runs(runs, profile_of))
    assert len(compared) > 50
    assert_none_is_worse(accuracy(compared).to_dict(), PUBLISHED)
    certain = [c for c in compared if not c.run.starved_is_uncertain]
    assert macro_f1([c.run.starved for c in certain], [c.starved for c in certain]) >= 0.98


@pytest.mark.skipif(not HOPPER.is_dir(), reason="needs the tables of our measurements")
@pytest.mark.parametrize("name", OURS)
def test_against_our_runs_of_vllm_0_22_1(name: str) -> None:
    profile = read_profile(name)
    runs = read_runs(HOPPER / name.partition("_")[0] / "serving_runs.csv")
    compared = list(compare_runs(runs, lambda _: profile))
    assert_none_is_worse(accuracy(compared).to_dict(), OURS[name])
