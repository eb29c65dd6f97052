"""Rows of a comparison: what is known of each run below a folder."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from placer.report.comparison.run_record import FAILURE, run_folders
from twin.files.errors import InputError
from twin.files.plain_data import read_json

__all__ = ["COLUMNS", "CONTROLLER_COLUMNS", "FAILED", "read_runs"]

COLUMNS = (
    "run",
    "strategy",
    "objective",
    "status",
    "placed",
    "num_gpus",
    "cost_per_hour",
    "served_throughput",
    "value",
    "lower_bound",
    "gap",
    "verified",
    "mean_ttft_ms",
    "p99_ttft_ms",
    "mean_tpot_ms",
    "num_estimates",
    "runtime",
    "error",
    "path",
)
"""Columns of every comparison; the overrides of the runs come after them.

``placed`` says whether the placement serves everything and passed what checked it, ``error`` why a
run has no result, ``path`` where it is; the others are keys of the runs' ``summary.json``.
"""

CONTROLLER_COLUMNS = (
    "hit_rate",
    "num_loads",
    "route_changes",
    "num_starved",
    "decision_seconds",
)
"""Further columns of runs of controllers, as `placer.controllers.outcome` has them."""

FAILED = "failed"
"""Status of a run without a result."""

_UNFIT = ("infeasible", "unchecked")
_ASIDE = ".interrupted"  # at the end of folders beside those of better results


def read_runs(folder: Path) -> list[dict[str, Any]]:
    """Rows of the comparison, one for each run below a folder that has a result or has failed.

    Parameters
    ----------
    folder : Path
        Folder of the sweep; its sub-folders are the runs.

    Returns
    -------
    list of dict
        Values by `COLUMNS`, further overrides of the run by their key, numbers as numbers; None
        where a run has no such value. In the order in which the runs were started.
    """
    runs = [
        run
        for run in run_folders(folder)
        if not run.name.endswith(_ASIDE)
        and any((run / name).exists() for name in ("summary.json", FAILURE))
    ]
    return [_row(run) for run in sorted(runs, key=lambda run: _order(run.name))]


def _row(run: Path) -> dict[str, Any]:
    failed = (run / FAILURE).is_file()
    summary = _read(run / (FAILURE if failed else "summary.json"))
    others = dict(text.lstrip("+").partition("=")[::2] for text in summary["overrides"])
    row: dict[str, Any] = {"run": run.name}
    row |= {key: summary.get(key) for key in COLUMNS[1:]}
    row |= {key: summary[key] for key in CONTROLLER_COLUMNS if key in summary}
    if failed:
        row["status"] = FAILED
    row["placed"] = not failed and _placed(summary)
    row["path"] = str(run.resolve())
    return row | {key: _value(text) for key, text in others.items() if key not in row}


def _read(path: Path) -> dict[str, Any]:
    data = read_json(path)
    if not isinstance(data, dict) or not isinstance(data.get("overrides"), list):
        raise InputError(str(path), "it is not that of a run", "remove it, or its folder")
    return data


def _placed(summary: dict[str, Any]) -> bool:
    """Whether everything is served, as far as was checked."""
    checked = summary.get("verified") or summary.get("verification") is None
    return bool(checked and not summary.get("unplaced") and summary.get("status") not in _UNFIT)


def _value(text: str) -> Any:
    """Value of an override: a number, true, false or null where it is one, else its text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    if isinstance(value, str):
        try:
            value = float(text)  # which YAML reads only with a dot: 1e3
        except ValueError:
            return text
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if finite and isinstance(value, bool | int | float | None) else text


def _order(name: str) -> tuple[int, str]:
    """Runs are numbered by default; others come after, by name."""
    return (int(name), "") if name.isdigit() else (2**62, name)
