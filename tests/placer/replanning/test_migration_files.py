"""A migration as files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from placer.replanning import Migration, Step, migration_json, migration_script

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
)


def test_json_says_all() -> None:
    data = json.loads(migration_json(MIGRATION))
    assert data == {
        "schema_version": 1,
        "kept": ["b"],
        "num_moves": 1,
        "num_started": 1,
        "num_stopped": 1,
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


def test_the_script_makes_vllms_calls_in_order(tmp_path: Path) -> None:
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nfor a in "$@"; do case "$a" in http*|{*) echo "$a";; esac; done\n')
    curl.chmod(0o755)
    script = tmp_path / "migrate.sh"
    script.write_text(migration_script(MIGRATION))
    done = subprocess.run(
        ["sh", script],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "URL_b": "http://beta:9"},
        input="\n" * 6,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "start engines/new-gpu.sh on new-gpu and press Enter when it serves",
        "http://new-gpu:8000/v1/load_lora_adapter",
        '{"lora_name": "it\'s", "lora_path": "/adapters/it\'s"}',
        "route it's new-gpu=0.75 b=0.25; press Enter when done",
        "http://beta:9/v1/unload_lora_adapter",
        '{"lora_name": "it\'s"}',
        "route old; press Enter when done",
        "stop the engine on a and press Enter",
    ]
    assert "Not served for a while: old." in script.read_text()
