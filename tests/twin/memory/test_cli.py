"""``python -m twin.memory``: its table, its JSON, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from estimators.testing import example_profile
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.memory.cli import main

LLAMA = [
    *("--model", "meta-llama/Llama-3.1-8B-Instruct", "--gpu", "H100-64GB"),
    *("--engine-version", "0.8.5", "--max-num-batched-tokens", "2048"),
]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return " ".join(captured.err.split())


@pytest.fixture
def profile_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(example_profile().to_dict()))
    return path


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, *LLAMA, "--max-num-seqs", "2048", "--slots", "0,8,384", "--ranks", "16,32")
    model = capacity_model(
        KNOWN_MODELS["llama31_8b"], round(63.43 * 2**30), 0.9, "0.8.5", "llama31_8b"
    )
    lines = [" ".join(line.replace("│", " ").split()) for line in out.splitlines()]

    def cell(slots: int, rank: int) -> str:
        tokens = model.tokens(slots, rank if slots else 0, max_num_seqs=2048)
        return f"{tokens:,}" + (" ✗" if tokens < 131072 else "")

    for slots, title in ((0, "no LoRA"), (8, "8"), (384, "384")):
        assert f"{title} {cell(slots, 16)} {cell(slots, 32)}" in lines
    assert cell(384, 32) == "0 ✗"
    assert any(line.startswith("most slots ") for line in lines)
    assert "llama31_8b on H100-64GB, vLLM 0.8.5" in lines
    assert any("fitted to measurements of this model" in line for line in lines)
    assert any("128 KiB per token" in line for line in lines)


def test_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "out" / "table.json"
    run(capsys, *LLAMA, "--slots", "0,8", "--ranks", "16", "--json", str(path))
    data = json.loads(path.read_text())
    assert data["needed_tokens"] == 131072
    assert [row["max_loras"] for row in data["capacity"]] == [0, 8]
    assert data["capacity"][1]["kv_cache_tokens"] > 131072
    assert data["engine"]["gpu_memory_bytes"] == round(63.43 * 2**30)


def test_needed_tokens_and_length(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, *LLAMA, "--max-model-len", "8192", "--needed-tokens", "200000")
    assert "max_model_len (8,192)" in " ".join(out.split())
    assert "leaves 200,000 tokens" in out


def test_gpu_by_its_memory(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "--model", "qwen25_7b", "--gpu-memory-gib", "24", "--utilization", "0.8")
    assert "24.00 GiB, of which 80% are used" in out
    assert "qwen25_7b on a GPU, vLLM 0.22.1" in out


def test_versions_that_were_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, *LLAMA, "--engine-version", "0.9.1")
    assert "not measured for this model" in " ".join(out.split())


def test_configuration_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = {
        "model_type": "qwen2",
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_attention_heads": 14,
        "num_hidden_layers": 24,
        "num_key_value_heads": 2,
        "vocab_size": 151936,
        "max_position_embeddings": 32768,
        "tie_word_embeddings": True,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    out = run(capsys, "--config", str(tmp_path))
    assert "0.9" in out.split("weights")[1].splitlines()[0], "0.92 GiB of weights"
    assert "H100-80GB" in out


def test_profile(capsys: pytest.CaptureFixture[str], profile_file: Path) -> None:
    out = run(capsys, "--profile", str(profile_file))
    assert "example-8b on example-gpu, vllm 0.8.5" in out
    assert "reserves of profile example" in out
    assert "max_num_seqs 256, max_num_batched_tokens 2048" in out
    scaled = run(capsys, "--profile", str(profile_file), "--gpu", "H200", "--max-num-seqs", "8")
    assert "139.80 GiB" in scaled
    assert "scaled to another GPU's memory" in " ".join(scaled.split())
    assert "max_num_seqs 8," in scaled


def test_bundled_profile(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "--profile", "h100_64gb_llama31_8b")
    assert "reserves of profile h100_64gb_llama31_8b" in " ".join(out.split())


def test_doubts_about_a_profile_are_shown(
    capsys: pytest.CaptureFixture[str], profile_file: Path
) -> None:
    out = run(capsys, "--profile", str(profile_file), "--engine-version", "0.9.0")
    assert "was measured with vllm 0.8.5, not 0.9.0" in " ".join(out.split())
    estimated = replace(example_profile(), estimated_from="another", uncertainty=0.2)
    profile_file.write_text(yaml.safe_dump(estimated.to_dict()))
    out = run(capsys, "--profile", str(profile_file))
    assert "was scaled from another, not measured" in " ".join(out.split())


def test_several_gpus_and_host_memory(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    out = run(
        capsys,
        *("--model", "qwen3_32b", "--tensor-parallel-size", "2", "--fully-sharded-loras"),
        *("--max-model-len", "16384", "--slots", "16", "--ranks", "16,512"),
        *("--max-cpu-loras", "100", "--json", str(path)),
    )
    assert "2; all figures are those of each" in out
    assert "128 KiB per token" in out, "4 of the 8 KV heads"
    assert "adapters of rank 512 in host memory" in out
    data = json.loads(path.read_text())
    assert data["host_memory_gib"]["512"] == pytest.approx(32 * data["host_memory_gib"]["16"])
    assert data["engine"]["tensor_parallel_size"] == 2


def test_other_options_of_the_engine(capsys: pytest.CaptureFixture[str]) -> None:
    def most_slots(*options: str) -> int:
        out = run(
            capsys,
            "--model",
            "llama31_8b",
            "--gpu",
            "L40S",
            "--max-model-len",
            "8192",
            "--slots",
            "1",
            "--ranks",
            "16",
            *options,
        )
        line = next(line for line in out.splitlines() if "most slots" in line)
        return int(line.split()[-2].replace("│", ""))

    usual = most_slots()
    assert most_slots("--lora-target-modules", "q_proj,k_proj,v_proj,o_proj") > 2 * usual
    assert most_slots("--quantization", "fp8") > usual
    assert most_slots("--enforce-eager") > usual, "no graphs"
    assert most_slots("--specialize-active-lora") < usual, "more graphs"
    assert most_slots("--kv-cache-dtype", "fp8") > usual
    assert most_slots("--sampler", "torch") < usual


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "gpt-2"), "error: model: 'gpt-2' is not known; known: llama2_7b"),
        (("--profile", "none"), "error: profile: 'none' is unknown; accepted: a100_80gb"),
        ((*LLAMA[:2], "--gpu", "V100"), "error: GPU: 'V100' is not known; known: A10, A100"),
        ((*LLAMA, "--ranks", "12"), "error: max_lora_rank: 12 is not accepted by vLLM"),
        ((*LLAMA, "--slots", "-1"), "error: max_loras: -1 is negative"),
        ((*LLAMA, "--utilization", "1.5"), "error: utilization: 1.5 is not in (0, 1]"),
        ((*LLAMA, "--max-num-seqs", "0"), "error: max_num_seqs: 0 is below 1"),
        ((*LLAMA, "--max-num-batched-tokens", "0"), "error: max_num_batched_tokens: 0 is below"),
        ((*LLAMA, "--max-model-len", "-5"), "error: max_model_len: -5 is below 1"),
        ((*LLAMA, "--max-model-len", "0"), "error: max_model_len: 0 is below 1"),
        ((*LLAMA, "--max-cpu-loras", "0"), "error: max_cpu_loras: 0 is below 1"),
        ((*LLAMA, "--tensor-parallel-size", "3"), "error: tensor_parallel_size: 3 does not div"),
        ((*LLAMA, "--lora-target-modules", "x"), "error: lora_target_modules: the model has no"),
        ((*LLAMA, "--needed-tokens", "0"), "error: needed KV tokens: 0 is below 1"),
        ((*LLAMA, "--engine-version", "new"), "error: engine version: 'new' cannot be read"),
        (("--model", "qwen25_7b", "--gpu-memory-gib", "0"), "error: gpu_memory_gib: 0.0 is not"),
        (("--model", "qwen25_7b", "--gpu-memory-gib", "nan"), "error: gpu_memory_gib: nan is n"),
        (("--model", "qwen25_7b", "--gpu-memory-gib", "inf"), "error: gpu_memory_gib: inf is n"),
    ],
)
def test_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert refused(capsys, *arguments).startswith(message)


@pytest.mark.parametrize("arguments", [[], ["--model", "x", "--profile", "y"], ["--slots", "a"]])
def test_usage_errors(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: python -m twin.memory" in capsys.readouterr().err


def test_a_json_file_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    message = refused(capsys, *LLAMA, "--json", str(tmp_path / "file" / "table.json"))
    assert message.startswith("error: ")


def test_run_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twin.memory", "--model", "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: model: 'x' is not known")
