"""Folders whose files are replaced in one step."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.twin.files.small_disk import small_disk
from twin.files import replace_files as module
from twin.files.errors import InputError
from twin.files.replace_files import replace_files

NUMBERS = range(40)


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def earlier(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*.sh")]


@pytest.fixture(params=["exchanged", "current"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder that can be exchanged, and one that cannot."""
    (tmp_path / "out").mkdir()
    if request.param == "current":
        request.getfixturevalue("monkeypatch").chdir(tmp_path / "out")
    return tmp_path / "out"


def test_files_replace_those_before_and_leave_others(folder: Path) -> None:
    replace_files(folder, {"engines/a.sh": "#!/bin/sh\n", "x.json": "1"}, executable=True)
    (folder / "engines" / "mine.txt").write_text("mine")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "link").symlink_to("nowhere")
    (folder / "deep" / "folders").symlink_to(folder / "engines")
    before = (folder / "engines" / "mine.txt").stat().st_ino
    folder.chmod(0o750)
    replace_files(folder, {"engines/b.sh": "#!/bin/sh\n", "x.json": "2"}, earlier, executable=True)
    assert contents(folder) == {
        "engines/b.sh": "#!/bin/sh\n",
        "engines/mine.txt": "mine",
        "x.json": "2",
    }
    assert os.access(folder / "engines" / "b.sh", os.X_OK)
    assert (folder / "engines" / "mine.txt").stat().st_ino == before
    assert os.readlink(folder / "deep" / "er" / "link") == "nowhere"
    assert (folder / "deep" / "folders").is_symlink()
    assert folder.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


def test_a_failure_leaves_the_folder_as_it_was(folder: Path) -> None:
    replace_files(folder, {"a.txt": "before"})
    with pytest.raises(UnicodeEncodeError):
        replace_files(folder, {"a.txt": "after", "b.txt": "\ud800"})
    assert contents(folder) == {"a.txt": "before"}
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


def test_links_lead_to_the_folder_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "latest").symlink_to("real")
    replace_files(tmp_path / "latest", {"a": "1"})
    assert (tmp_path / "latest").is_symlink()
    assert contents(tmp_path / "real") == {"a": "1"}


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    for left in (tmp_path / "out" / ".writing-a", tmp_path / ".out.writing-b"):
        left.mkdir(parents=True)
        (left / "x").write_text("")
    replace_files(tmp_path / "out", {"a": "1"})
    assert contents(tmp_path) == {"out/a": "1"}


def test_many_files_of_others_are_not_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_CARRIED", 1)
    for name in ("x", "y"):
        (tmp_path / name).write_text(name)
    replace_files(tmp_path, {"a": "1"})
    assert contents(tmp_path) == {"a": "1", "x": "x", "y": "y"}


def test_another_writer_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    handle = module.try_lock(tmp_path)
    assert handle is not None
    try:
        with pytest.raises(InputError, match="another process is writing"):
            replace_files(tmp_path, {"a": "1"})
    finally:
        os.close(handle)
    assert contents(tmp_path) == {}


WRITER = f"""
import sys
from twin.files.replace_files import replace_files
number = int(sys.argv[2])
old = lambda folder: [p.relative_to(folder).as_posix() for p in folder.rglob("*.sh")]
while True:
    number += 1
    files = {{f"engines/{{number}}-{{i}}.sh": str(number) for i in range({len(NUMBERS)})}}
    replace_files(sys.argv[1], {{**files, "placement.json": str(number)}}, old)
"""


def start(folder: Path, number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, folder, str(number)])


def test_who_is_killed_and_who_writes_too_leaves_a_complete_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for run in range(4):
        writers = [start(out, 1000 * (2 * run + i)) for i in range(2)]
        while not (out / "placement.json").exists():
            time.sleep(0.05)
        time.sleep(0.2 + 0.03 * run)
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.wait()
        found = contents(out)
        number = found["placement.json"]
        expected = {f"engines/{number}-{i}.sh" for i in NUMBERS}
        assert set(found) == {*expected, "placement.json"}
        assert set(found.values()) == {number}
    replace_files(out, {"placement.json": "0"}, earlier)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_where_nothing_more_can_be_written_the_folder_is_named_and_stays(folder: Path) -> None:
    replace_files(folder, {"a.sh": "before"})
    with small_disk(), pytest.raises(OSError, match=re.escape(str(folder))):
        replace_files(folder, {"a.sh": "after", "b.sh": "x" * 100_000}, earlier)
    assert contents(folder) == {"a.sh": "before"}
    assert len(list(folder.parent.iterdir())) == 1
