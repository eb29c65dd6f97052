"""Scripts of engines, from a placement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from placer.deploy import VllmScripts
from placer.deploy.deployment import describe_deployment
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.testing import DeploymentContract
from tests.placer.example_result import problem, result
from twin.files.errors import InputError
from twin.workload.workload import Workload


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> VllmScripts:
        return VllmScripts()


def engine_scripts(stated: Problem, placement: Placement) -> Mapping[str, str]:
    return VllmScripts().files(describe_deployment(stated, placement))


def test_scripts_name_the_model_as_hugging_face_does() -> None:
    stated = problem()
    profile = replace(stated.fleet[0].profile, model_id="org/Model-8B")
    named = replace(stated, fleet=(replace(stated.fleet[0], profile=profile),))
    scripts = engine_scripts(named, result().placement)
    assert "BASE_MODEL:-org/Model-8B}" in scripts["engines/gpu-00.sh"]


def test_a_name_that_vllm_cannot_take_is_refused() -> None:
    first = result().placement.gpus[0]
    plan = GpuPlan(first.profile_name, first.config, (("a=b", 1.0),))
    with pytest.raises(InputError, match="adapter name: 'a=b'"):
        engine_scripts(problem(), Placement((plan,)))
    with pytest.raises(InputError, match="adapter name: 'a=b'"):
        replace(problem().workload.adapters[0], name="a=b")


def test_scripts_say_where_adapters_are_and_how_much_memory_is_used() -> None:
    stated = problem()
    first, *others = stated.workload.adapters
    placed = replace(stated, workload=Workload((replace(first, path="/srv/lora"), *others)))
    scripts = engine_scripts(placed, result().placement)
    assert f"{first.name}=/srv/lora" in scripts["engines/gpu-00.sh"]
    utilization = stated.fleet[0].profile.kv_capacity_model.utilization
    assert f"--gpu-memory-utilization {utilization}" in scripts["engines/gpu-00.sh"]


def test_scripts_serve_the_adapters_of_their_gpu() -> None:
    scripts = engine_scripts(problem(), result().placement)
    assert list(scripts) == ["engines/gpu-00.sh", "engines/gpu-01.sh"]
    first = scripts["engines/gpu-00.sh"]
    assert "# gpu-00: example-gpu, 2 adapters" in first
    assert "BASE_MODEL:-example-8b" in first
    assert "--max-lora-rank 32" in first
    assert "--max-model-len 4096" in first
    assert "adapter-001=" in first
    assert "adapter-002" not in first


def test_model_folder_and_port_may_be_others() -> None:
    target = VllmScripts(model="/srv/m", adapters="/srv/a b", port=9000)
    files = target.files(describe_deployment(problem(), result().placement, ["NOT verified"]))
    script = files["engines/gpu-00.sh"]
    assert script.startswith("#!/bin/sh\n# NOT verified\n# gpu-00: ")
    assert "BASE_MODEL:-/srv/m}" in script
    assert "ADAPTER_DIR:-'/srv/a b'}" in script
    assert "PORT:-9000}" in script
