"""Options of the command become an engine, with the defaults of its version and GPU."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from twin.files.errors import InputError
from twin.memory.engine_choice import choose_engine

NOTHING: dict[str, Any] = {
    "profile": None,
    "model": "llama-3.1-8b",
    "config": None,
    "gpu": None,
    "gpu_memory_gib": None,
    "engine_version": None,
    "utilization": None,
    "max_num_seqs": None,
    "max_num_batched_tokens": None,
    "max_model_len": None,
    "slots": (0, 8),
    "tensor_parallel_size": None,
    "fully_sharded_loras": False,
    "enforce_eager": False,
    "specialize_active_lora": False,
    "kv_cache_dtype": "auto",
    "quantization": None,
    "lora_target_modules": (),
    "sampler": None,
}


def options(**given: Any) -> argparse.Namespace:
    return argparse.Namespace(**{**NOTHING, **given})


def test_defaults_of_the_version_on_the_gpu() -> None:
    today = choose_engine(options())
    assert (today.max_num_seqs, today.max_num_batched_tokens) == (1024, 8192)
    assert today.model.utilization == 0.92
    small = choose_engine(options(gpu="L4", engine_version="0.15.1"))
    assert (small.max_num_seqs, small.max_num_batched_tokens) == (256, 2048)
    assert small.model.utilization == 0.9
    assert small.title == "llama31_8b on L4, vLLM 0.15.1"


def test_v0_takes_prompts_whole() -> None:
    engine = choose_engine(options(engine_version="0.6.6", max_model_len=20000, slots=(0,)))
    assert engine.max_num_batched_tokens == 20000


def test_what_is_given_wins() -> None:
    engine = choose_engine(
        options(
            gpu="RTX 3090",
            gpu_memory_gib=23.69,
            utilization=0.8,
            max_num_seqs=8,
            max_num_batched_tokens=512,
            tensor_parallel_size=2,
            fully_sharded_loras=True,
            enforce_eager=True,
            kv_cache_dtype="fp8",
            lora_target_modules=("q_proj", "v_proj"),
            sampler="torch",
        )
    )
    model = engine.model
    assert model.gpu_memory_bytes == round(23.69 * 2**30)
    assert (model.utilization, engine.max_num_seqs, engine.max_num_batched_tokens) == (0.8, 8, 512)
    assert (model.tensor_parallel_size, model.fully_sharded_loras) == (2, True)
    assert model.enforce_eager
    assert model.lora_target_modules == ("q_proj", "v_proj")
    assert model.sampler_bytes == 38
    assert model.cache_bytes(1) == 32 * 1024, "half of the heads, in 8 bits"


def test_quantized_by_its_name_or_by_the_engine() -> None:
    whole = choose_engine(options()).model.held_bytes(0, 0)
    assert choose_engine(options(quantization="fp8")).model.held_bytes(0, 0) < 0.6 * whole
    awq = choose_engine(options(model="llama-3.1-8b-instruct-awq", quantization="fp8"))
    assert awq.model.architecture.weight_bits == 4
    assert awq.title.startswith("llama31_8b ")


def test_a_gpu_that_is_only_known_by_its_memory_is_told() -> None:
    engine = choose_engine(options(gpu_memory_gib=23.58))
    assert engine.title == "llama31_8b on a GPU, vLLM 0.22.1"
    assert engine.origin.endswith("CUDA's context is that of the RTX-3090")


def test_the_sampler_is_told_where_it_depends_on_the_installation() -> None:
    large = choose_engine(options(engine_version="0.10.0"))
    assert "sampler flashinfer, as in vLLM's images (see --sampler)" in large.origin
    pip = choose_engine(options(engine_version="0.10.0", sampler="torch"))
    assert "sampler torch, as installed by pip (see --sampler)" in pip.origin
    assert "sampler" not in choose_engine(options()).origin


def test_configuration_file_with_a_cache_in_eight_bits(tmp_path: Path) -> None:
    config = {
        "model_type": "llama",
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_attention_heads": 4,
        "num_hidden_layers": 4,
        "num_key_value_heads": 2,
        "vocab_size": 1024,
        "max_position_embeddings": 2048,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    engine = choose_engine(options(model=None, config=tmp_path, kv_cache_dtype="fp8"))
    assert engine.model.cache_bytes(1) == 4 * 2 * 2 * 64
    assert engine.max_model_len == 2048


def test_a_profile_as_it_is_and_on_two_gpus() -> None:
    profile = options(profile="h100_64gb_llama31_8b", model=None)
    one = choose_engine(profile)
    assert one.max_num_seqs == 2048
    assert one.origin == "reserves of profile h100_64gb_llama31_8b"
    two = choose_engine(
        options(profile="h100_64gb_llama31_8b", model=None, tensor_parallel_size=2)
    )
    assert two.model.held_bytes(0, 0) < 0.6 * one.model.held_bytes(0, 0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_model_len": 0}, "max_model_len: 0 is below 1"),
        ({"gpu_memory_gib": -1.0}, "gpu_memory_gib: -1.0 is not a positive number"),
        ({"tensor_parallel_size": 5}, "tensor_parallel_size: 5 does not divide the attention"),
        (
            {"engine_version": "0.18.0", "lora_target_modules": ("q_proj",)},
            "lora_target_modules: vLLM 0.18.0 has slots for all layers; vLLM 0.19 or later",
        ),
    ],
)
def test_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        choose_engine(options(**given))
    assert str(error.value).startswith(message)
