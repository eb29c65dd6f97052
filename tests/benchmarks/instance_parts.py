"""Parts of instances: contents of files, rates and ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from placer.benchmark.instance import SCHEMA_VERSION

__all__ = [
    "HIGH",
    "LLAMA",
    "LLAMA2",
    "LOW",
    "QWEN",
    "QWEN_SHAREGPT",
    "SHAREGPT",
    "Row",
    "dealt",
    "instance",
    "with_ranks",
    "zipf_rates",
]

LLAMA, QWEN, LLAMA2 = "h100_64gb_llama31_8b", "h100_64gb_qwen25_7b", "h100_64gb_llama2_7b"
LOW, HIGH = (0.1, 0.05, 0.025), (1.6, 0.8, 0.4)
SHAREGPT = {"sharegpt": "llama-3.1-8b"}
QWEN_SHAREGPT = {"sharegpt": "qwen-2.5-7b"}

Row = list[Any]


def instance(
    name: str,
    family: str,
    about: str,
    traffic: dict[str, dict[str, Any]],
    adapters: Iterable[Row],
    *,
    profiles: Sequence[str] = (LLAMA,),
    fleet: list[dict[str, Any]] | None = None,
    max_gpus: int | None = None,
    objectives: Sequence[str] = ("gpu_count",),
    estimator: str | dict[str, float] = "twin",
    threshold: float = 0.9,
    best_known: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Content of a file."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "family": family,
        "about": about,
        "estimator": estimator,
        "starvation_threshold": threshold,
        "fleet": fleet or [{"profiles": list(profiles), "count": None}],
        "max_gpus": max_gpus,
        "objectives": list(objectives),
        "traffic": traffic,
        "adapters": list(adapters),
        "best_known": best_known or {},
    }


def dealt(
    number: int, rates: Sequence[float], ranks: Sequence[int], traffic: str, seed: int = 0
) -> list[Row]:
    """Rates in turn and ranks at random in equal parts, as in the paper; equal ones counted."""
    rng = np.random.default_rng(seed)
    dealt_ranks = rng.permutation([ranks[i % len(ranks)] for i in range(number)])
    counts = Counter(
        (int(rank), rates[i % len(rates)]) for i, rank in enumerate(dealt_ranks.tolist())
    )
    return [[count, rank, rate, traffic] for (rank, rate), count in sorted(counts.items())]


def zipf_rates(number: int, alpha: float, total: float) -> list[float]:
    """Rates of adapters by popularity 1 / k^alpha, to three digits."""
    weights = 1 / np.arange(1, number + 1) ** alpha
    return [float(f"{rate:.3g}") for rate in total * weights / weights.sum()]


def with_ranks(
    rates: Sequence[float], ranks: Sequence[int], traffic: str, seed: int = 0
) -> list[Row]:
    """Adapters of given rates with ranks at random; equal adapters counted."""
    rng = np.random.default_rng(seed)
    counts = Counter(zip(rng.choice(ranks, len(rates)).tolist(), rates, strict=True))
    ordered = sorted(counts.items(), key=lambda entry: (-entry[0][1], entry[0][0]))
    return [[count, rank, rate, traffic] for (rank, rate), count in ordered]
