"""The command line in an empty folder, and a run that several tests look at."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from placer.console.place import main, run
from tests.placer.console.placer_call import Outcome, Placer
from tests.placer.console.run_files import ROWS


@pytest.fixture
def placer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Placer:
    """Call of the console script in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["placer", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), shown.out, shown.err)

    return call


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
