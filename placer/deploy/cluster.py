"""Cluster: what all targets on Kubernetes have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from placer.deploy.change import Change
from placer.deploy.cluster_migration import cluster_migration
from placer.deploy.deployment import Deployment, EngineGroup, ServedAdapter
from placer.deploy.dns_label import dns_label
from placer.deploy.option_checks import check_port, check_text
from placer.deploy.vllm_command import lora_modules
from placer.deploy.yaml_text import yaml_text
from twin.files.errors import InputError

__all__ = ["ADAPTERS", "GPU_PRODUCTS", "GROUP", "Cluster", "expanded"]

ADAPTERS = "/adapters"
"""Where engines see the volume of the adapters."""

GROUP = "lora-placer/group"
"""Label of all objects of a group of engines."""

GPU_PRODUCTS = {
    "A100-80GB": "NVIDIA-A100-SXM4-80GB",
    "H100-80GB": "NVIDIA-H100-80GB-HBM3",
    "H200": "NVIDIA-H200",
    "L40S": "NVIDIA-L40S",
}
"""What NVIDIA's GPU feature discovery writes on nodes with these GPUs (nvidia.com/gpu.product)."""

_NAMES = (
    "Kubernetes needs labels as names of objects: those that are none have a hash behind them."
)


@dataclass(frozen=True)
class Cluster:
    """Options and objects of engines on Kubernetes; a target for each system adds its own.

    Parameters
    ----------
    namespace : str
    image : str
        Of the engines; empty for vLLM's own of the version that was simulated.
    model : str
        Path or repository in place of the profiles' models; empty for those of the profiles.
    token_secret, token_key : str
        Secret with the token for Hugging Face, and its key. It may be missing.
    adapters : str
        Where adapters without a path of their own are: the claim of a volume with one folder for
        each, or what the system calls such a place.
    port : int
        Of each engine.
    gpu_resource : str
        What nodes call their GPUs.
    gpu_products : mapping of str to str
        Value of the label ``gpu_label`` on the nodes of a GPU type, by the profile's ``gpu``. A
        single type needs none.
    gpu_label : str
    """

    namespace: str = "default"
    image: str = ""
    model: str = ""
    token_secret: str = "hf-token"
    token_key: str = "token"
    adapters: str = "lora-adapters"
    port: int = 8000
    gpu_resource: str = "nvidia.com/gpu"
    gpu_products: Mapping[str, str] = field(default_factory=lambda: dict(GPU_PRODUCTS))
    gpu_label: str = "nvidia.com/gpu.product"

    def __post_init__(self) -> None:
        check_port("deploy.port", self.port)
        for key in ("namespace", "token_secret"):
            check_text(f"deploy.{key}", getattr(self, key), "label")
        for key in ("image", "model", "token_key", "adapters", "gpu_resource", "gpu_label"):
            check_text(f"deploy.{key}", getattr(self, key))

    @property
    def engine_command(self) -> str:
        return f"kubectl --namespace {self.namespace} apply -f"

    @property
    def migration_remarks(self) -> Sequence[str]:
        return ()

    @property
    def restarts(self) -> bool:
        return False

    def engines(self, groups: Sequence[EngineGroup]) -> list[Any]:
        """Objects of engines."""
        raise NotImplementedError

    def adapters_of(
        self, held: Mapping[str, Sequence[str]], served: Mapping[str, ServedAdapter]
    ) -> list[Any]:
        """Objects of adapters, from the groups that hold each."""
        return []

    def routes(self, routes: Mapping[str, Mapping[str, float]]) -> list[Any]:
        """Objects that divide requests."""
        return []

    def remarks(self, deployment: Deployment) -> list[str]:
        """What the system cannot express, and how its files are used."""
        raise NotImplementedError

    def call_selector(self, group: str) -> str:
        return ""

    def engine_ready(self, group: str) -> tuple[str, str]:
        return ("", "")

    def adapter_ready(self, manifest: Mapping[str, Any]) -> tuple[str, str]:
        return ("", "")

    def migration_files(self, deployment: Deployment, change: Change) -> Mapping[str, str]:
        self._check_types(deployment)
        return cluster_migration(self, deployment, change)

    def manifests(self, deployment: Deployment) -> tuple[list[Any], list[Any], list[Any]]:
        """Engines, adapters and routes of a deployment, equal engines in one group."""
        self._check_types(deployment)
        grouped = deployment.grouped()
        held: dict[str, list[str]] = {}
        for group in grouped.groups:
            for adapter in group.adapters:
                held.setdefault(adapter.name, []).append(group.name)
        ordered = {name: sorted(groups) for name, groups in sorted(held.items())}
        return (
            self.engines(grouped.groups),
            self.adapters_of(ordered, grouped.adapters),
            self.routes(grouped.routes),
        )

    def written(self, deployment: Deployment, manifests: Sequence[Any]) -> str:
        """Objects as YAML, with what has to be known first."""
        remarks = [*deployment.warnings, *self.remarks(deployment), _NAMES]
        groups = [
            f"{dns_label(group.name)} is {group.title}." for group in deployment.grouped().groups
        ]
        return yaml_text(manifests, [*remarks, *groups])

    def metadata(
        self,
        name: str,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Metadata of an object."""
        data: dict[str, Any] = {"name": name, "namespace": self.namespace}
        if labels:
            data["labels"] = dict(labels)
        if annotations:
            data["annotations"] = dict(annotations)
        return data

    def selector(self, groups: Sequence[EngineGroup], group: EngineGroup) -> dict[str, str]:
        """Labels of the nodes that a group has to be on; none where all GPUs are alike."""
        if len({g.profile.gpu for g in groups}) < 2:
            return {}
        return {self.gpu_label: self.gpu_products[group.profile.gpu]}

    def deployment(
        self,
        group: EngineGroup,
        groups: Sequence[EngineGroup],
        *,
        served_names: Sequence[str],
        labels: Mapping[str, str],
        with_adapters: bool,
        runtime_updates: bool,
    ) -> dict[str, Any]:
        """A Deployment with the engines of a group.

        Parameters
        ----------
        group, groups
            The group, and all of them.
        served_names : sequence of str
            What requests for the base model name that the engines answer.
        labels : mapping of str to str
            Of the pods, beside that of the group.
        with_adapters : bool
            Whether engines load their adapters when they start.
        runtime_updates : bool
            Whether they take adapters later.
        """
        label = {GROUP: dns_label(group.name)}
        modules = [(a.name, a.below(ADAPTERS)) for a in group.adapters] if with_adapters else []
        arguments = [
            *(self.model or group.model, "--port", str(self.port)),
            *(("--served-model-name", *served_names) if served_names else ()),
            *group.options,
            *lora_modules(modules),
        ]
        environment = [self.token()]
        if runtime_updates:
            updates = {"name": "VLLM_ALLOW_RUNTIME_LORA_UPDATING", "value": "True"}
            environment.append(updates)
        probe = {"httpGet": {"path": "/health", "port": self.port}}
        container = {
            "name": "vllm",
            "image": self.image or group.image,
            "command": ["vllm", "serve"],
            "args": [expanded(text) for text in arguments],
            "env": environment,
            "ports": [{"name": "http", "containerPort": self.port}],
            "resources": {"limits": {self.gpu_resource: str(group.profile.gpus_per_engine)}},
            "startupProbe": {**probe, "periodSeconds": 10, "failureThreshold": 360},
            "readinessProbe": {**probe, "periodSeconds": 5},
            "volumeMounts": [
                {"name": "adapters", "mountPath": ADAPTERS, "readOnly": True},
                {"name": "shm", "mountPath": "/dev/shm"},
            ],
        }
        claim = {"claimName": self.adapters, "readOnly": True}
        pod: dict[str, Any] = {
            "containers": [container],
            "volumes": [
                {"name": "adapters", "persistentVolumeClaim": claim},
                {"name": "shm", "emptyDir": {"medium": "Memory"}},
            ],
        }
        if selector := self.selector(groups, group):
            pod["nodeSelector"] = selector
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": self.metadata(
                dns_label(group.name), label, {"lora-placer/gpus": ",".join(group.gpus)}
            ),
            "spec": {
                "replicas": len(group.gpus),
                "selector": {"matchLabels": label},
                "template": {"metadata": {"labels": {**label, **labels}}, "spec": pod},
            },
        }

    def token(self) -> dict[str, Any]:
        """The environment variable with the token for Hugging Face, from its secret."""
        reference = {"name": self.token_secret, "key": self.token_key, "optional": True}
        return {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": reference}}

    def _check_types(self, deployment: Deployment) -> None:
        """Refuse several GPU types of which one has no label."""
        types = sorted({group.profile.gpu for group in deployment.groups})
        unknown = [gpu for gpu in types if gpu not in self.gpu_products]
        if len(types) > 1 and unknown:
            raise InputError(
                "deploy.gpu_products",
                f"which nodes have {', '.join(unknown)} is not said",
                f"deploy.gpu_products={{{', '.join(f'{gpu}: LABEL' for gpu in types)}}}",
            )


def expanded(text: str) -> str:
    """An argument in which Kubernetes finds no variables."""
    return text.replace("$", "$$")
