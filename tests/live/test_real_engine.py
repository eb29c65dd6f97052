"""Measure, calibrate and validate against a real vLLM: its CPU build with a tiny Llama.

``make test-live`` runs it, with ``LIVE_PYTHON`` the Python of an environment that has vLLM. A
folder that ``LIVE_FOLDER`` names is kept.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live.tiny_model import write_tiny_model
from twin.validate.accuracy import smape

ROOT = Path(__file__).resolve().parents[2]
FEW, MANY = 2, 8  # slots of the two engines
SERVED = 8  # adapters
RATES = (3.0, 5.0, 4.0)  # requests/s; the last one is held out
HELD_OUT = "4"
VLLM = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
}


def command(module: str, *words: object) -> None:
    """Run a command of the project, which has to succeed; it ends its own servers."""
    done = [sys.executable, "-m", module, *map(str, words)]
    subprocess.run(done, check=True, env={**os.environ, **VLLM}, cwd=ROOT)


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("LIVE_FOLDER")
    return Path(kept) if kept else tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return write_tiny_model(folder / "tiny")


@pytest.fixture(scope="module")
def measured(folder: Path, model: Path) -> Path:
    """Tables of two engines that serve the same adapters the same requests, each run twice."""
    server = [
        *[os.environ["LIVE_PYTHON"], "-m", "vllm.entrypoints.openai.api_server"],
        *["--model", model, "--served-model-name", "tiny", "--enforce-eager"],
        *["--max-model-len", "2048", "--max-num-seqs", "32", "--max-num-batched-tokens", "512"],
    ]
    command(
        "twin.measure",
        *["serve", "--out", folder / "measured", "--gpu", "cpu"],
        *["--engines", f"{FEW}:8,{MANY}:8", "--served-adapters", SERVED, "--window", "25"],
        *["--rates", ",".join(map(str, RATES)), "--again", len(RATES)],
        *["--batches", "1,4,16", "--prompts", "128,512", "--prompt-mean", "60"],
        *["--output-mean", "40", "--longest", "256", "--", *server],
    )
    return folder / "measured"


@pytest.fixture(scope="module")
def held_out(folder: Path, measured: Path, model: Path) -> tuple[Path, dict[str, Any]]:
    """Runs that the profile was not fitted to, and how far the twin is from them, in percent."""
    fitted, kept = (shutil.copytree(measured, folder / name) for name in ("fitted", "held_out"))
    for each, wanted in ((fitted, False), (kept, True)):
        table = each / "serving_runs.csv"
        rows = rows_of(table)
        with open(table, "w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            chosen = [r for r in rows if (r["total_rate_req_s"] == HELD_OUT) == wanted]
            writer.writerows(chosen)
    profile, errors = folder / "profile.yaml", folder / "errors.json"
    config = model / "config.json"
    command("twin.calibrate", fitted, "--model-config", config, "--out", profile)
    command("twin.validate", kept / "serving_runs.csv", "--profile", profile, "--json", errors)
    return kept / "serving_runs.csv", json.loads(errors.read_text())


def noise(rows: list[dict[str, str]], column: str) -> float:
    """SMAPE between runs and the same runs again, in percent."""
    by_run = {row["run_id"]: row for row in rows}
    pairs = [(by_run[run.removesuffix("_again")], by_run[run]) for run in by_run if "again" in run]
    assert pairs
    first, again = zip(*((float(a[column]), float(b[column])) for a, b in pairs), strict=True)
    return smape(first, again)


def test_every_table_is_there_and_nothing_was_cut_short(measured: Path) -> None:
    rows = rows_of(measured / "serving_runs.csv")
    assert len(rows) == 2 * 2 * len(RATES)
    assert all(row["outcome"] == "ok" for row in rows)
    (few, many) = rows_of(measured / "kv_capacity.csv")
    assert (few["max_loras"], many["max_loras"]) == (str(FEW), str(MANY))
    assert int(few["kv_cache_tokens"]) > 100_000
    assert len(rows_of(measured / "step_latency.csv")) > 12
    assert len(rows_of(measured / "adapters.csv")) == SERVED


def test_the_profile_is_right_on_runs_that_it_was_not_fitted_to(
    measured: Path, held_out: tuple[Path, dict[str, Any]]
) -> None:
    _, document = held_out
    errors = document["all"]
    rows = rows_of(measured / "serving_runs.csv")
    floor = {
        "throughput": noise(rows, "engine_throughput_tok_s"),
        "tpot": noise(rows, "mean_tpot_ms"),
        "ttft": noise(rows, "mean_ttft_ms"),
    }
    for name, value in floor.items():
        error = errors[f"{name}_smape_pct"]
        sys.stdout.write(f"{name}: {error:.1f} % off; the engine, run again: {value:.1f} %\n")
    assert errors["throughput_smape_pct"] <= 2
    assert errors["tpot_smape_pct"] <= 5


def test_slots_that_starve_are_told_from_slots_that_do_not(
    held_out: tuple[Path, dict[str, Any]],
) -> None:
    table, document = held_out
    starved = {(row["max_loras"], row["starved"]) for row in rows_of(table)}
    assert starved == {(str(FEW), "1"), (str(MANY), "0")}
    assert document["starvation_macro_f1"] == 1
