"""Models that come with the package: their sizes, and the names by which they are found."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.known_models import KNOWN_MODELS, known_model, known_model_key


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
    ],
)
def test_parameters(name: str, parameters: int) -> None:
    """Counts that Hugging Face shows for the safetensors of these models."""
    assert KNOWN_MODELS[name].num_parameters == parameters
    assert KNOWN_MODELS[name].weight_bytes == 2 * parameters


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
    ],
)
def test_known_models_by_their_names(name: str, key: str) -> None:
    assert known_model_key(name) == key
    assert known_model(name) is KNOWN_MODELS[key]


def test_unknown_model() -> None:
    with pytest.raises(InputError, match=r"^model: 'gpt-2' is not known; known: llama2_7b, "):
        known_model("gpt-2")
