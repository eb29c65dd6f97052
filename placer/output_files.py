"""Files of a run: the placement, its summary, the engines' scripts and the routing table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from placer.placement import Placement
from placer.problem import Problem
from placer.result import Result
from placer.routing_table import routing_csv, routing_json
from placer.summary import summarize
from placer.vllm_command import serve_script
from twin.atomic_write import write_files
from twin.errors import InputError

__all__ = ["engine_scripts", "write_outputs"]


def engine_scripts(problem: Problem, placement: Placement) -> dict[str, str]:
    """Start scripts of all engines by file name ``engines/GPU.sh``.

    Raises
    ------
    InputError
        If an adapter has a name that vLLM's command line cannot take.
    """
    profiles = {gpu_type.profile.name: gpu_type.profile for gpu_type in problem.fleet}
    scripts = {}
    for gpu, plan in zip(placement.names, placement.gpus, strict=True):
        profile = profiles[plan.profile_name]
        names = sorted(name for name, _ in plan.shares)
        scripts[f"engines/{gpu}.sh"] = serve_script(
            profile.model,
            plan.config,
            names,
            title=f"{gpu}: {profile.gpu}, {len(names)} adapters",
            max_model_len=profile.max_model_len,
        )
    return scripts


def write_outputs(
    folder: Path | str,
    problem: Problem,
    result: Result,
    *,
    config: str = "",
    overrides: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write all files of a run, or none of them.

    Parameters
    ----------
    folder : Path or str
        Where they go; made where it is missing. Engine scripts of an earlier run are removed.
    problem : Problem
        What was to be placed.
    result : Result
        What came out; of an infeasible problem it may have no GPU.
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
        If an adapter has a name that vLLM's command line cannot take.
    OSError
        If a file cannot be written.
    """
    placement = result.placement
    scripts = engine_scripts(problem, placement)
    summary = summarize(problem, result) | dict(names or {}) | {"overrides": list(overrides)}
    files = {
        **scripts,
        "routing.json": routing_json(placement),
        "routing.csv": routing_csv(placement),
        "placement.json": placement.to_json(),
        "result.json": json.dumps(result.to_dict(), indent=1, ensure_ascii=False) + "\n",
        "summary.json": json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
    }
    if config:
        files = {"config.yaml": config, **files}
    earlier = _earlier_scripts(Path(folder))
    write_files(folder, files, executable=True)
    for name in earlier:
        if name not in files:
            Path(folder, name).unlink(missing_ok=True)
    return summary


def _earlier_scripts(folder: Path) -> list[str]:
    """Engine scripts of a placement that was written to a folder before."""
    path = folder / "placement.json"
    try:
        names = Placement.read(path).names if path.exists() else ()
    except InputError:  # of another version, or not ours: nothing of it is known
        return []
    return [f"engines/{name}.sh" for name in names]
