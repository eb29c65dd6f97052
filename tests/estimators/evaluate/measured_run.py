"""A measured run that is light."""

from __future__ import annotations

from twin.gpu.read_profile import read_profile
from twin.measured.run import MeasuredRun

__all__ = ["PROFILE", "RUN"]

PROFILE = read_profile("h100_64gb_llama31_8b")
RUN = MeasuredRun(
    run_id="run",
    scenario="all",
    model=PROFILE.model,
    engine_version="0.8.5",
    max_loras=16,
    max_lora_rank=16,
    max_num_seqs=0,
    ranks={8: 8, 16: 8},
    rates={0.1: 8, 0.3: 8},
    pooled_arrivals=False,
    num_requests=0,
    dataset="sharegpt",
    prompt_mean=250.0,
    output_mean=230.0,
    duration=600.0,
    throughput=1500.0,
    tpot_mean=0.02,
    itl_mean=0.02,
    ttft_mean=0.05,
    ttft_charges_unfinished=False,
    ttft_p99=0.3,
    memory_error=False,
    usable=True,
    starved=False,
    starved_is_uncertain=False,
    frontend_saturated=False,
)
