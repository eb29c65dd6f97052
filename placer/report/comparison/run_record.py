"""What a sweep knows of its runs: those that have a result, those that failed, those begun."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twin.files.atomic_write import write_text
from twin.files.errors import InputError
from twin.files.plain_data import read_json
from twin.files.staging import is_staging

__all__ = [
    "FAILURE",
    "Identity",
    "RunRecord",
    "identity",
    "read_records",
    "run_folders",
    "write_failure",
]

FAILURE = "failure.json"
"""File of a run that has begun and has no result: what went wrong, as far as it could tell."""

_BEGUN = "it ended before it could say why: killed, or out of memory"
_NOT_ASKED = ("output_dir=", "show=", "comparison.", "hydra.", "hydra/")

Identity = tuple[str, ...]
"""Overrides of a run that say what is asked, sorted: by them it is known again."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is known of a run of a sweep.

    Parameters
    ----------
    folder : Path
    asked : Identity
    complete : bool
        Whether it has a result, and was not interrupted.
    has_result : bool
    error : str
        Why it has none; empty where it has one.
    exit_status : int or None
        Of a run that failed; None where it could not say.
    inputs : mapping of str to str
        Digests of the files that it read, by path.
    options : mapping of str to str
        Digests of the user's option files that it was composed of, by name.
    """

    folder: Path
    asked: Identity
    complete: bool
    has_result: bool
    error: str = ""
    exit_status: int | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


def identity(overrides: Iterable[str]) -> Identity:
    """What a run is asked, whatever the order of its overrides, its folder and what it shows."""
    plain = (text.lstrip("+") for text in overrides)
    return tuple(sorted(text for text in plain if not text.startswith(_NOT_ASKED)))


def read_records(sweep: Path) -> dict[Identity, RunRecord]:
    """Runs in the folder of a sweep; where two were asked the same, one that is complete.

    Files that are not those of a run are passed over.
    """
    found: dict[Identity, RunRecord] = {}
    for folder in run_folders(sweep):
        record = _read_record(folder)
        if record is not None and not (record.asked in found and found[record.asked].complete):
            found[record.asked] = record
    return found


def run_folders(sweep: Path) -> list[Path]:
    """Folders in that of a sweep, without those that processes left which were killed writing."""
    return sorted(path for path in sweep.glob("*") if path.is_dir() and not is_staging(path))


def write_failure(
    folder: Path,
    overrides: Sequence[str],
    names: Mapping[str, str],
    error: str = _BEGUN,
    exit_status: int | None = None,
) -> None:
    """Write that a run has begun, or how it failed.

    Parameters
    ----------
    folder : Path
        Of the run.
    overrides : sequence of str
    names : mapping of str to str
        Its strategy and its objective.
    error : str
    exit_status : int or None
        None as long as it runs.
    """
    data = {"overrides": list(overrides), **names, "error": error, "exit_status": exit_status}
    write_text(folder / FAILURE, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def _read_record(folder: Path) -> RunRecord | None:
    failure = _read(folder / FAILURE)  # of a run after the one whose result there may be
    if failure is not None:
        status = failure.get("exit_status")
        return RunRecord(
            folder,
            identity(failure["overrides"]),
            complete=False,
            has_result=False,
            error=str(failure.get("error") or _BEGUN),
            exit_status=status if isinstance(status, int) else None,
        )
    summary = _read(folder / "summary.json")
    if summary is None:
        return None
    has_result = (folder / "result.json").is_file()
    complete = has_result and summary.get("status") != "interrupted"
    return RunRecord(
        folder,
        identity(summary["overrides"]),
        complete,
        has_result,
        inputs=_digests(summary.get("inputs")),
        options=_digests(summary.get("options")),
    )


def _digests(data: object) -> dict[str, str]:
    return data if isinstance(data, dict) else {}


def _read(path: Path) -> dict[str, Any] | None:
    """A file with the overrides of a run; None where it is not there or is another one."""
    try:
        data = read_json(path)
    except InputError:
        return None
    overrides = data.get("overrides") if isinstance(data, dict) else None
    texts = isinstance(overrides, list) and all(isinstance(text, str) for text in overrides)
    return data if texts else None
