"""Objects for AIBrix."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from placer.deploy import Aibrix
from placer.testing import DeploymentContract
from tests.placer.deploy.manifests import by_kind, deployed, migrated, of_several_types
from twin.files.errors import InputError


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> Aibrix:
        return Aibrix()


def test_adapters_are_pinned_by_labels() -> None:
    found = by_kind(Aibrix(), deployed(("a", "It's")))
    groups = [d["metadata"]["labels"]["lora-placer/group"] for d in found["Deployment"]]
    second, first = found["ModelAdapter"]
    assert first["metadata"]["name"] == "a"
    assert first["spec"]["podSelector"]["matchExpressions"][0]["values"] == groups[:1]
    assert first["spec"]["artifactURL"] == "s3://lora-adapters/a"
    assert second["metadata"]["annotations"]["lora-placer/adapter"] == "It's"
    assert second["spec"]["podSelector"]["matchExpressions"][0]["values"] == groups[1:]
    container = found["Deployment"][0]["spec"]["template"]["spec"]["containers"][0]
    assert "--lora-modules" not in container["args"]
    assert container["env"][1]["name"] == "VLLM_ALLOW_RUNTIME_LORA_UPDATING"


def test_the_base_model_has_a_service_of_its_name() -> None:
    found = by_kind(Aibrix(), deployed(("a", "b")))
    assert {service["metadata"]["name"] for service in found["Service"]} == {"example-8b"}


def test_credentials_are_named() -> None:
    found = by_kind(Aibrix(credentials_secret="s3"), deployed(("a", "b")))
    assert found["ModelAdapter"][0]["spec"]["credentialsSecretRef"] == {"name": "s3"}
    with pytest.raises(InputError, match=r"deploy\.adapter_store"):
        Aibrix(adapter_store="adapters")


def test_repositories_are_named_as_such() -> None:
    deployment = deployed(("a", "b"))
    groups = [
        replace(g, adapters=tuple(replace(a, path="org/lora") for a in g.adapters))
        for g in deployment.groups
    ]
    found = by_kind(Aibrix(), replace(deployment, groups=tuple(groups)))
    assert found["ModelAdapter"][0]["spec"]["artifactURL"] == "huggingface://org/lora"


def test_gpu_types_are_asked_for() -> None:
    found = by_kind(Aibrix(), of_several_types(deployed(("a", "b"))))
    assert "nodeSelector" in found["Deployment"][0]["spec"]["template"]["spec"]


def test_a_migration_moves_adapters_by_their_objects() -> None:
    steps, objects = migrated(Aibrix())
    assert [step.split()[0] for step in steps] == [
        *("engines", "ready", "apply", "ready", "ready", "apply"),
    ]
    loaded = {o["metadata"]["name"]: _groups(o) for o in objects["01-load.yaml"]}
    assert [len(loaded["a"]), len(loaded["b"])] == [2, 2]
    (unloaded,) = objects["01-unload.yaml"]
    assert (unloaded["metadata"]["name"], len(_groups(unloaded))) == ("b", 1)


def _groups(adapter: Any) -> list[str]:
    values: list[str] = adapter["spec"]["podSelector"]["matchExpressions"][0]["values"]
    return values
