"""Bytes of loaded models, quantized ones too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.weights import weight_bytes, weight_tensors

LLAMA = KNOWN_MODELS["llama31_8b"]


@pytest.mark.parametrize("name", KNOWN_MODELS)
def test_tensors_are_the_weights(name: str) -> None:
    """All weights, and the rotary table that is no parameter."""
    model = KNOWN_MODELS[name]
    rotary = model.max_model_len * model.head_size * 2
    assert sum(weight_tensors(model)) == 2 * model.num_parameters + rotary
    assert weight_bytes(model) == 2 * model.num_parameters


@pytest.mark.parametrize(
    ("bits", "group", "gigabytes"),
    [(8, 0, 9.08), (4, 128, 5.74)],
    ids=["FP8", "AWQ and GPTQ"],
)
def test_quantized(bits: int, group: int, gigabytes: float) -> None:
    """Sizes of the files that Hugging Face shows for Llama-3.1-8B-FP8 and -AWQ-INT4."""
    quantized = replace(LLAMA, weight_bits=bits, weight_group=group)
    assert weight_bytes(quantized) == pytest.approx(gigabytes * 1e9, rel=0.01)


def test_other_parameters_count() -> None:
    with_tower = replace(LLAMA, other_parameters=400_000_000)
    assert weight_bytes(with_tower) - weight_bytes(LLAMA) == 800_000_000
