"""Blocks of the KV cache where some layers look back at most a window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from twin.gpu.memory.architecture import Architecture

__all__ = ["KvLayout", "kv_layout"]

_NEARLY_EQUAL = 1.25


@dataclass(frozen=True, slots=True)
class KvLayout:
    """Groups of layers that share their blocks.

    A block holds some tokens for as many layers as a group has. vLLM makes groups of equal size,
    so that blocks fit all of them; the last ones may be padded.

    Parameters
    ----------
    layers_per_group : int
        Layers for which one block holds keys and values.
    windows : tuple of int
        For each group how many tokens its layers look back; 0 for all.
    token_bytes : int
        Bytes of one token in one layer.
    """

    layers_per_group: int
    windows: tuple[int, ...]
    token_bytes: int

    def block_bytes(self, block_size: int) -> int:
        """Bytes of a block."""
        return block_size * self.layers_per_group * self.token_bytes

    def tokens(self, available_bytes: float, block_size: int) -> int:
        """Tokens of requests shorter than every window: each takes blocks in all groups."""
        blocks = int(available_bytes // self.block_bytes(block_size))
        return max(blocks // len(self.windows), 0) * block_size

    def request_blocks(self, request_tokens: int, step_tokens: int, block_size: int) -> int:
        """Blocks of one request: behind a window they are given back after each step."""
        return sum(
            -(-min(window - 1 + step_tokens, request_tokens) // block_size) + 1
            if window and window < request_tokens
            else -(-request_tokens // block_size)
            for window in self.windows
        )


@lru_cache(maxsize=256)
def kv_layout(architecture: Architecture, sliding_cache: bool) -> KvLayout:
    """Layout of a model's KV cache, or of the part of it on one GPU.

    Source: ``_get_kv_cache_groups_uniform_page_size`` in ``vllm/v1/core/kv_cache_utils.py``.

    Parameters
    ----------
    architecture : Architecture
        The model; its shard where it is divided.
    sliding_cache : bool
        Whether the engine knows windows; else every layer keeps all tokens.
    """
    a = architecture
    full, sliding, window = a.num_layers - a.sliding_layers, a.sliding_layers, a.sliding_window
    if not (sliding and sliding_cache):
        return KvLayout(a.num_layers, (0,), a.kv_bytes_per_layer)
    if not full:
        return KvLayout(a.num_layers, (window,), a.kv_bytes_per_layer)
    least, most = sorted((full, sliding))
    size = most if most < _NEARLY_EQUAL * least else least
    windows = (0,) * -(-full // size) + (window,) * -(-sliding // size)
    return KvLayout(size, windows, a.kv_bytes_per_layer)
