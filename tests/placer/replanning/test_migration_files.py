"""A migration as JSON."""

from __future__ import annotations

import json

from placer.replanning import Migration, Step, migration_json

MIGRATION = Migration(
    steps=(
        Step("start", "new-gpu"),
        Step("load", "new-gpu", "it's"),
        Step("route", adapter="it's", shares={"new-gpu": 0.75, "b": 0.25}),
        Step("unload", "b", "it's"),
        Step("route", adapter="old"),
        Step("stop", "a"),
    ),
    kept=("b",),
    restarted=(),
    num_moves=1,
    interrupted=("old",),
    peak_gpus=3,
)


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
