"""The report of a placement, written beside its other files."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.report.output_files import deployed_files
from placer.report.placement_figures import placement_figures
from placer.report.placement_page import placement_page
from placer.report.static_pictures import static_pictures
from twin.files.atomic_write import write_files

__all__ = ["NAME", "write_report"]

NAME = "report.html"
"""Name of the page in the folder of a result."""

_MOST_FILES = 100  # of the deployment; a page has room for fewer


def write_report(
    folder: Path,
    problem: Problem,
    result: Result,
    objective: Objective,
    summary: Mapping[str, Any],
    *,
    config: str = "",
    page: bool = True,
    pictures: str = "none",
) -> list[Path]:
    """Write the page, the pictures one by one, or both.

    Parameters
    ----------
    folder : Path
        That of the result.
    problem : Problem
    result : Result
    objective : Objective
    summary : mapping of str to Any
        From `placer.report.output_files.write_outputs`.
    config : str
        Configuration of the run as YAML.
    page : bool
        Write ``report.html``.
    pictures : {"none", "png", "svg"}
        Write ``plots/NAME`` in this format.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    InputError
        If there are to be pictures and matplotlib is not installed.
    OSError
        If a file cannot be written; none is replaced then.
    """
    figures = placement_figures(problem, result, objective)
    files: dict[str, str | bytes] = {}
    if page:
        deployed = _deployed(folder)
        files[NAME] = placement_page(problem, result, summary, figures, deployed, config)
    if pictures != "none":
        drawn = static_pictures(figures, pictures)
        files |= {f"plots/{name}": data for name, data in drawn.items()}
    write_files(folder, files)
    return [folder / name for name in files]


def _deployed(folder: Path) -> dict[str, str]:
    """The first of the files that deploy the placement, by name."""
    paths = ((name, folder / name) for name in deployed_files(folder))
    there = ((name, path) for name, path in paths if path.is_file())
    return {name: path.read_text(encoding="utf-8") for name, path in islice(there, _MOST_FILES)}
