"""Objects for KServe."""

from __future__ import annotations

import pytest

from placer.deploy import Kserve
from placer.testing import DeploymentContract
from tests.placer.deploy.manifests import by_kind, deployed, migrated, of_several_types


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> Kserve:
        return Kserve()


def test_each_group_is_a_service_with_its_adapters() -> None:
    found = by_kind(Kserve(), deployed(("a", "b,b")))
    first, second = found["LLMInferenceService"]
    spec = second["spec"]
    assert spec["model"] == {
        "uri": "hf://example-8b",
        "name": "example-8b",
        "lora": {
            "adapters": [{"name": "b,b", "uri": "pvc://lora-adapters/b,b"}],
            "maxRank": 32,
            "maxAdapters": 4,
            "maxCpuAdapters": 1024,
        },
    }
    assert spec["replicas"] == 2
    variable = spec["template"]["containers"][0]["env"][1]
    assert variable["name"] == "VLLM_ADDITIONAL_ARGS"
    assert "--max-num-seqs 256" in variable["value"]
    assert "lora" not in variable["value"]
    name = first["metadata"]["name"]
    backends = [b for r in found["HTTPRoute"] for b in r["spec"]["rules"][0]["backendRefs"]]
    assert f"{name}-inference-pool" in {backend["name"] for backend in backends}


def test_several_gpus_to_an_engine() -> None:
    found = by_kind(Kserve(), of_several_types(deployed(("a", "b"))))
    spec = found["LLMInferenceService"][0]["spec"]
    assert spec["parallelism"] == {"tensor": 2}
    assert "tensor" not in spec["template"]["containers"][0]["env"][1]["value"]
    assert "nodeSelector" in spec["template"]


def test_a_migration_restarts_the_services_whose_adapters_change() -> None:
    steps, objects = migrated(Kserve())
    assert [step.split()[0] for step in steps] == [
        *("engines", "ready", "apply", "remove", "engines"),
    ]
    names = [
        [a["name"] for a in o["spec"]["model"]["lora"]["adapters"]]
        for o in objects["01-start.yaml"]
    ]
    assert names == [["b", "c"], ["a"]]
    (ended,) = objects["01-end.yaml"]
    assert [a["name"] for a in ended["spec"]["model"]["lora"]["adapters"]] == ["a"]
