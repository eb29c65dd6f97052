"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from twin.atomic_write import write_files, write_text


def test_text_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "one\n")
    write_text(path, "two: µ\n")
    assert path.read_text(encoding="utf-8") == "two: µ\n"
    assert os.listdir(path.parent) == ["a.txt"]


def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "before")
    with pytest.raises(UnicodeEncodeError):
        write_files(tmp_path, {"a.txt": "after", "sub/b.txt": "\ud800"})
    assert (tmp_path / "a.txt").read_text() == "before"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_several_files_in_sub_folders(tmp_path: Path) -> None:
    write_files(tmp_path, {"run/a.sh": "#!/bin/sh\n", "b.json": "{}"}, executable=True)
    assert os.access(tmp_path / "run" / "a.sh", os.X_OK)
    assert not os.access(tmp_path / "b.json", os.X_OK)


def test_a_new_file_has_the_permissions_of_an_ordinary_one(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.write_text("")
    write_text(tmp_path / "ours", "")
    assert (tmp_path / "ours").stat().st_mode == ordinary.stat().st_mode
