"""Folders that a call made and wrote nothing into."""

from __future__ import annotations

from pathlib import Path

from placer.console.empty_folders import missing_folders, remove_empty, remove_empty_sweep


def test_missing_folders_are_told_from_the_innermost_on(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    folder = tmp_path / "a" / "b" / "c"
    assert missing_folders(folder) == [folder, folder.parent]


def test_only_empty_folders_are_removed(tmp_path: Path) -> None:
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    full.mkdir()
    (full / "kept").touch()
    remove_empty([empty, full, tmp_path / "nowhere"])
    assert not empty.exists()
    assert (full / "kept").exists()


def test_a_sweep_without_a_result_leaves_nothing(tmp_path: Path) -> None:
    sweep = tmp_path / "outputs" / "sweep"
    made = missing_folders(sweep)
    (sweep / "0").mkdir(parents=True)
    (sweep / "multirun.yaml").touch()
    remove_empty_sweep(sweep, made)
    assert not (tmp_path / "outputs").exists()


def test_a_sweep_with_a_result_keeps_its_record(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "summary.json").touch()
    (tmp_path / "1").mkdir()
    (tmp_path / "multirun.yaml").touch()
    remove_empty_sweep(tmp_path, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "multirun.yaml"]
