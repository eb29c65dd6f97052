"""Files of a run: the placement, its summary, the engines' scripts and the routing table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.problem.routing_table import routing_csv, routing_json, served_models
from placer.replanning.migration import Migration, plan_migration
from placer.replanning.migration_files import (
    migration_json,
    migration_script,
    migration_summary,
)
from placer.report.summary import summarize
from placer.report.vllm_command import memory_options, serve_script
from twin.files.errors import InputError
from twin.files.replace_files import replace_files
from twin.gpu.profile import ServingProfile

__all__ = ["engine_scripts", "write_outputs"]


def engine_scripts(problem: Problem, placement: Placement) -> dict[str, str]:
    """Start scripts of all engines by file name ``engines/GPU.sh``.

    Raises
    ------
    InputError
        If an adapter has a name that vLLM's command line cannot take.
    """
    paths, models = _paths(problem), served_models(problem)
    profiles = {gpu_type.profile.name: gpu_type.profile for gpu_type in problem.fleet}
    scripts = {}
    for gpu, plan in zip(placement.names, placement.gpus, strict=True):
        profile = profiles[plan.profile_name]
        names = sorted(name for name, _ in plan.shares if name not in models)
        served = profile.model_id or profile.model
        scripts[f"engines/{gpu}.sh"] = serve_script(
            served,
            plan.config,
            names,
            title=f"{gpu}: {_gpus(profile)}, {_contents(len(names), len(plan.shares))}",
            served_name=served if served in models.values() else "",
            max_model_len=profile.max_model_len,
            gpu_memory_utilization=profile.kv_capacity_model.utilization,
            memory_options=memory_options(profile.kv_capacity_model, plan.config.max_loras > 0),
            paths=paths,
        )
    return scripts


def _gpus(profile: ServingProfile) -> str:
    """GPUs of an engine, in words."""
    number = profile.gpus_per_engine
    return profile.gpu if number == 1 else f"{number} x {profile.gpu}"


def _contents(num_adapters: int, num_served: int) -> str:
    """What an engine serves, in words."""
    base = ["the base model"] if num_served > num_adapters else []
    adapters = [f"{num_adapters} adapters"] if num_adapters or not base else []
    return " and ".join([*adapters, *base])


def _paths(problem: Problem) -> dict[str, str]:
    """Where adapters are, by name; of those alone that say it."""
    return {a.name: a.path for a in problem.workload.adapters if a.path}


def write_outputs(
    folder: Path | str,
    problem: Problem,
    result: Result,
    *,
    config: str = "",
    overrides: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
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
        What came out; of an infeasible problem it may have no GPU. There are engine scripts only
        where it serves everything.
    config : str
        Configuration of the run as YAML; no file is written where it is empty.
    overrides : sequence of str
        What the user changed in it.
    names : mapping of str to str, optional
        Names of the strategy and the objective for the summary, in place of their parameters.

    Returns
    -------
    dict of str to Any
        What ``summary.json`` holds.

    Raises
    ------
    InputError
        As for `engine_scripts`.
    OSError
        If a file cannot be written.
    """
    placement, models = result.placement, served_models(problem)
    migration = _migration(problem, result)
    summary = summarize(problem, result) | dict(names or {}) | {"overrides": list(overrides)}
    summary["migration"] = migration and migration_summary(migration)
    files = {
        **(engine_scripts(problem, placement) if result.is_feasible() else {}),
        "routing.json": routing_json(placement, models),
        "routing.csv": routing_csv(placement, models),
        "placement.json": placement.to_json(),
        "result.json": json.dumps(result.to_dict(), indent=1, ensure_ascii=False) + "\n",
        "summary.json": json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
    }
    if migration is not None:
        files = {
            "migration.json": migration_json(migration),
            "migrate.sh": migration_script(migration, _paths(problem), models),
            **files,
        }
    if config:
        files = {"config.yaml": config, **files}
    replace_files(folder, files, _earlier_files, executable=True)
    return summary


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
    files = [f"engines/{name}.sh" for name in names]
    return [*files, "migration.json", "migrate.sh", "config.yaml"]
