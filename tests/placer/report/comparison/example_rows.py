"""Rows of a comparison, made up."""

from __future__ import annotations

from typing import Any

__all__ = ["row", "sweep"]


def row(strategy: str, seed: int, gpus: int, **more: Any) -> dict[str, Any]:
    """A run that placed everything."""
    return {
        "run": f"{strategy}-{seed}",
        "strategy": strategy,
        "objective": "gpu_count",
        "status": "feasible",
        "placed": True,
        "num_gpus": gpus,
        "value": [float(gpus)],
        "mean_ttft_ms": 100.0 / gpus,
        "runtime": 2.0 + seed,
        "path": f"/runs/{strategy}-{seed}",
        "seed": seed,
        **more,
    }


def sweep() -> list[dict[str, Any]]:
    """Two strategies under three seeds; one run of the second failed."""
    rows = [row("greedy", seed, gpus) for seed, gpus in enumerate((5, 6, 7))]
    rows += [row("milp", seed, gpus) for seed, gpus in enumerate((4, 5))]
    failed = {"placed": False, "status": "failed", "num_gpus": None, "value": None}
    return [*rows, row("milp", 2, 1) | failed | {"error": "<b>out</b> of memory"}]
