"""Deployments for tests of targets, and what they write, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from placer.deploy import Deployment, DeploymentTarget
from placer.deploy.change import describe_change
from placer.deploy.deployment import describe_deployment
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.replanning import plan_migration
from placer.testing.deployment_rules import HOSTILE_NAMES, deployed_problem
from tests.placer.deploy.schemas import check, check_kinds, read_schema

__all__ = ["by_kind", "deployed", "documents", "migrated", "of_several_types"]

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SCHEMA = {**read_schema("kubernetes"), **read_schema("systems")}


def deployed(names: tuple[str, ...] = HOSTILE_NAMES) -> Deployment:
    """Adapters on three GPUs, the last two of which are equal, and the base model on all."""
    return describe_deployment(*deployed_problem(names))


def of_several_types(deployment: Deployment) -> Deployment:
    """The same with two GPUs to an engine, of two types."""
    groups = []
    for i, group in enumerate(deployment.groups):
        memory = replace(group.profile.kv_capacity_model, tensor_parallel_size=2)
        gpu = ("H100-80GB", "L40S")[i % 2]
        profile = replace(group.profile, name=gpu, gpu=gpu, kv_capacity_model=memory)
        groups.append(replace(group, profile=profile))
    return replace(deployment, groups=tuple(groups))


def documents(files: Mapping[str, str]) -> list[Any]:
    """All objects in some files, checked against their schemas."""
    found = []
    for path, text in files.items():
        if not path.endswith(".yaml"):
            continue
        for document in yaml.load_all(text, LOADER):
            if "kind" in document:
                check_kinds([document], SCHEMA)
            elif "applications" in document:
                check(document, read_schema("ray"), path)
            else:
                check(document, read_schema("values"), path)
            found.append(document)
    return found


def by_kind(target: DeploymentTarget, deployment: Deployment) -> dict[str, list[Any]]:
    """Objects of a deployment by kind."""
    found: dict[str, list[Any]] = {}
    for document in documents(target.files(deployment)):
        found.setdefault(document.get("kind", ""), []).append(document)
    return found


def migrated(target: DeploymentTarget) -> tuple[list[str], dict[str, list[Any]]]:
    """Steps of a migration in which b moves and an engine is started, and the objects of each.

    Before, gpu-00 holds a and b, and gpu-01 holds c; afterwards gpu-00 holds a, gpu-01 holds b
    and c, and gpu-02 holds a as well. Base traffic is on gpu-00 throughout.
    """
    problem, before, after = _moving()
    migration = plan_migration(before, after, problem)
    files = target.migration_files(
        describe_deployment(problem, after), describe_change(problem, migration)
    )
    steps = files["migrate.sh"].partition("\n}\n\n")[2].splitlines()
    objects = {
        path.removeprefix("deploy/migration/"): documents({path: text})
        for path, text in files.items()
        if path.endswith(".yaml")
    }
    return steps, objects


def _moving() -> tuple[Problem, Placement, Placement]:
    problem, placement = deployed_problem(("a", "b", "c"))
    plan = placement.gpus[0]

    def placed(*contents: dict[str, float]) -> Placement:
        return Placement(
            tuple(
                replace(plan, shares=tuple(sorted(shares.items())), name=f"gpu-{i:02d}")
                for i, shares in enumerate(contents)
            ),
            base=("base",),
        )

    before = placed({"a": 1.0, "b": 1.0, "base": 1.0}, {"c": 1.0})
    after = placed({"a": 0.5, "base": 1.0}, {"b": 1.0, "c": 1.0}, {"a": 0.5})
    return replace(problem, previous=before), before, after
