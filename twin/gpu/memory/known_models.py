"""Models whose public architecture numbers come with the package."""

from __future__ import annotations

from twin.files.errors import InputError
from twin.gpu.memory.architecture import Architecture

__all__ = ["KNOWN_MODELS", "known_model", "known_model_key"]


def _llama(
    num_layers: int,
    hidden_size: int,
    num_heads: int,
    num_kv_heads: int,
    intermediate_size: int,
    vocabulary: int,
    max_model_len: int,
    *,
    tied_embeddings: bool = False,
) -> Architecture:
    return Architecture(
        num_layers=num_layers,
        hidden_size=hidden_size,
        num_heads=num_heads,
        num_kv_heads=num_kv_heads,
        head_size=hidden_size // num_heads,
        intermediate_size=intermediate_size,
        vocabulary=vocabulary,
        max_model_len=max_model_len,
        tied_embeddings=tied_embeddings,
        lora_embeddings=True,
    )


def _qwen25(
    num_layers: int,
    hidden_size: int,
    num_heads: int,
    num_kv_heads: int,
    intermediate_size: int,
    vocabulary: int = 152064,
    *,
    tied_embeddings: bool = False,
) -> Architecture:
    return Architecture(
        num_layers=num_layers,
        hidden_size=hidden_size,
        num_heads=num_heads,
        num_kv_heads=num_kv_heads,
        head_size=hidden_size // num_heads,
        intermediate_size=intermediate_size,
        vocabulary=vocabulary,
        max_model_len=32768,
        tied_embeddings=tied_embeddings,
        qkv_bias=True,
    )


# Sources: the config.json that the vendors publish with the models.
KNOWN_MODELS: dict[str, Architecture] = {
    "llama2_7b": _llama(32, 4096, 32, 32, 11008, 32000, 4096),
    "llama2_13b": _llama(40, 5120, 40, 40, 13824, 32000, 4096),
    "llama2_70b": _llama(80, 8192, 64, 8, 28672, 32000, 4096),
    "llama31_8b": _llama(32, 4096, 32, 8, 14336, 128256, 131072),
    "llama31_70b": _llama(80, 8192, 64, 8, 28672, 128256, 131072),
    "llama32_1b": _llama(16, 2048, 32, 8, 8192, 128256, 131072, tied_embeddings=True),
    "llama32_3b": _llama(28, 3072, 24, 8, 8192, 128256, 131072, tied_embeddings=True),
    "mistral_7b": _llama(32, 4096, 32, 8, 14336, 32768, 32768),
    "qwen25_0_5b": _qwen25(24, 896, 14, 2, 4864, 151936, tied_embeddings=True),
    "qwen25_1_5b": _qwen25(28, 1536, 12, 2, 8960, 151936, tied_embeddings=True),
    "qwen25_7b": _qwen25(28, 3584, 28, 4, 18944),
    "qwen25_14b": _qwen25(48, 5120, 40, 8, 13824),
    "qwen25_32b": _qwen25(64, 5120, 40, 8, 27648),
    "qwen25_72b": _qwen25(80, 8192, 64, 8, 29568),
}
"""Architecture by short name."""


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
    plain = name.rsplit("/", 1)[-1].lower().replace("meta-", "")
    for suffix in ("-v0.3", "-instruct", "-chat-hf", "-chat", "-hf"):
        plain = plain.removesuffix(suffix)
    for key in KNOWN_MODELS:
        if plain in (key, key.replace("_", "-")) or _letters(plain) == _letters(key):
            return key
    raise InputError("model", f"{name!r} is not known", "known: " + ", ".join(KNOWN_MODELS))


def known_model(name: str) -> Architecture:
    """Architecture of a model by its name; raises `InputError` if it is not known."""
    return KNOWN_MODELS[known_model_key(name)]


def _letters(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum())
