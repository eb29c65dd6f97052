"""Rows of a benchmark as those of a comparison, in which the instances are what is repeated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from placer.benchmark.row import Row
from placer.problem.json_numbers import finite

__all__ = ["REPEATED", "comparison_rows"]

REPEATED = ("instance",)
"""What tells runs of the same configuration apart."""


def comparison_rows(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows as `placer.report.comparison.compare.compare` takes them."""
    return [
        {
            "run": f"{row.instance} {row.strategy}",
            "strategy": row.strategy,
            "objective": row.objective,
            "status": row.status,
            "placed": row.feasible,
            "num_gpus": row.gpus,
            "value": [finite(component) for component in row.value] or None,
            "lower_bound": [finite(component) for component in row.lower_bound] or None,
            "gap": finite(row.gap),
            "verified": row.verified,
            "num_estimates": row.num_estimates,
            "runtime": row.runtime_s,
            "error": row.reason or None,
            "instance": row.instance,
            "rule": row.rule,
            "estimator": row.estimator,
            "max_estimates": finite(row.max_estimates),
        }
        for row in rows
    ]
