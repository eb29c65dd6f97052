"""What a finished run wrote, as the objects that it was made with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from placer.console.run_folder import read_run
from tests.placer.console.run_files import BROKEN, ROWS, edit
from twin.files.errors import InputError


def test_a_run_is_read_back_from_its_folder(finished: Path) -> None:
    read = read_run(finished)
    assert [a.name for a in read.problem.workload.adapters] == [f"a{i}" for i in range(8)]
    again = read.solve(read.problem)
    assert again.placement == read.result.placement
    assert again.value == read.result.value
    assert again.gpus == read.result.gpus


@pytest.mark.parametrize("case", BROKEN)
def test_folders_that_are_not_of_a_run_are_refused(
    finished: Path, tmp_path: Path, case: str
) -> None:
    spoil, words = BROKEN[case]
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    spoil(folder)
    with pytest.raises(InputError) as told:
        read_run(folder)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (ROWS + "new,8,1\n", "adapter new is new"),
        (ROWS.replace("a3,16,4\n", ""), "adapter a3 of gpu-0"),
        (ROWS.replace("a3,16,4\n", "a3,16,5\n"), "tokens/s arrive where it was"),
    ],
)
def test_a_workload_that_has_changed_is_noticed(
    finished: Path, tmp_path: Path, rows: str, words: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    (tmp_path / "adapters.csv").write_text(rows)
    edit("config.yaml", str(finished.parent), str(tmp_path))(folder)
    with pytest.raises(InputError, match=f"the workload has changed since: .*{words}"):
        read_run(folder)
