"""Objects for llm-d."""

from __future__ import annotations

import pytest

from placer.deploy import LlmD
from placer.testing import DeploymentContract
from tests.placer.deploy.manifests import by_kind, deployed, migrated, of_several_types


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> LlmD:
        return LlmD()


def test_each_group_is_a_deployment_and_a_pool() -> None:
    found = by_kind(LlmD(), deployed(("a", "b$HOME")))
    first, second = found["Deployment"]
    assert first["metadata"]["name"].startswith("gpu-00-")
    assert (first["spec"]["replicas"], second["spec"]["replicas"]) == (1, 2)
    container = second["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "vllm/vllm-openai:v0.8.5"
    assert container["args"][-2:] == ["--lora-modules", "b$$HOME=/adapters/b$$HOME"]
    assert container["args"][0] == "example-8b"
    assert "--max-loras" in container["args"]
    secret = container["env"][0]["valueFrom"]["secretKeyRef"]
    assert secret == {"name": "hf-token", "key": "token", "optional": True}
    labels = [pool["spec"]["selector"]["matchLabels"] for pool in found["InferencePool"]]
    assert labels == [d["spec"]["selector"]["matchLabels"] for d in found["Deployment"]]
    assert "nodeSelector" not in second["spec"]["template"]["spec"]


def test_requests_are_divided_by_shares() -> None:
    found = by_kind(LlmD(), deployed(("a", "b")))
    weights = {
        match["headers"][0]["value"]: [b["weight"] for b in rule["backendRefs"]]
        for route in found["HTTPRoute"]
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
    }
    assert weights == {"a": [1], "b": [1], "example-8b": [500, 500]}
    first = found["InferenceModelRewrite"][0]
    rules = {
        rule["matches"][0]["model"]["value"]: rule["targets"][0] for rule in first["spec"]["rules"]
    }
    assert rules["a"] == {"weight": 1_000_000, "modelRewrite": "a"}
    assert rules["example-8b"]["weight"] == 500_000


def test_gpu_types_and_several_gpus_are_asked_for() -> None:
    found = by_kind(LlmD(), of_several_types(deployed(("a", "b"))))
    pods = [d["spec"]["template"]["spec"] for d in found["Deployment"]]
    assert [pod["nodeSelector"]["nvidia.com/gpu.product"] for pod in pods] == [
        "NVIDIA-H100-80GB-HBM3",
        "NVIDIA-L40S",
        "NVIDIA-H100-80GB-HBM3",
    ]
    assert pods[0]["containers"][0]["resources"]["limits"] == {"nvidia.com/gpu": "2"}


def test_a_migration_starts_loads_routes_and_unloads() -> None:
    steps, objects = migrated(LlmD())
    assert [step.split()[0] for step in steps] == [
        *("engines", "ready", "call", "apply", "remove", "call"),
    ]
    assert [o["kind"] for o in objects["01-start.yaml"]] == ["Deployment", "InferencePool"]
    assert "load_lora_adapter '{" in steps[2]
    assert "unload_lora_adapter '{" in steps[5]
    routes = [o for o in objects["01-route.yaml"] if o["kind"] == "HTTPRoute"]
    assert sum(len(route["spec"]["rules"][0]["matches"]) for route in routes) == 4
