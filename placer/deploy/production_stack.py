"""ProductionStack: values of its Helm chart, and a LoraAdapter for each adapter and group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.deploy.cluster import ADAPTERS, Cluster, expanded
from placer.deploy.deployment import Deployment, EngineGroup, ServedAdapter
from placer.deploy.dns_label import dns_label
from placer.deploy.option_checks import check_text

__all__ = ["ProductionStack"]


@dataclass(frozen=True)
class ProductionStack(Cluster):
    """Values and objects for vLLM's production-stack.

    Parameters
    ----------
    release : str
        Name of the chart's release.
    cpu, memory : str
        What each engine asks its node for.
    """

    release: str = "vllm"
    cpu: int = 8
    memory: str = "32Gi"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_text("deploy.release", self.release, "label")
        check_text("deploy.memory", self.memory, r"\d+([KMGT]i?)?")

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        engines, adapters, _ = self.manifests(deployment)
        return {
            "deploy/values.yaml": self.written(deployment, engines),
            "deploy/adapters.yaml": self.written(deployment, adapters),
        }

    def remarks(self, deployment: Deployment) -> list[str]:
        return [
            "For vLLM's production-stack (production-stack.vllm.ai/v1alpha1): "
            f"helm upgrade --install {self.release} vllm/vllm-stack -f values.yaml, then "
            "kubectl apply -f adapters.yaml.",
            "A LoraAdapter names a model and not a pod: each group of engines is a model of its "
            "own in the chart. Shares cannot be told: the router divides an adapter's requests "
            "among the engines that hold it by its own logic. It finds the base model, under its "
            "own name, only at the engines that the placement gives its requests to.",
            "Its controller has lost adapters that were applied at once (production-stack#708): "
            "compare the status of all LoraAdapters afterwards.",
        ]

    @property
    def engine_command(self) -> str:
        return (
            f"helm upgrade --install {self.release} vllm/vllm-stack "
            f"--namespace {self.namespace} --wait --timeout 1h -f"
        )

    def engines(self, groups: Sequence[EngineGroup]) -> list[Any]:
        specs = [self._model(group, groups) for group in groups]
        return [
            {
                "servingEngineSpec": {"enableEngine": True, "modelSpec": specs},
                "loraController": {"enableLoraController": True},
            }
        ]

    def adapters_of(
        self, held: Mapping[str, Sequence[str]], served: Mapping[str, ServedAdapter]
    ) -> list[Any]:
        return [
            self._adapter(served[name], group) for name, groups in held.items() for group in groups
        ]

    def adapter_ready(self, manifest: Mapping[str, Any]) -> tuple[str, str]:
        name = manifest["metadata"]["name"]
        return (
            f"loraadapter.production-stack.vllm.ai/{name}",
            "jsonpath={.status.loadedAdapters[0].podAssignments}",
        )

    def _model(self, group: EngineGroup, groups: Sequence[EngineGroup]) -> dict[str, Any]:
        label = dns_label(group.name)
        repository, _, tag = (self.image or group.image).rpartition(":")
        options = [*group.options, "--served-model-name", group.base or label]
        spec: dict[str, Any] = {
            "name": label,
            "repository": repository or tag,
            "tag": tag if repository else "latest",
            "modelURL": self.model or group.model,
            "replicaCount": len(group.gpus),
            "requestCPU": self.cpu,
            "requestMemory": self.memory,
            "requestGPU": group.profile.gpus_per_engine,
            "enableLoRA": group.config.max_loras > 0,
            "vllmConfig": {"extraArgs": [expanded(text) for text in options]},
            "env": [{"name": "VLLM_ALLOW_RUNTIME_LORA_UPDATING", "value": "True"}],
            "hf_token": {"secretName": self.token_secret, "secretKey": self.token_key},
            "extraVolumes": [
                {"name": "adapters", "persistentVolumeClaim": {"claimName": self.adapters}}
            ],
            "extraVolumeMounts": [{"name": "adapters", "mountPath": ADAPTERS, "readOnly": True}],
        }
        if selector := self.selector(groups, group):
            spec["nodeSelectorTerms"] = [
                {
                    "matchExpressions": [
                        {"key": key, "operator": "In", "values": [value]}
                        for key, value in selector.items()
                    ]
                }
            ]
        return spec

    def _adapter(self, adapter: ServedAdapter, group: str) -> dict[str, Any]:
        return {
            "apiVersion": "production-stack.vllm.ai/v1alpha1",
            "kind": "LoraAdapter",
            "metadata": self.metadata(
                dns_label(adapter.name, group), {}, {"lora-placer/adapter": adapter.name}
            ),
            "spec": {
                "baseModel": dns_label(group),
                "adapterSource": {
                    "type": "local",
                    "adapterName": adapter.name,
                    "adapterPath": adapter.below(ADAPTERS),
                },
                "loraAdapterDeploymentConfig": {"algorithm": "default"},
            },
        }
