"""Runs of an engine whose costs are known, so that a fit can be compared with them."""

from __future__ import annotations

from dataclasses import replace

from twin.calibrate.terms import TERMS
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.measured.replay import replay
from twin.measured.run import MeasuredRun

__all__ = ["BY_NAME", "FITTED", "TRUE", "measure"]

TRUE = read_profile("h100_64gb_llama31_8b")
BY_NAME = {term.name: term for term in TERMS}
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
