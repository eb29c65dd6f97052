"""VllmScripts: a shell script for each engine, and one of vLLM's calls for migrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from placer.deploy.change import Change
from placer.deploy.deployment import Deployment, EngineGroup
from placer.deploy.migration_script import migration_script
from placer.deploy.vllm_command import memory_options, serve_script

__all__ = ["VllmScripts"]


@dataclass(frozen=True, slots=True)
class VllmScripts:
    """Scripts that run ``vllm serve`` on the machines themselves.

    Parameters
    ----------
    model : str
        Path or repository in place of the profiles' models, where the environment does not set
        ``BASE_MODEL``; empty for those of the profiles.
    adapters : str
        Folder with one sub-folder for each adapter, where it does not set ``ADAPTER_DIR``.
    port : int
        Port of each engine, where it does not set ``PORT``.
    """

    model: str = ""
    adapters: str = "/adapters"
    port: int = 8000

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        return {
            f"engines/{group.name}.sh": self._script(group, deployment)
            for group in deployment.groups
        }

    def migration_files(self, deployment: Deployment, change: Change) -> Mapping[str, str]:
        paths = {name: adapter.path for name, adapter in deployment.adapters.items()}
        return {
            "migrate.sh": migration_script(
                change.migration,
                {name: path for name, path in paths.items() if path},
                deployment.warnings,
                adapter_dir=self.adapters,
                port=self.port,
            )
        }

    def _script(self, group: EngineGroup, deployment: Deployment) -> str:
        profile = group.profile
        memory = profile.kv_capacity_model
        return serve_script(
            self.model or group.model,
            group.config,
            [adapter.name for adapter in group.adapters],
            title=group.title,
            served_name=group.base,
            max_model_len=profile.max_model_len,
            gpu_memory_utilization=memory.utilization,
            memory_options=memory_options(memory, group.config.max_loras > 0),
            paths={adapter.name: adapter.path for adapter in group.adapters},
            port=self.port,
            adapter_dir=self.adapters,
            warnings=deployment.warnings,
        )
