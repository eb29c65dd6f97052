"""Aibrix: a Deployment for each group of engines, and a ModelAdapter for each adapter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.deploy.cluster import GROUP, Cluster
from placer.deploy.deployment import Deployment, EngineGroup, ServedAdapter
from placer.deploy.dns_label import dns_label
from placer.deploy.option_checks import check_text

__all__ = ["Aibrix"]

_NAME = "model.aibrix.ai/name"
_PORT = "model.aibrix.ai/port"
_ENABLED = "adapter.model.aibrix.ai/enabled"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class Aibrix(Cluster):
    """Objects for AIBrix.

    Parameters
    ----------
    adapter_store : str
        Address below which adapters without a path of their own are.
    credentials_secret : str
        Secret for that address; empty for none.
    """

    adapter_store: str = "s3://lora-adapters"
    credentials_secret: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_text("deploy.adapter_store", self.adapter_store, r"(s3|gcs|huggingface)://.+|/.+")

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        engines, adapters, _ = self.manifests(deployment)
        return {"deploy/aibrix.yaml": self.written(deployment, [*engines, *adapters])}

    def remarks(self, deployment: Deployment) -> list[str]:
        return [
            "For AIBrix (model.aibrix.ai/v1alpha1). Requests name an adapter, and the base model, "
            "by the names of their objects; what the adapter is called in the placement is in its "
            "annotation.",
            "AIBrix chooses pods by labels: an adapter's selector names the groups that hold it, "
            "and it is loaded on all of their pods. It cannot be told shares: its gateway divides "
            "an adapter's requests among the pods as its routing strategy says.",
        ]

    def engines(self, groups: Sequence[EngineGroup]) -> list[Any]:
        return [manifest for group in groups for manifest in self._group(group, groups)]

    def adapters_of(
        self, held: Mapping[str, Sequence[str]], served: Mapping[str, ServedAdapter]
    ) -> list[Any]:
        return [self._adapter(served[name], groups) for name, groups in held.items()]

    def engine_ready(self, group: str) -> tuple[str, str]:
        return f"deployment/{dns_label(group)}", "condition=Available"

    def adapter_ready(self, manifest: Mapping[str, Any]) -> tuple[str, str]:
        name = manifest["metadata"]["name"]
        return f"modeladapter.model.aibrix.ai/{name}", "jsonpath={.status.readyReplicas}"

    def _group(self, group: EngineGroup, groups: Sequence[EngineGroup]) -> list[Any]:
        """Deployment of a group, and the service by whose name AIBrix knows its model."""
        name = dns_label(group.base) if group.base else dns_label(group.name)
        labels = {_NAME: name, _PORT: str(self.port), _ENABLED: "true"}
        deployment = self.deployment(
            group,
            groups,
            served_names=[name, *([group.base] if group.base not in ("", name) else [])],
            labels=labels,
            with_adapters=False,
            runtime_updates=True,
        )
        deployment["metadata"]["labels"] |= labels
        port = {"name": "serve", "port": self.port, "targetPort": self.port}
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": self.metadata(name, labels),
            "spec": {"selector": {_NAME: name}, "ports": [port]},
        }
        return [deployment, service]

    def _adapter(self, adapter: ServedAdapter, groups: Sequence[str]) -> dict[str, Any]:
        name = dns_label(adapter.name)
        values = [dns_label(group) for group in groups]
        spec: dict[str, Any] = {
            "podSelector": {
                "matchLabels": {_ENABLED: "true"},
                "matchExpressions": [{"key": GROUP, "operator": "In", "values": values}],
            },
            "artifactURL": self._address(adapter),
        }
        if self.credentials_secret:
            spec["credentialsSecretRef"] = {"name": self.credentials_secret}
        labels = {_NAME: name, _PORT: str(self.port)}
        annotations = {"lora-placer/adapter": adapter.name}
        return {
            "apiVersion": "model.aibrix.ai/v1alpha1",
            "kind": "ModelAdapter",
            "metadata": self.metadata(name, labels, annotations),
            "spec": spec,
        }

    def _address(self, adapter: ServedAdapter) -> str:
        if _REPOSITORY.fullmatch(adapter.path):
            return f"huggingface://{adapter.path}"
        return adapter.below(self.adapter_store)
