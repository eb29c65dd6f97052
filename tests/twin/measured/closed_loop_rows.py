"""A row of a table of closed-loop runs."""

from __future__ import annotations

__all__ = ["ROW"]

ROW = {
    "model": "llama-3.1-8b-instruct",
    "vllm_version": "0.8.5",
    "max_num_seqs": "50",
    "max_loras": "",
    "max_lora_rank": "",
    "requested_adapters": "",
    "num_prompts": "200",
    "input_tokens_per_request": "10",
    "output_tokens_per_request": "100",
    "mean_itl_ms": "13.5",
    "mean_step_time_ms": "13.4",
}
