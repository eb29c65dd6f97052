"""Text of input files, and what cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.files.input_file import MOST_BYTES, check_input, input_lines, read_input


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "input.txt"
    path.write_bytes(content)
    return path


def test_whole_text(tmp_path: Path) -> None:
    path = write(tmp_path, "π\nsecond\r\n\nlast".encode())
    assert read_input(path) == "π\nsecond\r\n\nlast"
    assert list(input_lines(str(path))) == ["π\n", "second\r\n", "\n", "last"]


def test_without_byte_order_mark(tmp_path: Path) -> None:
    assert read_input(write(tmp_path, b"\xef\xbb\xbfname\n")) == "name\n"


def test_blank_lines_before_the_text_are_kept(tmp_path: Path) -> None:
    assert list(input_lines(write(tmp_path, b"\n  \nx\n"))) == ["\n", "  \n", "x\n"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b" \n\t\n"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InputError) as error:
        read_input(path)
    assert str(error.value) == f"{path}: it is empty"


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.txt: there is no such file"):
        read_input(tmp_path / "nothing.txt")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is a folder; give a file"):
        read_input(tmp_path)


def test_not_utf_8(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="byte 0xe9 is not UTF-8; save it as UTF-8"):
        read_input(write(tmp_path, b"caf\xe9\n"))


@pytest.mark.skipif(os.name != "posix", reason="names of files have a limit that differs")
def test_other_errors_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it cannot be read"):
        read_input(tmp_path / ("x" * 5000))


@pytest.mark.skipif(os.name != "posix", reason="there are no such files")
def test_what_never_ends_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(InputError, match="no regular file, but a pipe or a device"):
            read_input(path)


def test_files_larger_than_memory_allows_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(8 * 2**30)
    with pytest.raises(InputError, match=r"huge\.csv: it has 8 GiB; up to 2 GiB are read"):
        read_input(path)
    check_input(path, 8 * 2**30)
    assert MOST_BYTES == 2 * 2**30


def test_names_that_no_file_can_have() -> None:
    with pytest.raises(InputError, match="is not the name of a file"):
        read_input("a\0b")
