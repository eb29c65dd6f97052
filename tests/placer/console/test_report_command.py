"""``python -m placer.report``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from placer.console.report_command import main
from tests.placer.console.placer_call import SMALL, Placer


def test_a_report_is_written_anew_with_its_pictures(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    shutil.copytree(finished, folder)
    (folder / "report.html").unlink()
    assert main([str(folder), "--plot", "svg"]) == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "serve" in page
    assert (folder / "plots" / "fleet.svg").is_file()
    assert "report.html" in capsys.readouterr().err


def test_a_folder_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "missing")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_a_run_writes_its_report_unless_it_is_left_out(placer: Placer, tmp_path: Path) -> None:
    assert placer(*SMALL, "verify=none", "output_dir=with", "plot=png").status == 0
    assert (tmp_path / "with" / "report.html").stat().st_size < 300_000
    assert (tmp_path / "with" / "plots" / "fleet.png").is_file()
    assert placer(*SMALL, "verify=none", "output_dir=without", "report=none").status == 0
    assert not (tmp_path / "without" / "report.html").exists()
    assert not (tmp_path / "without" / "plots").exists()
