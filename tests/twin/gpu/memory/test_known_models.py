"""Models that come with the package: their sizes, and the names by which they are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.known_models import KNOWN_MODELS, known_model, known_model_key
from twin.gpu.memory.weights import weight_bytes


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("llama2_7b", 6_738_415_616),
        ("llama2_13b", 13_015_864_320),
        ("llama2_70b", 68_976_648_192),
        ("llama31_8b", 8_030_261_248),
        ("llama31_70b", 70_553_706_496),
        ("llama32_1b", 1_235_814_400),
        ("llama32_3b", 3_212_749_824),
        ("mistral_7b", 7_248_023_552),
        ("qwen25_0_5b", 494_032_768),
        ("qwen25_1_5b", 1_543_714_304),
        ("qwen25_7b", 7_615_616_512),
        ("qwen25_14b", 14_770_033_664),
        ("qwen25_32b", 32_763_876_352),
        ("qwen25_72b", 72_706_203_648),
        ("mistral_7b_v01", 7_241_732_096),
        ("mistral_nemo_12b", 12_247_782_400),
        ("mistral_small_24b", 23_572_403_200),
        ("mixtral_8x7b", 46_702_792_704),
        ("qwen3_0_6b", 596_049_920),
        ("qwen3_4b", 4_022_468_096),
        ("qwen3_8b", 8_190_735_360),
        ("qwen3_14b", 14_768_307_200),
        ("qwen3_32b", 32_762_123_264),
        ("qwen3_30b_a3b", 30_532_122_624),
        ("qwen3_235b_a22b", 235_093_634_560),
        ("gemma2_2b", 2_614_341_888),
        ("gemma2_9b", 9_241_705_984),
        ("gemma2_27b", 27_227_128_320),
        ("gemma3_1b", 999_885_952),
        ("gemma3_4b", 4_300_079_472),
        ("gemma3_12b", 12_187_325_040),
        ("gemma3_27b", 27_432_406_640),
        ("phi3_mini_4k", 3_821_079_552),
        ("phi4", 14_659_507_200),
        ("phi4_mini", 3_836_021_760),
    ],
)
def test_parameters(name: str, parameters: int) -> None:
    """Counts that Hugging Face shows for the safetensors of these models."""
    assert KNOWN_MODELS[name].num_parameters == parameters
    assert weight_bytes(KNOWN_MODELS[name]) == 2 * parameters


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("llama31_8b", "llama31_8b"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama31_8b"),
        ("meta-llama/Meta-Llama-3.1-70B", "llama31_70b"),
        ("meta-llama/Llama-2-7b-chat-hf", "llama2_7b"),
        ("llama-2-13b", "llama2_13b"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen25_7b"),
        ("Qwen/Qwen2.5-0.5B", "qwen25_0_5b"),
        ("qwen-2.5-7b-instruct", "qwen25_7b"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral_7b"),
        ("mistralai/Mistral-7B-Instruct-v0.2", "mistral_7b_v02"),
        ("Qwen/Qwen3-30B-A3B", "qwen3_30b_a3b"),
        ("google/gemma-2-9b-it", "gemma2_9b"),
        ("microsoft/phi-4", "phi4"),
        ("microsoft/Phi-3-mini-4k-instruct", "phi3_mini_4k"),
    ],
)
def test_known_models_by_their_names(name: str, key: str) -> None:
    assert known_model_key(name) == key
    assert known_model(name) is KNOWN_MODELS[key]


def test_unknown_model() -> None:
    with pytest.raises(InputError, match=r"^model: 'gpt-2' is not known; known: llama2_7b, "):
        known_model("gpt-2")


@pytest.mark.parametrize(
    ("name", "bits", "group"),
    [
        ("Qwen/Qwen2.5-7B-Instruct-AWQ", 4, 128),
        ("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int8", 8, 0),
        ("Qwen/Qwen3-8B-FP8", 8, 0),
    ],
)
def test_quantized_models_by_their_names(name: str, bits: int, group: int) -> None:
    architecture = known_model(name)
    assert (architecture.weight_bits, architecture.weight_group) == (bits, group)
    assert (
        replace(architecture, weight_bits=0, weight_group=0) == KNOWN_MODELS[known_model_key(name)]
    )
