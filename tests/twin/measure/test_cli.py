"""The command: its plan, what it refuses, and what an interrupt leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.plain_environment import plain_environment
from tests.twin.measure.test_guard import gone, read_when_there
from tests.twin.measure.test_random_adapters import CONFIG
from twin.measure.cli import main

SERVE = ["vllm", "serve", "tiny", "--max-num-seqs", "64", "--max-num-batched-tokens", "2048"]


def test_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--minutes", "5", "--engines", "4:8,0:0", "--rates", "1,2,3"]) == 0
    out = capsys.readouterr().out
    assert "4 slots of rank 8" in out
    assert "without LoRA" in out
    assert "3 open-loop runs" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan", "--minutes", "7"], "--minutes: 7; one of 5, 15, 60"),
        (["plan", "--engines", "16"], "--engines: '16'; SLOTS:RANK"),
        (["plan", "--window", "0.1"], "--window: 0.1 s; 1 to 3600"),
        (["plan", "--again", "9"], "--again: 9 of 2 runs"),
        (["plan", "--rates", "0,1"], "--rates: 0; a positive number"),
        (["run", "--url", "nothing", "--out", "OUT"], "--url: 'nothing' is no address"),
        (["run", "--url", "http://127.0.0.1:9", "--out", "OUT"], "the server cannot be reached"),
        (["serve", "--out", "OUT"], "command: it is missing; like: -- vllm serve"),
        (["serve", "--out", "OUT", "--", *SERVE], "give the model's config.json"),
    ],
)
def test_what_is_refused_in_one_line(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.replace("OUT", str(tmp_path / "out")) for word in words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twin.measure", "run", "--url", "http://h", "--out", "out"],
        env=plain_environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "aiohttp is not installed; pip install 'lora-placer[live]'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_server_and_keeps_what_was_measured(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LORA_PLACER_GUARD_PATIENCE", "0.5")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    note, out = tmp_path / "pid", tmp_path / "out"
    fake = [sys.executable, "-m", "tests.twin.measure.fake_server", "serve", str(tmp_path)]
    command = [
        *[sys.executable, "-m", "twin.measure", "serve", "--out", str(out), "--gpu", "cpu"],
        *["--engines", "2:16", "--window", "60", "--rates", "1", "--batches", "1"],
        *["--", *fake, *SERVE[3:], "--pids", str(note)],
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not (out / "step_latency.csv").is_file():
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, number)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; what was measured is in" in told
    assert "Traceback" not in told
    assert gone(read_when_there(note), 1)
    assert (out / "kv_capacity.csv").is_file()


def test_no_file_has_the_api_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_PLACER_GUARD_PATIENCE", "0.5")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    fake = [sys.executable, "-m", "tests.twin.measure.fake_server", "serve", str(tmp_path)]
    done = subprocess.run(
        [
            *[sys.executable, "-m", "twin.measure", "serve", "--out", str(tmp_path / "out")],
            *["--gpu", "cpu", "--engines", "1:8", "--window", "1", "--rates", "20"],
            *[
                "--batches",
                "1",
                "--prompts",
                "16",
                "--prompt-mean",
                "20",
                "--output-mean",
                "5",
                "--",
                *fake,
                *SERVE[3:],
            ],
        ],
        env={**os.environ, "VLLM_API_KEY": "sk-very-secret"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or b"sk-very-secret" not in path.read_bytes()
