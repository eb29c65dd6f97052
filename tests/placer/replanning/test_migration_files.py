"""A migration as JSON."""

from __future__ import annotations

import json

from placer.replanning import migration_json
from tests.placer.example_migration import MIGRATION


def test_json_says_all() -> None:
    data = json.loads(migration_json(MIGRATION))
    assert data == {
        "schema_version": 1,
        "kept": ["b"],
        "num_moves": 1,
        "num_started": 1,
        "num_stopped": 1,
        "peak_gpus": 3,
        "restarted": [],
        "interrupted": ["old"],
        "steps": [
            {"action": "start", "gpu": "new-gpu"},
            {"action": "load", "gpu": "new-gpu", "adapter": "it's"},
            {"action": "route", "adapter": "it's", "shares": {"new-gpu": 0.75, "b": 0.25}},
            {"action": "unload", "gpu": "b", "adapter": "it's"},
            {"action": "route", "adapter": "old", "shares": {}},
            {"action": "stop", "gpu": "a"},
        ],
    }
