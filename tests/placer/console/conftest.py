"""A run that several tests look at."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from placer.console.place import run
from tests.placer.console.run_files import ROWS


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a run on two GPUs, made from another folder."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "adapters.csv").write_text(ROWS)
    arguments = [
        "workload=adapters",
        "workload.path=adapters.csv",
        "estimator.window.duration=60",
        "strategy=first_fit",
        "time_limit=20",
        "output_dir=out",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["placer", *arguments])
        assert run() == 0
    return folder / "out"
