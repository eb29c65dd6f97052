"""LlmD: an InferencePool for each group of engines, and routes by model and share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.deploy.cluster import GROUP, Cluster
from placer.deploy.deployment import Deployment, EngineGroup
from placer.deploy.dns_label import dns_label
from placer.deploy.gateway import header_remarks, http_routes
from placer.deploy.option_checks import check_text

__all__ = ["LlmD"]

_POOL = "inference.networking.k8s.io"
_PICKER_PORT = 9002
_MOST_TARGETS = 1_000_000  # the largest weight of a target


@dataclass(frozen=True)
class LlmD(Cluster):
    """Objects for llm-d and the Gateway API's inference extension.

    Parameters
    ----------
    gateway : str
        Gateway that requests come through.
    runtime_updates : bool
        Whether engines take and drop adapters while they run, which migrations need, and which is
        for networks that nobody else reaches.
    """

    gateway: str = "inference-gateway"
    runtime_updates: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_text("deploy.gateway", self.gateway, "label")

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        engines, _, routes = self.manifests(deployment)
        return {"deploy/llm-d.yaml": self.written(deployment, [*engines, *routes])}

    def remarks(self, deployment: Deployment) -> list[str]:
        return [
            "For llm-d (llm-d.ai/v1alpha2) with InferencePool v1 and the body-based router, which "
            "writes the model of a request into a header.",
            "Nothing in llm-d names a pod: each group of engines is a pool of its own, and "
            "requests are divided by the weights of HTTPRoutes. An InferenceModelRewrite chooses "
            "among models within a pool, and not among pools: each names what its pool answers.",
            "Each pool needs an endpoint picker of the name in its endpointPickerRef, as llm-d's "
            "chart for pools installs it; with lora-affinity-scorer where it has several pods.",
            *header_remarks(deployment.routes),
        ]

    @property
    def migration_remarks(self) -> Sequence[str]:
        return (
            "Engines that go on are not applied again, as other arguments would restart them: "
            "they get and lose adapters by vLLM's calls, for which they have to run with "
            "deploy.runtime_updates=true.",
        )

    def engines(self, groups: Sequence[EngineGroup]) -> list[Any]:
        return [manifest for group in groups for manifest in self._group(group, groups)]

    def routes(self, routes: Mapping[str, Mapping[str, float]]) -> list[Any]:
        groups = sorted({group for shares in routes.values() for group in shares})
        rewrites = [self._rewrites(group, routes) for group in groups]
        return [*rewrites, *http_routes(routes, self.gateway, _backend, self.metadata)]

    def call_selector(self, group: str) -> str:
        return f"{GROUP}={dns_label(group)}"

    def engine_ready(self, group: str) -> tuple[str, str]:
        return f"deployment/{dns_label(group)}", "condition=Available"

    def _group(self, group: EngineGroup, groups: Sequence[EngineGroup]) -> list[Any]:
        """Deployment and pool of a group."""
        label = dns_label(group.name)
        deployment = self.deployment(
            group,
            groups,
            served_names=[group.base] if group.base else [],
            labels={},
            with_adapters=True,
            runtime_updates=self.runtime_updates,
        )
        picker = {"name": f"{label}-epp", "port": {"number": _PICKER_PORT}}
        pool = {
            "apiVersion": f"{_POOL}/v1",
            "kind": "InferencePool",
            "metadata": self.metadata(label, {GROUP: label}),
            "spec": {
                "selector": {"matchLabels": {GROUP: label}},
                "targetPorts": [{"number": self.port}],
                "endpointPickerRef": {**picker, "failureMode": "FailOpen"},
            },
        }
        return [deployment, pool]

    def _rewrites(self, group: str, routes: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
        """What a pool answers, with the part of each model's requests that comes to it."""
        label = dns_label(group)
        rules = [_rewrite(model, to[group]) for model, to in routes.items() if group in to]
        return {
            "apiVersion": "llm-d.ai/v1alpha2",
            "kind": "InferenceModelRewrite",
            "metadata": self.metadata(label, {GROUP: label}),
            "spec": {"poolRef": {"group": _POOL, "name": label}, "rules": rules},
        }


def _rewrite(model: str, share: float) -> dict[str, Any]:
    weight = max(1, round(share * _MOST_TARGETS))
    return {
        "matches": [{"model": {"type": "Exact", "value": model}}],
        "targets": [{"weight": weight, "modelRewrite": model}],
    }


def _backend(group: str) -> dict[str, str]:
    return {"group": _POOL, "kind": "InferencePool", "name": dns_label(group)}
