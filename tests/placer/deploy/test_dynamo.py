"""Objects for Dynamo."""

from __future__ import annotations

import pytest

from placer.deploy import Dynamo
from placer.testing import DeploymentContract
from tests.placer.deploy.manifests import by_kind, deployed, migrated, of_several_types


class TestContract(DeploymentContract):
    @pytest.fixture
    def target(self) -> Dynamo:
        return Dynamo()


def test_each_group_is_a_worker_with_models_of_its_own() -> None:
    found = by_kind(Dynamo(), deployed(("a", "It's")))
    (graph,) = found["DynamoGraphDeployment"]
    services = graph["spec"]["services"]
    assert next(iter(services)) == "Frontend"
    references = [s["modelRef"]["name"] for n, s in services.items() if n != "Frontend"]
    models = {m["spec"]["modelName"]: m["spec"]["baseModelName"] for m in found["DynamoModel"]}
    assert models == {"a": references[0], "It's": references[1]}
    assert [services[name]["replicas"] for name in references] == [1, 2]


def test_several_gpus_to_an_engine() -> None:
    (graph,) = by_kind(Dynamo(), of_several_types(deployed(("a", "b"))))["DynamoGraphDeployment"]
    worker = list(graph["spec"]["services"].values())[1]
    assert worker["resources"] == {"limits": {"gpu": "2"}}
    assert "nodeSelector" in worker["extraPodSpec"]


def test_a_migration_changes_the_graph_and_moves_models() -> None:
    steps, objects = migrated(Dynamo())
    assert [step.split()[0] for step in steps] == [
        *("engines", "ready", "apply", "ready", "ready", "remove"),
    ]
    (graph,) = objects["01-start.yaml"]
    assert len(graph["spec"]["services"]) == 4
    assert [o["spec"]["modelName"] for o in objects["01-drop.yaml"]] == ["b"]
