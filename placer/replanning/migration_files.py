"""A migration as files: JSON, and a shell script of vLLM's calls."""

from __future__ import annotations

import json
import shlex
from typing import Any

from placer.replanning.migration import Migration, Step

__all__ = ["SCHEMA_VERSION", "migration_json", "migration_script", "migration_summary"]

SCHEMA_VERSION = 1
"""Version of the JSON form; it changes when a reader would have to."""

_HEAD = """\
#!/bin/sh
# From the running placement to this one: {moves} adapters move, {starts} engines are started and
# {stops} stopped.{interrupted}
# Engines have to run with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True. Set ADAPTER_DIR to the folder
# that holds one sub-folder for each adapter, and URL_GPU to the address of each GPU's engine.
# Steps that are not vLLM's are functions to fill in; stopping between two steps loses nothing.
set -eu
ADAPTER_DIR=${{ADAPTER_DIR:-/adapters}}
{urls}

load() {{ # URL ADAPTER
  curl --fail --silent --show-error -X POST "$1/v1/load_lora_adapter" \\
    -H 'Content-Type: application/json' \\
    -d "{{\\"lora_name\\": \\"$2\\", \\"lora_path\\": \\"$ADAPTER_DIR/$2\\"}}"
}}
unload() {{ # URL ADAPTER
  curl --fail --silent --show-error -X POST "$1/v1/unload_lora_adapter" \\
    -H 'Content-Type: application/json' -d "{{\\"lora_name\\": \\"$2\\"}}"
}}
start() {{ # GPU: run engines/GPU.sh there, and return when its /health answers
  echo "start engines/$1.sh on $1 and press Enter when it serves"; read -r _
}}
stop() {{ # GPU
  echo "stop the engine on $1 and press Enter"; read -r _
}}
route() {{ # ADAPTER GPU=SHARE ...: tell the router; without a GPU the adapter is not served
  echo "route $*; press Enter when done"; read -r _
}}

"""


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


def migration_script(migration: Migration) -> str:
    """A migration as a POSIX shell script with vLLM's load and unload calls (0.8 and later)."""
    gpus = dict.fromkeys(step.gpu for step in migration.steps if step.action in ("load", "unload"))
    urls = [f"{_variable(gpu)}=${{{_variable(gpu)}:-http://{gpu}:8000}}" for gpu in gpus]
    interrupted = ", ".join(migration.interrupted)
    head = _HEAD.format(
        moves=migration.num_moves,
        starts=migration.count("start"),
        stops=migration.count("stop"),
        interrupted=f" Not served for a while: {interrupted}." if interrupted else "",
        urls="\n".join(urls),
    )
    return head + "".join(_line(step) + "\n" for step in migration.steps)


def _line(step: Step) -> str:
    """Call of one step."""
    if step.action in ("load", "unload"):
        return f'{step.action} "${_variable(step.gpu)}" {shlex.quote(step.adapter)}'
    if step.action == "route":
        shares = [f"{gpu}={share:.6g}" for gpu, share in step.shares.items()]
        return shlex.join(["route", step.adapter, *shares])
    return shlex.join([step.action, step.gpu])


def _variable(gpu: str) -> str:
    """Name of the variable with the address of a GPU's engine."""
    return "URL_" + "".join(c if c.isalnum() else "_" for c in gpu)
