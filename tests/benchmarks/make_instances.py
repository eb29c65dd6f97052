"""Makes the library of instances: ``python -m tests.benchmarks.make_instances``.

The files are the library; this says how they came about, and makes them again where a family
changes. Best known values are kept for instances that stay the same.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from estimators.base import Candidate
from estimators.starvation import USUAL_RULE
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.benchmark.instance import to_yaml
from placer.benchmark.traffic import Traffic
from placer.verification.robustness import RobustEstimator, Robustness
from placer.verification.verify import Verifier
from tests.benchmarks.servegen_clients import LARGE, MID, SMALL
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.workload.adapter import Adapter
from twin.workload.rank import legal_rank

FOLDER = Path(__file__).parent / "instances"
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
        "schema_version": 1,
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


def planted() -> Iterable[dict[str, Any]]:
    """Adapters cut from full GPUs, so that a good placement is known beforehand."""
    profile = read_profile(LLAMA)
    for number_gpus, each, rank, seed in (
        (2, 4, 8, 0),
        (3, 5, 16, 1),
        (4, 4, 8, 2),
        (5, 3, 32, 3),
    ):
        rows = [
            row
            for gpu in range(number_gpus)
            for row in _full_gpu(profile, each, rank, 100 * seed + gpu)
        ]
        yield instance(
            f"planted_{number_gpus}x{each}_rank{rank}",
            "planted",
            f"{number_gpus} full GPUs, each cut into {each} adapters of rank {rank}",
            {"chat": SHAREGPT},
            rows,
            best_known=_planted(number_gpus),
        )
    for number_gpus, each, seed in ((10, 6, 4), (20, 4, 5), (40, 8, 6)):
        rng = np.random.default_rng(seed)
        rows = []
        for _ in range(number_gpus):
            parts = rng.dirichlet(np.full(each, 3.0)) * 10_000 / 0.9 * (1 - 1e-4)
            rows += [[1, 8, float(f"{part / 100:.6g}"), "fixed"] for part in parts]
        yield instance(
            f"planted_volume_{number_gpus}x{each}",
            "planted",
            "bin packing: GPUs of 10,000 tokens/s on which adapters cost nothing, all full",
            {"fixed": {"prompt": [60, 0], "output": [40, 0]}},
            rows,
            estimator={"capacity": 10_000.0, "adapter_cost": 0.0, "slot_cost": 0.0},
            best_known=_planted(number_gpus),
        )


def _planted(number: int) -> dict[str, Any]:
    """What is known of a planted instance: the placement it was cut from."""
    return {
        "gpu_count": {
            "value": [float(number)],
            "lower_bound": [1.0],
            "found_by": "planted",
        }
    }


def _full_gpu(profile: ServingProfile, number: int, rank: int, seed: int) -> list[Row]:
    """Adapters that fill a GPU as far as it passes verification, with random parts of its load."""
    kind = Traffic.from_dict(SHAREGPT, "chat")
    parts = np.random.default_rng(seed).dirichlet(np.full(number, 3.0))
    config = profile.engine_config(number, legal_rank(rank))
    searched = TwinEstimator()
    steady = TwinEstimator(Window(1200.0), seeds=Verifier().seeds)
    verified = RobustEstimator(steady, Robustness())

    def rates(total: float) -> list[float]:
        return [float(f"{part * total:.3g}") for part in parts]

    def serves(total: float) -> bool:
        adapters = tuple(
            Adapter(f"a{i}", rank, rate, kind.lengths) for i, rate in enumerate(rates(total))
        )
        estimates = [
            twin.estimate([Candidate(profile, config, adapters)], USUAL_RULE)[0]
            for twin in (searched, verified)
        ]
        return all(e.starvation_probability <= 0.04 for e in estimates)

    low, high = 1.0, 200.0
    while high - low > 0.1:
        middle = (low + high) / 2
        low, high = (middle, high) if serves(middle) else (low, middle)
    return [[1, rank, rate, "chat"] for rate in rates(low)]


FAMILIES = (
    *(paper, zipf, traces, servegen, rank_heavy, hot),
    *(memory_bound, compute_bound, mixed_fleet, planted),
)


def main() -> None:
    """Write all instances, with the profiles that they are for."""
    (FOLDER / "profiles").mkdir(parents=True, exist_ok=True)
    source = Path(__file__).parents[2] / "conf" / "profile"
    for name in (LLAMA, QWEN, LLAMA2):
        shutil.copy(source / f"{name}.yaml", FOLDER / "profiles" / f"{name}.yaml")
    for family in FAMILIES:
        for data in family():
            path = FOLDER / data["family"] / f"{data['name']}.yaml"
            path.parent.mkdir(exist_ok=True)
            if path.exists():
                data["best_known"] = _kept(path, data)
            path.write_text(to_yaml(data), encoding="utf-8")


def _kept(path: Path, data: dict[str, Any]) -> dict[str, Any]:
    """Best known values of a file whose problem is the same."""
    before = yaml.safe_load(path.read_text(encoding="utf-8"))
    same = all(before[key] == data[key] for key in data if key not in ("best_known", "about"))
    kept: dict[str, Any] = before["best_known"] if same else data["best_known"]
    return kept


if __name__ == "__main__":
    main()
