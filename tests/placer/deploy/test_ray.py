"""A configuration for Ray Serve."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from placer.deploy import Ray
from placer.testing import DeploymentContract
from tests.placer.deploy.manifests import by_kind, deployed, migrated, of_several_types


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> Ray:
        return Ray()


def test_each_group_is_a_model() -> None:
    (content,) = by_kind(Ray(), deployed(("a", "b")))[""]
    first, second = content["applications"][0]["args"]["llm_configs"]
    assert first["model_loading_config"]["model_source"] == "example-8b"
    assert second["deployment_config"] == {"num_replicas": 2}
    assert second["engine_kwargs"]["max_loras"] == 4
    assert second["engine_kwargs"]["enable_lora"] is True
    assert second["lora_config"] == {
        "dynamic_lora_loading_path": "s3://lora-adapters",
        "max_num_adapters_per_replica": 1,
    }
    assert "accelerator_type" not in first


def test_what_requests_name_is_written_with_its_shares() -> None:
    names = json.loads(Ray().files(deployed(("a", "b")))["deploy/ray-models.json"])
    first, second = names["example-8b"]
    assert names == {
        "a": {f"{first}:a": 1.0},
        "b": {f"{second}:b": 1.0},
        "example-8b": {first: 0.5, second: 0.5},
    }


def test_gpu_types_are_asked_for() -> None:
    (content,) = by_kind(Ray(), of_several_types(deployed(("a", "b"))))[""]
    models = content["applications"][0]["args"]["llm_configs"]
    assert [model["accelerator_type"] for model in models] == ["H100", "L40S", "H100"]
    assert models[0]["engine_kwargs"]["tensor_parallel_size"] == 2


def test_adapters_that_are_elsewhere_are_named() -> None:
    deployment = deployed(("a", "b"))
    group = deployment.groups[0]
    moved = replace(group, adapters=(replace(group.adapters[0], path="/srv/a"),))
    text = Ray().files(replace(deployment, groups=(moved,)))["deploy/ray-serve.yaml"]
    assert "these are elsewhere now: a." in " ".join(text.replace("# ", "").split())


def test_a_migration_deploys_all_groups_and_then_those_that_stay() -> None:
    steps, objects = migrated(Ray())
    assert [step.split()[0] for step in steps] == ["engines"]
    (content,) = objects["01-start.yaml"]
    assert len(content["applications"][0]["args"]["llm_configs"]) == 3
