"""The script that leads a cluster to a new placement, run with stand-ins for its commands."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from placer.deploy import LlmD
from placer.deploy.change import describe_change
from placer.deploy.cluster import Cluster
from placer.deploy.deployment import describe_deployment
from placer.problem.placement import Placement
from placer.replanning import plan_migration
from placer.testing.deployment_rules import deployed_problem
from tests.placer.deploy.manifests import documents
from tests.placer.deploy.test_cluster import TARGETS

NAMES = ("a", "it's $HOME `id`", "c")


def files(target: Cluster, profile: str | None = None) -> dict[str, str]:
    """All adapters move from one GPU, of some profile, to the three of the deployment."""
    problem, after = deployed_problem(NAMES)
    shares = tuple(sorted(dict.fromkeys((*NAMES, "base"), 1.0).items()))
    old = replace(after.gpus[0], name="old", shares=shares)
    before = Placement((replace(old, profile_name=profile or old.profile_name),), base=("base",))
    problem = replace(problem, previous=before)
    migration = plan_migration(before, after, problem)
    change = describe_change(problem, migration)
    return dict(target.migration_files(describe_deployment(problem, after), change))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: type(target).__name__)
def test_the_script_runs_and_names_files_that_are_there(target: Cluster, tmp_path: Path) -> None:
    written = files(target)
    documents(written)
    for path, text in written.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    command = tmp_path / "bin" / "kubectl"
    command.parent.mkdir()
    command.write_text(
        '#!/bin/sh\nfor last in "$@"; do :; done\necho "$@"\n'
        'case "$last" in *.yaml) test -f "$last";; esac\n'
    )
    command.chmod(0o755)
    for name in ("helm", "serve"):
        (command.parent / name).symlink_to(command)
    done = subprocess.run(
        ["sh", "migrate.sh"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{command.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    named = [line.split()[-1] for line in done.stdout.splitlines() if line.endswith(".yaml")]
    assert sorted(set(named)) == sorted(path for path in written if path.endswith(".yaml"))


def test_engines_that_leave_are_deleted_last() -> None:
    steps = files(LlmD())["migrate.sh"].partition("\n}\n\n")[2].splitlines()
    assert steps[0] == "engines 01-start.yaml"
    assert steps[-1] == "remove 01-stop.yaml"
    (stopped, _) = documents({"stop.yaml": files(LlmD())["deploy/migration/01-stop.yaml"]})
    assert stopped["metadata"]["name"].startswith("old-")


def test_engines_of_profiles_that_are_gone_are_stopped_by_hand() -> None:
    written = files(LlmD(), "gone")
    assert "stop their engines by hand" in " ".join(written["migrate.sh"].split())
    assert not any("stop.yaml" in path for path in written)
