"""python -m twin.calibrate: from a folder of measurements to a profile that can be read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.twin.calibrate.known_costs import FITTED, TRUE, measure
from tests.twin.measured.run_rows import ROW, read, write
from twin.calibrate import cli
from twin.calibrate.cli import main
from twin.calibrate.terms import TERMS
from twin.gpu.read_profile import read_profile

KEPT = ",".join(term.key for term in TERMS if term not in FITTED)
BASE = ["--base", "h100_64gb_llama31_8b", "--gpu", "H100-64GB"]


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs of an engine that has the bundled profile's costs."""
    folder = tmp_path_factory.mktemp("runs")
    base = read(folder, duration_s="300")
    rows = []
    for slots in (4, 32, 96):
        for rate in (0.5, 3.0, 8.0, 14.0):
            run = replace(base, max_loras=slots, ranks={16: slots}, rates={rate / slots: slots})
            measured = measure(run, TRUE)
            rows.append(
                ROW
                | {
                    "run_id": f"{slots}-{rate}",
                    "max_loras": str(slots),
                    "adapter_rank_mix": f"16:{slots}",
                    "rate_counts": f"{rate / slots!r}:{slots}",
                    "duration_s": "300",
                    "total_throughput_tok_s": repr(measured.throughput),
                    "mean_tpot_ms": repr(1e3 * measured.tpot_mean),
                    "mean_ttft_ms": repr(1e3 * measured.ttft_mean),
                }
            )
    write(folder, *rows)
    return folder


def test_a_profile_is_fitted_and_written(
    runs_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.yaml"
    arguments = [str(runs_dir), "--out", str(out), *BASE, "--keep", KEPT, "--source", "a test"]
    assert main([*arguments, "--max-iterations", "4"]) == 0
    profile = read_profile(out)
    errors = profile.provenance["standard_errors"]
    for term in FITTED:
        found, true = (getattr(p.step_time, term.name) for p in (profile, TRUE))
        assert found == pytest.approx(true, rel=0.4), term.name
        assert abs(found - true) < 3 * errors[f"step_time.{term.name}"], term.name
    assert profile.step_time.prefill_token == TRUE.step_time.prefill_token
    assert (profile.name, profile.model) == ("mine", "llama-3.1-8b-instruct")
    assert (profile.engine_version, profile.scheduler) == ("0.8.5", "v1")
    record = profile.provenance
    assert record["source"] == "a test"
    assert record["num_runs"] == 12
    assert record["accuracy_on"] == "runs held out in turn"
    assert record["accuracy"]["n"] == 12
    assert record["accuracy"]["throughput_smape_pct"] < 3
    assert len(record["data_sha256"]) == 64
    assert set(record["standard_errors"]) == {f"step_time.{term.name}" for term in FITTED}
    assert out.read_text().startswith("# llama-3.1-8b-instruct on H100-64GB, vllm 0.8.5\n")
    shown = capsys.readouterr()
    assert "step_time.base" in shown.out
    assert "accuracy on runs held out in turn" in shown.out
    assert "iteration 1" in shown.err


def test_same_data_same_profile(runs_dir: Path, tmp_path: Path) -> None:
    kept = KEPT + ",step_time.slot,step_time.adapter"
    texts = []
    for name in ("one", "two"):
        out = tmp_path / name / "p.yaml"
        quick = ["--max-runs", "4", "--max-iterations", "2", "--holdout", "0"]
        assert main([str(runs_dir), "--out", str(out), *BASE, "--keep", kept, *quick]) == 0
        texts.append(yaml.safe_load(out.read_text()))
    assert texts[0] == texts[1]
    assert texts[0]["provenance"]["accuracy_on"] == "the runs of the fit"


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--model", "other"], "none fits; give --model"),
        (["--gpu", "V100"], "'V100' is not known"),
        (["--keep", "step_time.magic"], "'step_time.magic' is no term"),
        (["--holdout", "1"], "holdout: 1.0"),
        (["--max-runs", "0"], "max_runs: 0"),
        (["--seed", "-1"], "seed: -1 is negative"),
        (["--out", "."], "--out: . is a folder"),
        (["--holdout-scenario", "none"], "'none' is no scenario; there are: all"),
        (["--holdout-scenario", "all"], "no run is left"),
        (["--base", "nothing"], "'nothing' is unknown"),
        (["--model-config", "no.json"], "no.json: there is no such file"),
    ],
)
def test_wrong_input_is_one_line_and_writes_nothing(
    runs_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    extra: list[str],
    words: str,
) -> None:
    out = tmp_path / "p.yaml"
    gpu = [] if "--gpu" in extra else ["--gpu", "H100-64GB"]
    assert main([str(runs_dir), "--out", str(out), *gpu, *extra]) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_writes_nothing(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "calibrate", interrupt)
    assert main([str(runs_dir), "--out", str(tmp_path / "p.yaml"), *BASE]) == 130
    assert list(tmp_path.iterdir()) == []
