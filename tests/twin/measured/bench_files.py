"""Results of ``vllm bench serve``, as files."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["RESULT", "write"]

RESULT = {
    "date": "20251101-120000",
    "backend": "vllm",
    "model_id": "meta-llama/Llama-3.1-8B-Instruct",
    "num_prompts": 1000,
    "request_rate": 4.0,
    "duration": 260.0,
    "completed": 1000,
    "total_input_tokens": 220000,
    "total_output_tokens": 180000,
    "request_throughput": 3.85,
    "output_throughput": 692.3,
    "total_token_throughput": 1538.5,
    "mean_ttft_ms": 80.0,
    "p99_ttft_ms": 300.0,
    "mean_tpot_ms": 20.0,
    "mean_itl_ms": 20.5,
    "vllm_version": "0.8.5",
    "max_loras": "8",
    "max_lora_rank": "16",
    "adapter_rank_mix": "8:4;16:4",
}


def write(folder: Path, content: object) -> Path:
    """File with this content, ``bench.json``."""
    path = folder / "bench.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path
