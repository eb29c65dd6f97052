"""Dynamo: a graph with a worker for each group of engines, and a DynamoModel for each adapter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.deploy.cluster import Cluster, expanded
from placer.deploy.deployment import Deployment, EngineGroup, ServedAdapter
from placer.deploy.dns_label import dns_label
from placer.deploy.option_checks import check_text

__all__ = ["Dynamo"]

_API = "nvidia.com/v1alpha1"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class Dynamo(Cluster):
    """Objects for NVIDIA Dynamo.

    Parameters
    ----------
    graph : str
        Name of the DynamoGraphDeployment.
    """

    image: str = "nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.1"
    adapters: str = "s3://lora-adapters"
    graph: str = "lora-placer"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_text("deploy.adapters", self.adapters, r"(s3|hf)://.+")
        check_text("deploy.graph", self.graph, "label")
        check_text("deploy.image", self.image, r".+")

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        engines, adapters, _ = self.manifests(deployment)
        return {"deploy/dynamo.yaml": self.written(deployment, [*engines, *adapters])}

    def remarks(self, deployment: Deployment) -> list[str]:
        return [
            "For NVIDIA Dynamo (nvidia.com/v1alpha1). Placement is advice there: a DynamoModel is "
            "loaded at all workers of its baseModelName, so that each group of engines has one of "
            "its own; Dynamo's own allocation is switched off, as it moves adapters otherwise.",
            "Shares cannot be told: the frontend divides a model's requests among the workers "
            "that have it by its own logic. The version of vLLM is the image's, and not the one "
            "that was simulated.",
        ]

    def engines(self, groups: Sequence[EngineGroup]) -> list[Any]:
        services: dict[str, Any] = {
            "Frontend": {
                "componentType": "frontend",
                "replicas": 1,
                "extraPodSpec": {"mainContainer": {"image": self.image}},
            }
        }
        for group in groups:
            services[dns_label(group.name)] = self._worker(group, groups)
        return [
            {
                "apiVersion": _API,
                "kind": "DynamoGraphDeployment",
                "metadata": self.metadata(self.graph),
                "spec": {"services": services},
            }
        ]

    def adapters_of(
        self, held: Mapping[str, Sequence[str]], served: Mapping[str, ServedAdapter]
    ) -> list[Any]:
        return [
            self._adapter(served[name], group) for name, groups in held.items() for group in groups
        ]

    def engine_ready(self, group: str) -> tuple[str, str]:
        return f"dynamographdeployment.nvidia.com/{self.graph}", "condition=Ready"

    def adapter_ready(self, manifest: Mapping[str, Any]) -> tuple[str, str]:
        name = manifest["metadata"]["name"]
        return f"dynamomodel.nvidia.com/{name}", "jsonpath={.status.endpoints[0].ready}=true"

    def _worker(self, group: EngineGroup, groups: Sequence[EngineGroup]) -> dict[str, Any]:
        label = dns_label(group.name)
        arguments = [
            *("--model", self.model or group.model),
            *("--served-model-name", group.base or label),
            *group.options,
        ]
        pod: dict[str, Any] = {
            "mainContainer": {
                "image": self.image,
                "command": ["python3", "-m", "dynamo.vllm"],
                "args": [expanded(text) for text in arguments],
                "env": [
                    self.token(),
                    {"name": "DYN_LORA_ENABLED", "value": "true"},
                    {"name": "DYN_LORA_ALLOCATION_ENABLED", "value": "false"},
                ],
            }
        }
        if selector := self.selector(groups, group):
            pod["nodeSelector"] = selector
        return {
            "componentType": "worker",
            "replicas": len(group.gpus),
            "modelRef": {"name": label},
            "resources": {"limits": {"gpu": str(group.profile.gpus_per_engine)}},
            "extraPodSpec": pod,
        }

    def _adapter(self, adapter: ServedAdapter, group: str) -> dict[str, Any]:
        hub = _REPOSITORY.fullmatch(adapter.path)
        return {
            "apiVersion": _API,
            "kind": "DynamoModel",
            "metadata": self.metadata(
                dns_label(adapter.name, group), {}, {"lora-placer/adapter": adapter.name}
            ),
            "spec": {
                "modelName": adapter.name,
                "baseModelName": dns_label(group),
                "modelType": "lora",
                "source": {"uri": f"hf://{adapter.path}" if hub else adapter.below(self.adapters)},
            },
        }
