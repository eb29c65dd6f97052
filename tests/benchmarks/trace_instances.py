"""Families of instances with the figures of public traces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.benchmarks.instance_parts import (
    instance,
    with_ranks,
    zipf_rates,
)
from tests.benchmarks.servegen_clients import LARGE, MID, SMALL

__all__ = ["servegen", "traces"]

# Figures of public traces: rate, index of dispersion, quantiles of lengths (probabilities 0, 0.1,
# 0.25, 0.5, 0.75, 0.9, 0.99, 1). Azure 2023 (Patel et al., ISCA 2024; CC-BY-4.0) and Mooncake
# (FAST 2025; Apache-2.0), prompts of Mooncake cut at 32,000 tokens.
AZURE_CONV = {
    "prompt": [2, 207, 396, 1020, 1189, 2734, 4142, 14050],
    "output": [7, 54, 85, 129, 395, 424, 601, 1000],
}
AZURE_CODE = {
    "prompt": [3, 147, 578, 1469, 2744, 5187, 7436, 7437],
    "output": [6, 7, 9, 13, 24, 55, 251, 1899],
}
MOONCAKE = {
    "prompt": [891, 964, 2306, 6909, 15367, 27367, 31900, 32000],
    "output": [1, 24, 156, 350, 472, 597, 1118, 2000],
}


def traces() -> Iterable[dict[str, Any]]:
    """Lengths, rates and bursts of public traces, dealt to adapters by Zipf's law."""
    cases = [
        ("azure_conv", AZURE_CONV, 5.53, 7.91, 98.9, 32, 2.0),
        ("azure_conv", AZURE_CONV, 5.53, 1.0, 0.0, 96, 4.0),
        ("azure_conv", AZURE_CONV, 5.53, 7.91, 98.9, 192, 6.0),
        ("azure_code", AZURE_CODE, 2.57, 12.9, 7.18, 32, 2.0),
        ("azure_code", AZURE_CODE, 2.57, 1.0, 0.0, 96, 8.0),
        ("mooncake", MOONCAKE, 3.40, 1.70, 4.8, 24, 0.3),
        ("mooncake", MOONCAKE, 3.40, 1.0, 0.0, 64, 1.0),
    ]
    for name, lengths, rate, cv, relaxation, number, factor in cases:
        arrivals = {"cv": cv, "relaxation": relaxation} if cv > 1 else {}
        kind = "bursty" if cv > 1 else "poisson"
        yield instance(
            f"{name}_{kind}_{number}",
            "trace",
            f"lengths{' and bursts' * (cv > 1)} of trace {name}, {factor:g} x its {rate} req/s",
            {name: {**lengths, **arrivals}},
            with_ranks(zipf_rates(number, 1.0, factor * rate), (8, 16, 32), name),
        )


def servegen() -> Iterable[dict[str, Any]]:
    """ServeGen's clients (arXiv 2505.09999), each an adapter with its own lengths and bursts.

    Nine of ten clients have a coefficient of variation of at most 5; that of the others is cut
    there. With a few requests an hour in bursts, a quarter of an hour says nothing about them.
    """
    for name, clients, number, total in (
        ("small", SMALL, 24, 40.0),
        ("mid", MID, 24, 30.0),
        ("mid", MID, 48, 60.0),
        ("large", LARGE, 48, 20.0),
        ("large", LARGE, 96, 40.0),
    ):
        chosen = clients[:number]
        scale = total / sum(share for share, *_ in chosen)
        rng = np.random.default_rng(0)
        traffic, rows = {}, []
        for index, (share, cv, prompt, output) in enumerate(chosen):
            kind = f"client-{index:02d}"
            traffic[kind] = {
                "prompt": [prompt, prompt],
                "output": [output, output if output > 1 else 0],
                "cv": min(cv, 5.0),
            }
            rank = int(rng.choice((8, 16, 32)))
            rows.append([1, rank, float(f"{share * scale:.3g}"), kind])
        yield instance(
            f"servegen_{name}_{number}",
            "servegen",
            f"the {number} busiest clients of ServeGen's m-{name} at {total:g} req/s",
            traffic,
            rows,
        )
