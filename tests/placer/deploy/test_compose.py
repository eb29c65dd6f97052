"""A compose file, as compose itself would read it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from placer.deploy import Compose
from placer.deploy.change import describe_change
from placer.deploy.deployment import Deployment, describe_deployment
from placer.replanning import plan_migration
from placer.testing import DeploymentContract
from placer.testing.deployment_rules import HOSTILE_NAMES, deployed_problem
from tests.placer.deploy.schemas import check, read_schema
from twin.files.errors import InputError


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> Compose:
        return Compose()


def deployed(names: tuple[str, ...] = HOSTILE_NAMES) -> Deployment:
    return describe_deployment(*deployed_problem(names))


def services(target: Compose, deployment: Deployment) -> dict[str, Any]:
    (content,) = yaml.safe_load_all(target.files(deployment)["deploy/compose.yaml"])
    check(content, read_schema("compose"))
    found: dict[str, Any] = content["services"]
    return found


def test_each_engine_is_a_service_with_its_gpu_and_adapters() -> None:
    found = services(Compose(), deployed(("a", "b$HOME")))
    assert list(found) == ["gpu-00", "gpu-01", "node-2-gpu-" + list(found)[2][-8:], "router"]
    second = found["gpu-01"]
    assert second["image"] == "vllm/vllm-openai:v0.8.5"
    assert second["command"][-2:] == ["--lora-modules", "b$$HOME=/adapters/b$$HOME"]
    assert second["command"][:3] == ["vllm", "serve", "example-8b"]
    assert "--served-model-name" in second["command"]
    (device,) = second["deploy"]["resources"]["reservations"]["devices"]
    assert device["device_ids"] == ["1"]
    assert second["environment"] == {"HF_TOKEN": "${HF_TOKEN:-}"}


def test_options() -> None:
    target = Compose(image="mine", model="/m", adapters="/srv/loras", port=9, runtime_updates=True)
    found = services(target, deployed(("a", "b")))
    first = found["gpu-00"]
    assert (first["image"], first["command"][2]) == ("mine", "/m")
    assert first["volumes"] == ["/srv/loras:/adapters:ro"]
    assert first["environment"]["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "True"
    assert found["router"]["ports"] == ["9:8000"]
    with pytest.raises(InputError, match=r"deploy\.token_variable"):
        Compose(token_variable="a b")


def test_several_gpus_to_an_engine() -> None:
    deployment = deployed(("a", "b"))
    groups = []
    for i, group in enumerate(deployment.groups):
        memory = replace(group.profile.kv_capacity_model, tensor_parallel_size=2)
        profile = replace(group.profile, kv_capacity_model=memory, gpu=f"type-{i % 2}")
        groups.append(replace(group, profile=profile))
    files = Compose().files(replace(deployment, groups=tuple(groups)))
    (content,) = yaml.safe_load_all(files["deploy/compose.yaml"])
    ids = [
        s["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"]
        for name, s in content["services"].items()
        if name != "router"
    ]
    assert ids == [["0", "1"], ["2", "3"], ["4", "5"]]
    assert "several types (type-0, type-1)" in " ".join(
        files["deploy/compose.yaml"].replace("# ", "").split()
    )


def test_a_migration_loads_before_it_routes_and_unloads_after() -> None:
    problem, after = deployed_problem(("a", "b"))
    first, second, third = after.gpus
    before = replace(
        after,
        gpus=(
            replace(first, shares=(("base", 0.5),)),
            replace(second, shares=(("a", 1.0), ("b", 0.5), ("base", 0.25))),
            third,
        ),
    )
    problem = replace(problem, previous=before)
    migration = plan_migration(before, after, problem)
    files = Compose().migration_files(
        describe_deployment(problem, after), describe_change(problem, migration)
    )
    assert files["migrate.sh"].splitlines()[-3:] == [
        """call gpu-00 load_lora_adapter '{"lora_name": "a", "lora_path": "/adapters/a"}'""",
        "route 01",
        """call gpu-01 unload_lora_adapter '{"lora_name": "a"}'""",
    ]
    assert set(files) == {
        "migrate.sh",
        "deploy/migration/01-nginx.conf",
        "deploy/migration/01-router.js",
    }
