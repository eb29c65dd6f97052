"""Rows of runs with latencies: served, overloaded, and without memory; and a simulation."""

from __future__ import annotations

from tests.twin.measured.run_rows import ROW
from twin.measured.replay import Replay

__all__ = ["FAILED", "HEAVY", "LIGHT", "TWIN"]

LIGHT = ROW | {"mean_tpot_ms": "20", "mean_ttft_ms": "80", "total_throughput_tok_s": "1390"}
HEAVY = LIGHT | {"run_id": "two", "rate_counts": "20:4", "total_throughput_tok_s": "9000"}
FAILED = LIGHT | {
    "run_id": "three",
    "outcome": "memory_error",
    "max_loras": "384",
    "max_lora_rank": "32",
}
TWIN = Replay(
    1260.0, 1300.0, False, 0.001, tpot_mean=0.02, itl_mean=0.02, ttft_mean=0.1, ttft_p99=0.4
)
