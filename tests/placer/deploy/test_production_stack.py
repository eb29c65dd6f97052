"""Values and objects for production-stack."""

from __future__ import annotations

import pytest

from placer.deploy import ProductionStack
from placer.testing import DeploymentContract
from tests.placer.deploy.manifests import by_kind, deployed, migrated, of_several_types


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> ProductionStack:
        return ProductionStack()


def test_each_group_is_a_model_of_the_chart() -> None:
    found = by_kind(ProductionStack(), deployed(("a", "It's")))
    (values,) = found[""]
    first, second = values["servingEngineSpec"]["modelSpec"]
    assert (first["replicaCount"], second["replicaCount"]) == (1, 2)
    assert (second["repository"], second["tag"]) == ("vllm/vllm-openai", "v0.8.5")
    assert second["hf_token"] == {"secretName": "hf-token", "secretKey": "token"}
    assert "--served-model-name" in second["vllmConfig"]["extraArgs"]
    adapters = {a["spec"]["adapterSource"]["adapterName"]: a for a in found["LoraAdapter"]}
    assert adapters["It's"]["spec"]["baseModel"] == second["name"]
    assert adapters["a"]["spec"]["adapterSource"]["adapterPath"] == "/adapters/a"


def test_gpu_types_are_asked_for() -> None:
    (values,) = by_kind(ProductionStack(), of_several_types(deployed(("a", "b"))))[""]
    first = values["servingEngineSpec"]["modelSpec"][0]
    assert first["requestGPU"] == 2
    (term,) = first["nodeSelectorTerms"]
    assert term["matchExpressions"][0]["values"] == ["NVIDIA-H100-80GB-HBM3"]


def test_a_migration_upgrades_the_chart_and_moves_adapters() -> None:
    steps, objects = migrated(ProductionStack())
    assert [step.split()[0] for step in steps] == ["engines", "apply", "ready", "ready", "remove"]
    (values,) = objects["01-start.yaml"]
    assert len(values["servingEngineSpec"]["modelSpec"]) == 3
    loaded = {o["spec"]["adapterSource"]["adapterName"] for o in objects["01-load.yaml"]}
    assert loaded == {"a", "b"}
    (dropped,) = objects["01-drop.yaml"]
    assert dropped["spec"]["adapterSource"]["adapterName"] == "b"
