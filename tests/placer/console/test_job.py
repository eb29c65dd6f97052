"""One run, from a composed configuration."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

from placer.console.place import run
from placer.console.run_folder import read_run

SMALL = ["workload.num_adapters=3", "estimator.window.duration=60", "verify=none", "seed=4"]


def test_a_run_leaves_the_configuration_that_led_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["placer", *SMALL, "output_dir=first"])
    assert run() == 0
    monkeypatch.setattr(sys, "argv", ["placer", *SMALL, "previous=first", "output_dir=second"])
    assert run() == 0
    written = yaml.safe_load((tmp_path / "second" / "config.yaml").read_text())
    assert written["previous"] == str(tmp_path / "first")  # means the same from any folder
    assert written["seed"] == 4
    summary = json.loads((tmp_path / "second" / "summary.json").read_text())
    assert summary["strategy"] == "portfolio"
    assert json.loads((tmp_path / "second" / "migration.json").read_text())["steps"] == []


def test_without_an_admissible_placement_the_status_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    few = ["workload=paper_high", "workload.num_adapters=64", "max_gpus=1", "max_estimates=400"]
    monkeypatch.setattr(sys, "argv", ["placer", *SMALL[1:], *few, "output_dir=out"])
    assert run() == 1
    assert (tmp_path / "out" / "placement.json").is_file()


def test_engines_of_long_prompts_run_fewer_requests_at_a_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["name,rank,rate_req_s,prompt_tokens_mean,output_tokens_mean,output_tokens_std"]
    rows += [f"rag-{k},16,0.15,12000,800,400" for k in range(9)]
    Path("rag.csv").write_text("\n".join(rows) + "\n")

    def place(*asked: str) -> tuple[int, set[int]]:
        """GPUs of a run, and how many requests at a time their engines run."""
        monkeypatch.setattr(sys, "argv", ["placer", "rag.csv", "objective=gpu_count", *asked])
        assert run() == 0
        folder = Path(asked[-1].partition("=")[2])
        gpus = json.loads((folder / "placement.json").read_text())["gpus"]
        return len(gpus), {gpu["engine"]["max_num_seqs"] for gpu in gpus}

    number, (limit,) = place("output_dir=best")
    assert limit < 100
    assert f"run {limit} requests at a time at most, and not 512" in capsys.readouterr().err
    name = "h100_80gb_llama31_8b"
    assert yaml.safe_load(Path("best/config.yaml").read_text())["max_num_seqs"] == {name: limit}
    started = "".join(path.read_text() for path in Path("best/engines").iterdir())
    assert f"--max-num-seqs {limit}" in started
    usual, limits = place("max_num_seqs=profile", "output_dir=usual")
    assert usual > number
    assert limits == {512}
    assert place("previous=best", "output_dir=again") == (number, {limit})
    assert json.loads(Path("again/migration.json").read_text())["steps"] == []
    explained = read_run("again").problem.fleet[0]
    assert explained.max_num_seqs == limit
