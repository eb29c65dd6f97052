"""Staging folders."""

from __future__ import annotations

import os
from pathlib import Path

from twin.files.staging import (
    PREFIX,
    is_staging,
    remove_abandoned,
    staging_folder,
    try_lock,
)


def test_a_folder_in_use_is_not_abandoned(tmp_path: Path) -> None:
    with staging_folder(tmp_path) as staging:
        (staging / "a").write_text("")
        remove_abandoned(tmp_path)
        assert (staging / "a").is_file()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}abc").mkdir()
    (tmp_path / f"{PREFIX}abc" / "a").write_text("")
    (tmp_path / f"{PREFIX}file").write_text("somebody's")
    (tmp_path / "other").mkdir()
    remove_abandoned(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{PREFIX}file", "other"]


def test_staging_folders_are_known_by_their_names(tmp_path: Path) -> None:
    with staging_folder(tmp_path) as inside, staging_folder(tmp_path, f".out{PREFIX}") as beside:
        assert is_staging(inside)
        assert is_staging(beside)
    assert not is_staging(tmp_path / "out")
    assert not is_staging(tmp_path / "a.writing-b")


def test_a_lock_is_of_one_and_of_the_folder_that_is_there(tmp_path: Path) -> None:
    first = try_lock(tmp_path)
    assert first is not None
    assert try_lock(tmp_path) is None
    os.close(first)
    again = try_lock(tmp_path)
    assert again is not None
    os.close(again)
    assert try_lock(tmp_path / "missing") is None
