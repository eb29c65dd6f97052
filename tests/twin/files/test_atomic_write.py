"""Files are written whole or not at all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.twin.files.small_disk import small_disk
from twin.files.atomic_write import check_target, write_bytes, write_files, write_text
from twin.files.errors import InputError


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


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    """As /dev/null and /dev/stdout are: they must not be replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(pipe, "told\n")
        assert os.read(reader, 100) == b"told\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_failure_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "folder", tmp_path / "file" / "x.json"):
        with pytest.raises(OSError, match=r"(folder|file)") as error:
            write_text(path, "")
        assert ".writing" not in str(error.value)


def test_targets(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check_target(None, "--json")
    for path in (tmp_path / "file", tmp_path / "new", tmp_path / "deep" / "er" / "new"):
        check_target(path, "--json")
        check_target(str(path), "--json")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (".", "is a folder; the name of a file"),
        ("file/x.json", "file is not a folder"),
        ("file/deep/x.json", "file is not a folder"),
    ],
)
def test_refused_targets(tmp_path: Path, path: str, words: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=words) as error:
        check_target(tmp_path / path, "--json")
    assert error.value.where == "--json"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_targets_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="no permission"):
        check_target(tmp_path / "x.json", "--json")


def test_where_nothing_more_can_be_written_the_file_is_named_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "before")
    with small_disk(), pytest.raises(OSError, match=re.escape(str(path))):
        write_text(path, "x" * 100_000)
    with small_disk(), pytest.raises(OSError, match=re.escape(str(path))):
        write_bytes(path, b"x" * 100_000)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["a.txt"]


WRITER = """
import sys
from itertools import cycle
from twin.files.atomic_write import write_bytes
for letter in cycle(b"abcdefgh"):
    write_bytes(sys.argv[1], bytes([letter]) * 500_000)
"""


def test_who_is_killed_leaves_a_whole_file_and_the_next_one_tidies_up(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    for run in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITER, path]) as writer:
            path.unlink(missing_ok=True)
            while not path.exists():
                time.sleep(0.01)
            time.sleep(0.03 * run)
            writer.kill()
        content = path.read_bytes()
        assert len(content) == 500_000
        assert len(set(content)) == 1
    write_bytes(path, b"x")
    assert os.listdir(tmp_path) == ["a.bin"]
