"""Folder of a result: not that of a better one, where the user ended the run."""

from __future__ import annotations

from pathlib import Path

from placer.problem.result import Result, SolveStatus
from twin.files.errors import InputError
from twin.files.plain_data import read_json

__all__ = ["result_folder"]


def result_folder(folder: Path, result: Result) -> Path:
    """Where a result is to be written.

    Parameters
    ----------
    folder : Path
        What the user asked for.
    result : Result

    Returns
    -------
    Path
        The same folder; but beside it, with ``.interrupted`` at the end of its name, if the run
        was interrupted and the folder holds a better one: that serves everything, or is verified,
        where this one does not or is not; or of the same objective and a smaller value.
    """
    path = folder / "result.json"
    if result.status is not SolveStatus.INTERRUPTED or not path.is_file():
        return folder
    try:
        earlier = Result.from_dict(read_json(path))
    except InputError:  # of another version, or not ours
        return folder
    return folder.with_name(f"{folder.name}.interrupted") if _worse(result, earlier) else folder


def _worse(result: Result, earlier: Result) -> bool:
    if _worth(result) != _worth(earlier):
        return _worth(result) < _worth(earlier)
    return result.objective == earlier.objective and result.value > earlier.value


def _worth(result: Result) -> tuple[bool, bool]:
    return result.is_feasible(), result.is_feasible() and result.verified
