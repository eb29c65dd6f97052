"""The report of a placement as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from placer.objectives import FewestGpus
from placer.report.output_files import PICTURES, write_outputs
from placer.report.placement_report import write_report
from tests.placer.report.figures.one_gpu import measured_problem, measured_result


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_page_and_pictures_are_written_and_removed(kind: str, tmp_path: Path) -> None:
    problem = measured_problem(8)
    result = measured_result(problem)
    out = tmp_path / "out"
    summary = write_outputs(out, problem, result)
    written = write_report(out, problem, result, FewestGpus(), summary, pictures=kind)
    assert {path.relative_to(out).as_posix() for path in written} == {
        "report.html",
        *(f"plots/{name}.{kind}" for name in PICTURES),
    }
    assert all(path.stat().st_size > 1000 for path in written)
    (out / "plots" / "mine.txt").write_text("mine")
    write_outputs(out, problem, result)  # the next run into the same folder
    assert not (out / "report.html").exists()
    assert [path.name for path in (out / "plots").iterdir()] == ["mine.txt"]


def test_either_may_be_left_out(tmp_path: Path) -> None:
    problem = measured_problem(4)
    result = measured_result(problem)
    summary = write_outputs(tmp_path, problem, result)
    assert write_report(tmp_path, problem, result, FewestGpus(), summary, page=False) == []
    assert not (tmp_path / "report.html").exists()
