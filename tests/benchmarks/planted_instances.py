"""Instances of which a good placement is known, as they were cut from full GPUs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from estimators.base import Candidate
from estimators.starvation import USUAL_RULE
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.benchmark.traffic import Traffic
from placer.verification.robustness import RobustEstimator, Robustness
from placer.verification.verify import Verifier
from tests.benchmarks.instance_parts import LLAMA, SHAREGPT, Row, instance
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.workload.adapter import Adapter
from twin.workload.rank import legal_rank

__all__ = ["planted"]


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
            best_known={"paper": _planted(number_gpus)},  # by which the GPUs are full
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
            "bin packing: GPUs of 10,000 tokens/s on which adapters cost nothing, all full by the "
            "paper's rule",
            {"fixed": {"prompt": [60, 0], "output": [40, 0]}},
            rows,
            estimator={"capacity": 10_000.0, "adapter_cost": 0.0, "slot_cost": 0.0},
            best_known={"paper": _planted(number_gpus)},
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
