"""Models whose public architecture numbers come with the package."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from twin.files.errors import InputError
from twin.gpu.memory.architecture import Architecture

__all__ = ["KNOWN_MODELS", "known_model", "known_model_key"]


def _model(
    num_layers: int,
    hidden_size: int,
    num_heads: int,
    num_kv_heads: int,
    intermediate_size: int,
    vocabulary: int,
    max_model_len: int,
    head_size: int = 0,
    **others: Any,
) -> Architecture:
    return Architecture(
        num_layers=num_layers,
        hidden_size=hidden_size,
        num_heads=num_heads,
        num_kv_heads=num_kv_heads,
        head_size=head_size or hidden_size // num_heads,
        intermediate_size=intermediate_size,
        vocabulary=vocabulary,
        max_model_len=max_model_len,
        **others,
    )


_llama = partial(_model, lora_embeddings=True)
_qwen25 = partial(_model, max_model_len=32768, qkv_bias=True)
_qwen3 = partial(
    _model,
    vocabulary=151936,
    max_model_len=40960,
    head_size=128,
    head_norms=True,
    lora_embeddings=True,
    lora_embeddings_since="0.16",
)
_gemma2 = partial(
    _model,
    vocabulary=256000,
    max_model_len=8192,
    norms_per_layer=4,
    tied_embeddings=True,
    sliding_window=4096,
)
_gemma3 = partial(_model, norms_per_layer=4, head_norms=True, tied_embeddings=True)


def _gemma3_seeing(*sizes: int, head_size: int = 256, tower: int, **others: int) -> Architecture:
    """Gemma 3 with a tower that sees images."""
    return _gemma3(
        *(*sizes, 262208, 131072, head_size),
        sliding_window=1024,
        other_parameters=tower,
        **others,
    )


_phi3 = partial(_model, lora_embeddings=True, fused_projections=True)

# Sources: the config.json that the vendors publish with the models.
KNOWN_MODELS: dict[str, Architecture] = {
    "llama2_7b": _llama(32, 4096, 32, 32, 11008, 32000, 4096),
    "llama2_13b": _llama(40, 5120, 40, 40, 13824, 32000, 4096),
    "llama2_70b": _llama(80, 8192, 64, 8, 28672, 32000, 4096),
    "llama3_8b": _llama(32, 4096, 32, 8, 14336, 128256, 8192),
    "llama3_70b": _llama(80, 8192, 64, 8, 28672, 128256, 8192),
    "llama31_8b": _llama(32, 4096, 32, 8, 14336, 128256, 131072),
    "llama31_70b": _llama(80, 8192, 64, 8, 28672, 128256, 131072),
    "llama32_1b": _llama(16, 2048, 32, 8, 8192, 128256, 131072, tied_embeddings=True),
    "llama32_3b": _llama(28, 3072, 24, 8, 8192, 128256, 131072, tied_embeddings=True),
    "llama33_70b": _llama(80, 8192, 64, 8, 28672, 128256, 131072),
    "mistral_7b": _llama(32, 4096, 32, 8, 14336, 32768, 32768),
    "mistral_7b_v01": _llama(
        32, 4096, 32, 8, 14336, 32000, 32768, sliding_layers=32, sliding_window=4096
    ),
    "mistral_7b_v02": _llama(32, 4096, 32, 8, 14336, 32000, 32768),
    "mistral_nemo_12b": _llama(40, 5120, 32, 8, 14336, 131072, 131072, 128),
    "mistral_small_24b": _llama(40, 5120, 32, 8, 32768, 131072, 32768, 128),
    "mixtral_8x7b": _llama(
        *(32, 4096, 32, 8, 14336, 32000, 32768),
        num_experts=8,
        experts_per_token=2,
        expert_size=14336,
    ),
    "qwen25_0_5b": _qwen25(24, 896, 14, 2, 4864, 151936, tied_embeddings=True),
    "qwen25_1_5b": _qwen25(28, 1536, 12, 2, 8960, 151936, tied_embeddings=True),
    "qwen25_3b": _qwen25(36, 2048, 16, 2, 11008, 151936, tied_embeddings=True),
    "qwen25_7b": _qwen25(28, 3584, 28, 4, 18944, 152064),
    "qwen25_14b": _qwen25(48, 5120, 40, 8, 13824, 152064),
    "qwen25_32b": _qwen25(64, 5120, 40, 8, 27648, 152064),
    "qwen25_72b": _qwen25(80, 8192, 64, 8, 29568, 152064),
    "qwen3_0_6b": _qwen3(28, 1024, 16, 8, 3072, tied_embeddings=True),
    "qwen3_1_7b": _qwen3(28, 2048, 16, 8, 6144, tied_embeddings=True),
    "qwen3_4b": _qwen3(36, 2560, 32, 8, 9728, tied_embeddings=True),
    "qwen3_8b": _qwen3(36, 4096, 32, 8, 12288),
    "qwen3_14b": _qwen3(40, 5120, 40, 8, 17408),
    "qwen3_32b": _qwen3(64, 5120, 64, 8, 25600),
    "qwen3_30b_a3b": _qwen3(
        48, 2048, 32, 4, 6144, num_experts=128, experts_per_token=8, expert_size=768
    ),
    "qwen3_235b_a22b": _qwen3(
        94, 4096, 64, 4, 12288, num_experts=128, experts_per_token=8, expert_size=1536
    ),
    "gemma2_2b": _gemma2(26, 2304, 8, 4, 9216, head_size=256, sliding_layers=13),
    "gemma2_9b": _gemma2(42, 3584, 16, 8, 14336, head_size=256, sliding_layers=21),
    "gemma2_27b": _gemma2(46, 4608, 32, 16, 36864, head_size=128, sliding_layers=23),
    "gemma3_1b": _gemma3(
        26, 1152, 4, 1, 6912, 262144, 32768, 256, sliding_layers=22, sliding_window=512
    ),
    "gemma3_4b": _gemma3_seeing(34, 2560, 8, 4, 10240, sliding_layers=29, tower=419_816_304),
    "gemma3_12b": _gemma3_seeing(48, 3840, 16, 8, 15360, sliding_layers=40, tower=421_290_864),
    "gemma3_27b": _gemma3_seeing(
        62, 5376, 32, 16, 21504, head_size=128, sliding_layers=52, tower=423_060_336
    ),
    "phi3_mini_4k": _phi3(
        32, 3072, 32, 32, 8192, 32064, 4096, sliding_layers=32, sliding_window=2047
    ),
    "phi3_mini_128k": _phi3(
        32, 3072, 32, 32, 8192, 32064, 131072, sliding_layers=32, sliding_window=262144
    ),
    "phi4": _phi3(40, 5120, 40, 10, 17920, 100352, 16384),
    "phi4_mini": _phi3(
        *(32, 3072, 24, 8, 8192, 200064, 131072),
        sliding_layers=32,
        sliding_window=262144,
        tied_embeddings=True,
    ),
}
"""Architecture by short name."""

_WORDS_WITHOUT_SIZE = ("instruct", "chat", "hf", "it", "base", "v0.3", "meta")


# Words in names of quantized models: bits of a weight, and inputs that share a scale.
_QUANTIZED = {
    "awq": (4, 128),
    "gptq": (4, 128),
    "w4a16": (4, 128),
    "int4": (4, 128),
    "fp8": (8, 0),
    "int8": (8, 0),
    "w8a8": (8, 0),
}


def known_model_key(name: str) -> str:
    """Short name of a model in `KNOWN_MODELS`.

    Parameters
    ----------
    name : str
        The short name, or one such as ``meta-llama/Llama-3.1-8B-Instruct``.

    Raises
    ------
    InputError
        If the model is not known.
    """
    left_out = {*_WORDS_WITHOUT_SIZE, *_QUANTIZED}
    plain = "-".join(word for word in _words(name) if word not in left_out)
    for key in KNOWN_MODELS:
        if plain in (key, key.replace("_", "-")) or _letters(plain) == _letters(key):
            return key
    known = "known: " + ", ".join(KNOWN_MODELS) + "; or give its config.json"
    raise InputError("model", f"{name!r} is not known", known)


def known_model(name: str) -> Architecture:
    """Architecture of a model by its name, which may say AWQ, GPTQ or FP8.

    Raises
    ------
    InputError
        If it is not known.
    """
    architecture = KNOWN_MODELS[known_model_key(name)]
    kinds = {_QUANTIZED[word] for word in _words(name) if word in _QUANTIZED}
    if not kinds:
        return architecture
    bits, group = max(kinds)  # "GPTQ-Int8" has 8 bits
    return replace(architecture, weight_bits=bits, weight_group=group)


def _words(name: str) -> list[str]:
    return name.rsplit("/", 1)[-1].lower().split("-")


def _letters(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum())
