"""Text of input files, and what cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.files.input_file import input_lines, read_input


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
