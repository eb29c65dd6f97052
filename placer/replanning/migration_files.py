"""A migration as JSON, and what it amounts to."""

from __future__ import annotations

import json
from typing import Any

from placer.replanning.migration import Migration, Step

__all__ = ["SCHEMA_VERSION", "migration_json", "migration_summary"]

SCHEMA_VERSION = 1
"""Version of the JSON form; it changes when a reader would have to."""


def migration_json(migration: Migration) -> str:
    """A migration as JSON text."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "kept": list(migration.kept),
        **migration_summary(migration),
        "steps": [_plain(step) for step in migration.steps],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def migration_summary(migration: Migration) -> dict[str, Any]:
    """What a migration amounts to, as plain data: moves, engines started and stopped."""
    return {
        "num_moves": migration.num_moves,
        "num_started": migration.count("start"),
        "num_stopped": migration.count("stop"),
        "peak_gpus": migration.peak_gpus,
        "restarted": list(migration.restarted),
        "interrupted": list(migration.interrupted),
    }


def _plain(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {"action": step.action}
    if step.gpu:
        data["gpu"] = step.gpu
    if step.adapter:
        data["adapter"] = step.adapter
    if step.action == "route":
        data["shares"] = dict(step.shares)
    return data
