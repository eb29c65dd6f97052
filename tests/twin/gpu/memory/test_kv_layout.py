"""Blocks of models whose layers look back a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.kv_layout import kv_layout

LLAMA = KNOWN_MODELS["llama31_8b"]
GEMMA2 = KNOWN_MODELS["gemma2_9b"]
GEMMA3 = KNOWN_MODELS["gemma3_1b"]
MISTRAL = KNOWN_MODELS["mistral_7b_v01"]


def test_full_attention_has_one_group() -> None:
    layout = kv_layout(LLAMA, sliding_cache=True)
    assert layout.windows == (0,)
    assert layout.block_bytes(16) == 16 * LLAMA.kv_bytes_per_token
    assert layout.tokens(1e9, 16) == int(1e9 // layout.block_bytes(16)) * 16
    assert layout.tokens(-1.0, 16) == 0
    assert layout.request_blocks(1000, 2048, 16) == 63


def test_gemma_2_has_two_groups_of_21_layers() -> None:
    layout = kv_layout(GEMMA2, sliding_cache=True)
    assert (layout.layers_per_group, layout.windows) == (21, (0, 4096))
    # Short requests take what they always took; long ones give back what is behind the window.
    assert layout.block_bytes(16) * 2 == 16 * GEMMA2.kv_bytes_per_token
    assert layout.request_blocks(4096, 2048, 16) == 2 * 256
    assert layout.request_blocks(8192, 2048, 16) == 512 + 384 + 1


def test_groups_are_padded() -> None:
    """4 of the 26 layers of Gemma 3 1B see everything: seven groups of 4, the last with 2."""
    layout = kv_layout(GEMMA3, sliding_cache=True)
    assert (layout.layers_per_group, layout.windows) == (4, (0,) + (512,) * 6)


def test_nearly_equal_kinds_make_two_groups() -> None:
    model = replace(GEMMA2, sliding_layers=19)
    assert kv_layout(model, sliding_cache=True).windows == (0, 4096)


@pytest.mark.parametrize("model", [GEMMA2, GEMMA3, MISTRAL])
def test_engines_that_know_no_windows_keep_everything(model: object) -> None:
    layout = kv_layout(model, sliding_cache=False)  # type: ignore[arg-type]
    assert layout.windows == (0,)


def test_windows_in_all_layers() -> None:
    layout = kv_layout(MISTRAL, sliding_cache=True)
    assert (layout.layers_per_group, layout.windows) == (32, (4096,))
    assert layout.request_blocks(32768, 2048, 16) == 385
