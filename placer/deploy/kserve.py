"""Kserve: an LLMInferenceService for each group of engines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.deploy.cluster import GROUP, Cluster
from placer.deploy.deployment import Deployment, EngineGroup, ServedAdapter
from placer.deploy.dns_label import dns_label
from placer.deploy.gateway import header_remarks, http_routes
from placer.deploy.option_checks import check_text

__all__ = ["Kserve"]

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_OWN = {  # what the service itself has fields for
    "--enable-lora": 0,
    "--max-loras": 1,
    "--max-cpu-loras": 1,
    "--max-lora-rank": 1,
    "--tensor-parallel-size": 1,
}


@dataclass(frozen=True)
class Kserve(Cluster):
    """Objects for KServe's LLMInferenceService.

    Parameters
    ----------
    gateway : str
        Gateway that requests come through.
    """

    adapters: str = "pvc://lora-adapters"
    gateway: str = "kserve-ingress-gateway"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_text("deploy.adapters", self.adapters, r"(pvc|s3|hf)://.+")
        check_text("deploy.gateway", self.gateway, "label")

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        engines, _, routes = self.manifests(deployment)
        return {"deploy/kserve.yaml": self.written(deployment, [*engines, *routes])}

    def remarks(self, deployment: Deployment) -> list[str]:
        return [
            "For KServe (serving.kserve.io/v1alpha2) with the body-based router, which writes the "
            "model of a request into a header.",
            "Adapters are loaded when engines start. A service by itself has no shares: "
            "HTTPRoutes divide requests among the inference pools that KServe makes of them.",
            *header_remarks(deployment.routes),
        ]

    @property
    def migration_remarks(self) -> Sequence[str]:
        return (
            "KServe loads adapters only when engines start: a service whose adapters change is "
            "restarted, pod after pod, and needs a spare GPU for that.",
        )

    @property
    def restarts(self) -> bool:
        return True

    def engines(self, groups: Sequence[EngineGroup]) -> list[Any]:
        return [self._service(group, groups) for group in groups]

    def routes(self, routes: Mapping[str, Mapping[str, float]]) -> list[Any]:
        return list(http_routes(routes, self.gateway, _backend, self.metadata))

    def engine_ready(self, group: str) -> tuple[str, str]:
        return f"llminferenceservice.serving.kserve.io/{dns_label(group)}", "condition=Ready"

    def _service(self, group: EngineGroup, groups: Sequence[EngineGroup]) -> dict[str, Any]:
        label, config = dns_label(group.name), group.config
        model: dict[str, Any] = {
            "uri": f"hf://{self.model or group.model}",
            "name": group.base or label,
        }
        if config.max_loras:
            model["lora"] = {
                "adapters": [{"name": a.name, "uri": self._address(a)} for a in group.adapters],
                "maxRank": int(_value(group.options, "--max-lora-rank")),
                "maxAdapters": config.max_loras,
                "maxCpuAdapters": int(_value(group.options, "--max-cpu-loras")),
            }
        container = {
            "name": "main",
            "image": self.image or group.image,
            "env": [
                self.token(),
                {"name": "VLLM_ADDITIONAL_ARGS", "value": shlex.join(_other(group.options))},
            ],
            "resources": {"limits": {self.gpu_resource: str(group.profile.gpus_per_engine)}},
        }
        template: dict[str, Any] = {"containers": [container]}
        if selector := self.selector(groups, group):
            template["nodeSelector"] = selector
        return {
            "apiVersion": "serving.kserve.io/v1alpha2",
            "kind": "LLMInferenceService",
            "metadata": self.metadata(
                label, {GROUP: label}, {"lora-placer/gpus": ",".join(group.gpus)}
            ),
            "spec": {
                "model": model,
                "replicas": len(group.gpus),
                "parallelism": {"tensor": group.profile.gpus_per_engine},
                "router": {"scheduler": {}},
                "template": template,
            },
        }

    def _address(self, adapter: ServedAdapter) -> str:
        if _REPOSITORY.fullmatch(adapter.path):
            return f"hf://{adapter.path}"
        return adapter.below(self.adapters)


def _value(options: Sequence[str], name: str) -> str:
    return options[list(options).index(name) + 1]


def _other(options: Sequence[str]) -> list[str]:
    """Options but for those that the service has fields for."""
    kept, skip = [], 0
    for text in options:
        if text in _OWN:
            skip = 1 + _OWN[text]
        if skip:
            skip -= 1
        else:
            kept.append(text)
    return kept


def _backend(group: str) -> dict[str, str]:
    return {
        "group": "inference.networking.k8s.io",
        "kind": "InferencePool",
        "name": f"{dns_label(group)}-inference-pool",
    }
