"""Files of a run of a controller: its figures, and what they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from placer.controllers.controller import Controller
from placer.controllers.outcome import ControllerOutcome
from placer.controllers.scenario import Scenario
from twin.files.errors import InputError
from twin.files.json_text import json_text
from twin.files.replace_files import replace_files

__all__ = ["CONTROLLER", "SIMULATED", "write_controller_files"]

CONTROLLER = "controller"
"""``kind`` in the files of such a run."""
SIMULATED = "simulated"
"""Its status."""

_FILES = ("config.yaml", "result.json", "summary.json")


def write_controller_files(
    folder: Path,
    controller: Controller,
    scenario: Scenario,
    outcome: ControllerOutcome,
    *,
    profile: str,
    seed: int,
    config: str,
    overrides: Sequence[str],
    inputs: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write the files of a run in one step, or none of them.

    Parameters
    ----------
    folder : Path
        Where they go; made where it is missing.
    controller, scenario, outcome
        What was simulated, and what came out.
    profile : str
        Name of the engines' profile.
    seed : int
    config : str
        Configuration of the run as YAML.
    overrides : sequence of str
        What the user changed in it.
    inputs, options : mapping of str to str, optional
        As for `placer.report.output_files.write_outputs`.

    Returns
    -------
    dict of str to Any
        What ``summary.json`` holds.

    Raises
    ------
    InputError
        If the folder holds the placement of another run.
    OSError
        If a file cannot be written.
    """
    result = {
        "schema_version": 1,
        "kind": CONTROLLER,
        "controller": repr(controller),
        "scenario": asdict(scenario),
        "profile": profile,
        "seed": seed,
        **outcome.to_dict(),
    }
    summary = {
        **result,
        "status": SIMULATED,
        "overrides": list(overrides),
        "inputs": dict(inputs or {}),
        "options": dict(options or {}),
    }
    files = {
        "config.yaml": config,
        "result.json": json_text(result, allow_nan=False),
        "summary.json": json_text(summary, allow_nan=False),
    }
    replace_files(folder, files, _earlier_files)
    return summary


def _earlier_files(folder: Path) -> list[str]:
    if (folder / "placement.json").exists():
        raise InputError(
            str(folder), "it holds the placement of another run", "another output_dir"
        )
    return [name for name in _FILES if (folder / name).exists()]
