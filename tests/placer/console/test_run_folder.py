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


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "objective:\n  _target_: placer.objectives.fewest_gpus.FewestGpus\n",
            "objective:\n  _target_: twin.files.atomic_write.write_text\n"
            "  path: {mark}\n  text: attacked\n",
            "makes no Objective",
        ),
        (
            "objective:\n  _target_: placer.objectives.fewest_gpus.FewestGpus\n",
            "objective:\n  _target_: placer.objectives.combined.Lexicographic\n  objectives:\n"
            "  - _target_: pathlib.Path.touch\n    self: {mark}\n",
            "is not of this product",
        ),
        (
            "objective:\n  _target_: placer.objectives.fewest_gpus.FewestGpus\n",
            "objective:\n  _target_: attacker.Objective\n",
            "is not of this product or of an installed plug-in; if you trust it: --trust attacker",
        ),
        ("  window:\n", "  window:\n    _partial_: true\n", "it is not accepted"),
        (
            "    _target_: estimators.window.Window\n",
            "    _target_: placer.gpu.budget.Budget\n",
            "makes no Window",
        ),
    ],
)
def test_a_folder_makes_nothing_run(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    old: str,
    new: str,
    words: str,
) -> None:
    folder, mark = tmp_path / "copy", tmp_path / "mark"
    shutil.copytree(finished, folder)
    (tmp_path / "attacker.py").write_text(f"open({str(mark)!r}, 'w')\n")
    monkeypatch.syspath_prepend(tmp_path)
    edit("config.yaml", old, new.format(mark=mark))(folder)
    with pytest.raises(InputError) as told:
        read_run(folder)
    assert words in str(told.value)
    assert not mark.exists()


@pytest.mark.parametrize("text", ["${oc.env:HOME}", "${oc.env:NO_SUCH_VARIABLE}", "x ${max_gpus}"])
def test_what_would_be_filled_in_from_elsewhere_is_refused(
    finished: Path, tmp_path: Path, text: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    edit("config.yaml", "seed: 0", f"seed: {text}")(folder)
    with pytest.raises(InputError, match=r"seed: '.*' is filled in from elsewhere, which no run"):
        read_run(folder)


def test_a_configuration_that_is_too_large_is_refused(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    with (folder / "config.yaml").open("wb") as stream:
        stream.truncate(2**30)
    with pytest.raises(InputError, match="it has 1 GiB; up to 32 MiB are read"):
        read_run(folder)
