"""Runs of an engine whose costs are known, so that a fit can be compared with them."""

from __future__ import annotations

from dataclasses import replace

from twin.calibrate.terms import TERMS
from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.front_end import FrontEnd
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.gpu.step_time import StepTime
from twin.measured.replay import replay
from twin.measured.run import MeasuredRun

__all__ = ["BY_NAME", "FITTED", "TODAY", "TRUE", "measure"]

TRUE = read_profile("h100_64gb_llama31_8b")
BY_NAME = {term.name: term for term in TERMS}
TODAY = replace(
    TRUE,
    engine_version="0.22.1",
    async_scheduling=True,
    step_time=StepTime(
        base=0.0064,
        decode=2.5e-5,
        prefill=0.004,
        prefill_token=2.4e-5,
        kv_token=6e-9,
        lora=0.0011,
        slot=1.6e-5,
        adapter=1.7e-4,
        adapter_slot_rank=6e-6,
        lora_always=False,
    ),
    adapter_load=AdapterLoad(0.008, 4e-4),
    front_end=FrontEnd(request=0.006),
)
FITTED = tuple(BY_NAME[name] for name in ("base", "decode", "slot", "adapter"))


def measure(run: MeasuredRun, profile: ServingProfile) -> MeasuredRun:
    """The run as a benchmark of an engine with these costs would report it."""
    twin = replay(run, profile, seeds=(7,))
    starved = twin.throughput < 0.9 * run.offered_throughput
    return replace(
        run,
        throughput=twin.throughput,
        tpot_mean=twin.tpot_mean,
        ttft_mean=twin.ttft_mean,
        starved=starved,
    )
