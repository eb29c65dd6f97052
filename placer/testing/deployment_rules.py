"""DeploymentRules: what every deployment target has to keep."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import yaml

from estimators.testing import example_adapters, example_base
from estimators.testing.requiring import require, require_rules
from placer.deploy.change import describe_change
from placer.deploy.deployment import Deployment, describe_deployment
from placer.deploy.target import DeploymentTarget, check_paths
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.replanning.migration import plan_migration
from placer.testing.examples import example_problem
from twin.files.errors import InputError
from twin.workload.workload import Workload

__all__ = ["HOSTILE_NAMES", "DeploymentRules", "check_target", "deployed_problem"]

HOSTILE_NAMES = (
    "plain",
    "Upper_Case.v2",
    'it\'s "quoted" \\ `id` $(id) ${HOME} $HOME',
    "{{ .Values.x }} {% x %} %s",
    "<script>alert(1)</script>&amp;",
    "- a: b, [c] # d ? ! & * | > @",
    "1e3",
    "yes",
    "../../etc/passwd",
    "-rf",
    "ünïcode 中文 \U0001f600",
    "x" * 255,
)
"""Names of adapters that vLLM can serve, and that YAML, JSON or a shell may misread."""

_PARSED = (".yaml", ".json")
_WARNING = "NOT verified: this is a test."


def deployed_problem(names: tuple[str, ...] = HOSTILE_NAMES) -> tuple[Problem, Placement]:
    """Adapters and requests for the base model on three GPUs, two of which are equal."""
    adapters = tuple(
        replace(adapter, name=name)
        for adapter, name in zip(example_adapters(len(names)), names, strict=True)
    )
    problem = Problem(Workload((*adapters, example_base())), example_problem(1).fleet)
    profile = problem.fleet[0].profile
    first, *others = names
    half = dict.fromkeys(others, 0.5) | {"base": 0.25}
    shares = ({first: 1.0, "base": 0.5}, half, half)
    return problem, Placement(
        tuple(
            GpuPlan(profile.name, profile.engine_config(4, 32), tuple(sorted(s.items())), name)
            for s, name in zip(shares, ("gpu-00", "gpu-01", "node_2.GPU"), strict=True)
        ),
        base=("base",),
    )


@dataclass(frozen=True)
class DeploymentRules:
    """What runs rely on: every method raises ``AssertionError`` in words.

    Parameters
    ----------
    target : DeploymentTarget
    """

    target: DeploymentTarget

    def files_are_texts_in_its_folders(self) -> None:
        files = {**self._files(), **self._migration_files()}
        for path, text in files.items():
            require(isinstance(text, str), f"{path} is no text")
        try:
            check_paths(files, self.target)
        except InputError as error:
            raise AssertionError(str(error)) from None

    def the_same_deployment_gives_the_same_files(self) -> None:
        require(self._files() == self._files(), "the same deployment gives other files")

    def hostile_names_come_out_as_they_are(self) -> None:
        files = {**self._files(), **self._migration_files()}
        if not any(path.endswith(_PARSED) for path in files):
            return
        parsed = list(_strings(files))
        for name in HOSTILE_NAMES:
            found = any(name in text or name.replace("$", "$$") in text for text in parsed)
            require(found, f"no text in its YAML or JSON is the name {name!r}")

    def scripts_are_scripts(self) -> None:
        for path, text in {**self._files(), **self._migration_files()}.items():
            if text.startswith("#!/bin/sh"):
                done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True)
                require(done.returncode == 0, f"{path} is no script: {done.stderr}")

    def what_is_not_verified_says_so_first(self) -> None:
        for path, text in self._files((_WARNING,)).items():
            if path.endswith((".yaml", ".sh")):
                head = "\n".join(text.splitlines()[:3])
                require(_WARNING in head, f"{path} does not say at its top: {_WARNING}")

    def what_it_is_given_is_not_modified(self) -> None:
        deployment = self._deployment()
        before = repr(deployment)
        self.target.files(deployment)
        require(repr(deployment) == before, "the deployment is modified")

    def _deployment(self, warnings: tuple[str, ...] = ()) -> Deployment:
        return describe_deployment(*deployed_problem(), warnings)

    def _files(self, warnings: tuple[str, ...] = ()) -> Mapping[str, str]:
        return self.target.files(self._deployment(warnings))

    def _migration_files(self) -> Mapping[str, str]:
        problem, after = deployed_problem()
        first = replace(after.gpus[0], name="old", shares=tuple((n, 1.0) for n, _ in _all(after)))
        problem = replace(problem, previous=Placement((first,), base=("base",)))
        assert problem.previous is not None
        migration = plan_migration(problem.previous, after, problem)
        return self.target.migration_files(self._deployment(), describe_change(problem, migration))


def _all(placement: Placement) -> list[tuple[str, float]]:
    return list(placement.total_shares().items())


def _strings(files: Mapping[str, str]) -> Iterator[str]:
    """All texts in the YAML and JSON of some files."""
    for path, text in files.items():
        if path.endswith(".yaml"):
            yield from _texts(list(yaml.safe_load_all(text)))
        elif path.endswith(".json"):
            yield from _texts(json.loads(text))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from (*_texts(key), *_texts(value))
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def check_target(target: DeploymentTarget) -> None:
    """Check all rules of deployment targets.

    Raises
    ------
    AssertionError
        Which rules are broken, and how.
    """
    require_rules(target, "deployment targets", _cases(DeploymentRules(target)))


def _cases(rules: DeploymentRules) -> Iterator[partial[None]]:
    """Every rule."""
    yield partial(rules.files_are_texts_in_its_folders)
    yield partial(rules.the_same_deployment_gives_the_same_files)
    yield partial(rules.hostile_names_come_out_as_they_are)
    yield partial(rules.scripts_are_scripts)
    yield partial(rules.what_is_not_verified_says_so_first)
    yield partial(rules.what_it_is_given_is_not_modified)
