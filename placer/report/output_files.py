"""Files of a run: the placement, its summary, the routing table and what deploys it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from placer.deploy.change import describe_change
from placer.deploy.deployment import describe_deployment, doubts
from placer.deploy.target import DeploymentTarget, check_paths
from placer.deploy.vllm_scripts import VllmScripts
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.problem.routing_table import routing_csv, routing_json, served_models
from placer.replanning.migration import Migration, plan_migration
from placer.replanning.migration_files import (
    migration_json,
    migration_summary,
)
from placer.report.summary import summarize
from twin.files.errors import InputError
from twin.files.json_text import json_text
from twin.files.plain_data import read_json
from twin.files.replace_files import replace_files

__all__ = ["PICTURES", "deployed_files", "deployment_files", "write_outputs"]

PICTURES = ("fleet", "target", "slots", "latency")
"""Names of the pictures of a placement."""


def write_outputs(
    folder: Path | str,
    problem: Problem,
    result: Result,
    *,
    config: str = "",
    overrides: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
    target: DeploymentTarget | None = None,
    inputs: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write all files of a run in one step, or none of them.

    Parameters
    ----------
    folder : Path or str
        Where they go; made where it is missing. Those of an earlier run are replaced, as
        `twin.files.replace_files.replace_files` says.
    problem : Problem
        What was to be placed.
    result : Result
        What came out; of an infeasible problem it may have no GPU. It is deployed only where it
        serves everything.
    config : str
        Configuration of the run as YAML; no file is written where it is empty.
    overrides : sequence of str
        What the user changed in it.
    names : mapping of str to str, optional
        Names of the strategy and the objective for the summary, in place of their parameters.
    target : DeploymentTarget, optional
        What the placement is deployed with; `VllmScripts` by default.
    inputs : mapping of str to str, optional
        Digests of the files that the configuration names, by path, for the summary.
    options : mapping of str to str, optional
        Digests of the user's option files that it was composed of, by name, for the summary.

    Returns
    -------
    dict of str to Any
        What ``summary.json`` holds.

    Raises
    ------
    InputError
        As for `deployment_files`.
    OSError
        If a file cannot be written.
    """
    placement, models = result.placement, served_models(problem)
    migration = _migration(problem, result)
    summary = summarize(problem, result) | dict(names or {}) | {"overrides": list(overrides)}
    summary["migration"] = migration and migration_summary(migration)
    deployed = deployment_files(problem, result, migration, target)
    summary["deployment"] = sorted(deployed)
    summary |= {"inputs": dict(inputs or {}), "options": dict(options or {})}
    files = {
        **deployed,
        "routing.json": routing_json(placement, models),
        "routing.csv": routing_csv(placement, models),
        "placement.json": placement.to_json(),
        "result.json": json_text(result.to_dict()),
        "summary.json": json_text(summary, allow_nan=False),
    }
    if migration is not None:
        files = {"migration.json": migration_json(migration), **files}
    if config:
        files = {"config.yaml": config, **files}
    replace_files(folder, files, _earlier_files, executable=True)
    return summary


def deployment_files(
    problem: Problem,
    result: Result,
    migration: Migration | None = None,
    target: DeploymentTarget | None = None,
) -> dict[str, str]:
    """Files that deploy a result, by path; none where it does not serve everything.

    Parameters
    ----------
    problem, result, target
        As for `write_outputs`.
    migration : Migration, optional
        Steps from what runs now.

    Raises
    ------
    InputError
        If an adapter has a name that vLLM's command line cannot take, or the target writes files
        where it must not.
    """
    if not result.is_feasible():
        return {}
    target = target or VllmScripts()
    deployment = describe_deployment(problem, result.placement, doubts(result))
    files = dict(target.files(deployment))
    if migration is not None:
        change = describe_change(problem, migration)
        files |= target.migration_files(deployment, change)
    check_paths(files, target)
    return files


def _migration(problem: Problem, result: Result) -> Migration | None:
    """Steps from the previous placement, where there is one and what came out may replace it."""
    if problem.previous is None or not result.is_feasible():
        return None
    return plan_migration(problem.previous, result.placement, problem)


def _earlier_files(folder: Path) -> list[str]:
    """Files that a run may have written to a folder before, and that this one may not."""
    try:
        names = Placement.read(folder / "placement.json").names
    except InputError:  # none, of another version, or not ours: nothing of it is known
        return []
    files = [f"engines/{name}.sh" for name in names]  # as earlier versions wrote without a list
    pictures = [f"plots/{name}.{kind}" for name in PICTURES for kind in ("png", "svg")]
    others = ["migration.json", "migrate.sh", "config.yaml", "report.html"]
    return [*files, *deployed_files(folder), *pictures, *others]


def deployed_files(folder: Path) -> list[str]:
    """Files by which a run was deployed, as its summary says; none where it does not."""
    try:
        files = read_json(folder / "summary.json")["deployment"]
        check_paths(dict.fromkeys(files, ""), folder)
        return list(files)
    except (InputError, KeyError, TypeError, AttributeError):  # nothing of it is known
        return []
