"""Supervisor: engines as programs of a process manager, described in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from placer.deploy import Change, Deployment


@dataclass(frozen=True)
class Supervisor:
    """One entry for each engine, with its options and adapters.

    Parameters
    ----------
    user : str
        Who runs the engines.
    """

    user: str = "vllm"

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        programs = {
            group.name: {
                "user": self.user,
                "command": ["vllm", "serve", group.model, *group.options],
                "adapters": [adapter.name for adapter in group.adapters],
            }
            for group in deployment.groups
        }
        content = {"warnings": list(deployment.warnings), "programs": programs}
        return {"deploy/supervisor.json": json.dumps(content, indent=1) + "\n"}

    def migration_files(self, deployment: Deployment, change: Change) -> Mapping[str, str]:
        waves = [
            {"start": wave.start, "load": wave.load, "unload": wave.unload, "stop": wave.stop}
            for wave in change.waves(deployment)
        ]
        return {"deploy/waves.json": json.dumps(waves, indent=1) + "\n"}
