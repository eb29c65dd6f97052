"""Families of instances whose traffic is made up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.benchmarks.instance_parts import (
    HIGH,
    LLAMA,
    LOW,
    QWEN,
    QWEN_SHAREGPT,
    SHAREGPT,
    dealt,
    instance,
    with_ranks,
    zipf_rates,
)

__all__ = ["compute_bound", "hot", "memory_bound", "mixed_fleet", "paper", "rank_heavy", "zipf"]


def paper() -> Iterable[dict[str, Any]]:
    """Rates and ranks of arXiv 2602.24044, single and multi-GPU experiments, ShareGPT lengths."""
    source = "arXiv 2602.24044: rates {}, ranks {}, ShareGPT lengths"
    cases = [
        ("paper_low", LOW, (8, 16, 32), LLAMA, SHAREGPT, (64, 128, 192, 320, 640, 1280)),
        ("paper_low", LOW, (8, 16), QWEN, QWEN_SHAREGPT, (384,)),
        ("paper_mixed", (*HIGH, *LOW), (8, 16, 32), LLAMA, SHAREGPT, (48, 96, 192, 384, 768)),
        ("paper_mixed", (*HIGH, *LOW), (8, 16), QWEN, QWEN_SHAREGPT, (192,)),
        ("paper_high", HIGH, (8, 16, 32), LLAMA, SHAREGPT, (16, 32, 64, 96, 192, 384)),
        ("paper_high", HIGH, (8, 16), QWEN, QWEN_SHAREGPT, (96,)),
    ]
    for family, rates, ranks, profile, lengths, numbers in cases:
        model = "qwen" if profile == QWEN else "llama"
        for number in numbers:
            yield instance(
                f"{family}_{model}_{number}",
                family,
                source.format(list(rates), list(ranks)),
                {"chat": lengths},
                dealt(number, rates, ranks, "chat"),
                profiles=[profile],
            )


def zipf() -> Iterable[dict[str, Any]]:
    """Popularity by Zipf's law, which is what usage of many fine-tuned models looks like."""
    cases = [
        (50, 1.0, 30.0),
        (100, 0.8, 40.0),
        (100, 1.2, 40.0),
        (200, 1.0, 60.0),
        (200, 0.6, 30.0),
        (500, 1.0, 60.0),
        (1000, 0.9, 80.0),
    ]
    for number, alpha, total in cases:
        yield instance(
            f"zipf_{number}_a{round(10 * alpha)}_r{round(total)}",
            "zipf",
            f"{number} adapters, popularity 1/k^{alpha}, {total:g} req/s, any ranks",
            {"chat": SHAREGPT},
            with_ranks(zipf_rates(number, alpha, total), (8, 8, 16, 32), "chat"),
        )


def rank_heavy() -> Iterable[dict[str, Any]]:
    """Large ranks, so that adapter slots compete with the KV cache."""
    for number, rates, mix in (
        (96, (0.2, 0.1), (32,)),
        (192, (0.05, 0.025), (32,)),
        (192, (0.2, 0.05), (32, 32, 32, 8)),
        (384, (0.02, 0.01), (32,)),
        (64, (1.0, 0.5), (32, 32, 32, 16)),
    ):
        yield instance(
            f"rank_heavy_{number}_{round(1000 * rates[0])}m_{len(set(mix))}",
            "rank_heavy",
            f"{number} adapters, ranks {sorted(set(mix))}, mostly large, rates {list(rates)}",
            {"chat": SHAREGPT},
            dealt(number, rates, mix, "chat"),
        )


def hot() -> Iterable[dict[str, Any]]:
    """One adapter or two that are too hot for one GPU, beside many that are not."""
    for hot_rates, number, rates in (
        ((40.0,), 24, (0.4, 0.2)),
        ((80.0,), 48, (0.1,)),
        ((60.0, 40.0), 32, (0.4,)),
        ((30.0,), 150, (0.05, 0.025)),
        ((150.0,), 12, (0.8,)),
    ):
        rows = [[1, (8, 32)[i % 2], rate, "chat"] for i, rate in enumerate(hot_rates)]
        yield instance(
            f"hot_{round(sum(hot_rates))}_{number}",
            "hot",
            f"adapters of {list(hot_rates)} req/s beside {number} of {list(rates)}",
            {"chat": SHAREGPT},
            rows + dealt(number, rates, (8, 16, 32), "chat"),
        )


def memory_bound() -> Iterable[dict[str, Any]]:
    """Long requests, of which few fit into the KV cache."""
    kinds = {
        "documents": {"prompt": [12000, 6000], "output": [800, 400]},
        "essays": {"prompt": [500, 250], "output": [4000, 2000]},
        "books": {"prompt": [40000, 10000], "output": [300, 100]},
        "chat": SHAREGPT,
    }
    for name, used, number, rates in (
        ("documents", ("documents",), 24, (0.1, 0.05)),
        ("documents", ("documents",), 96, (0.02, 0.01)),
        ("essays", ("essays",), 48, (0.1, 0.05)),
        ("books", ("books",), 16, (0.03, 0.015)),
        ("mixed", ("documents", "essays", "chat"), 72, (0.08, 0.04)),
    ):
        rows = []
        for index, kind in enumerate(used):
            share = number // len(used)
            rows += dealt(share, rates, (8, 16, 32), kind, seed=index)
        yield instance(
            f"memory_bound_{name}_{number}",
            "memory_bound",
            f"long requests ({', '.join(used)}), {number} adapters at {list(rates)} req/s",
            {kind: kinds[kind] for kind in used},
            rows,
        )


def compute_bound() -> Iterable[dict[str, Any]]:
    """Short answers, so that prompts keep the GPU busy."""
    kinds = {
        "classify": {"prompt": [600, 300], "output": [4, 2]},
        "extract": {"prompt": [2500, 1200], "output": [30, 20]},
        "rerank": {"prompt": [250, 100], "output": [1, 0]},
    }
    for name, number, rates in (
        ("classify", 32, (3.0, 1.5)),
        ("classify", 128, (0.6, 0.3)),
        ("extract", 48, (0.6, 0.3)),
        ("rerank", 32, (6.0, 3.0)),
        ("rerank", 96, (2.0, 1.0)),
    ):
        yield instance(
            f"compute_bound_{name}_{number}",
            "compute_bound",
            f"short answers ({name}), {number} adapters at {list(rates)} req/s",
            {name: kinds[name]},
            dealt(number, rates, (8, 16, 32), name),
        )


def mixed_fleet() -> Iterable[dict[str, Any]]:
    """Several base models on the same GPUs, and GPU types of different price."""
    two = {
        "llama": {**SHAREGPT, "base_model": "llama-3.1-8b-instruct"},
        "qwen": {**QWEN_SHAREGPT, "base_model": "qwen-2.5-7b-instruct"},
    }
    for number, rates, count in ((48, HIGH, 8), (192, LOW, 4), (96, (*HIGH, *LOW), 6)):
        half = number // 2
        rows = dealt(half, rates, (8, 16, 32), "llama") + dealt(half, rates, (8, 16), "qwen", 1)
        yield instance(
            f"mixed_fleet_models_{number}",
            "mixed_fleet",
            f"two base models share {count} GPUs, {number} adapters, rates {list(rates)}",
            two,
            rows,
            fleet=[{"profiles": [LLAMA, QWEN], "count": count}],
        )
