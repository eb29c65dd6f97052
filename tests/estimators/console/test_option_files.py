"""Files of options in a user's own folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from estimators.console.option_files import check_option_file
from twin.files.errors import InputError


def test_what_hydra_can_read_is_left_to_it(tmp_path: Path) -> None:
    check_option_file(tmp_path, "profile", "mine")  # which there is not
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile" / "mine.yaml").write_text("# @package profile\nname: mine\n")
    check_option_file(tmp_path, "profile", "mine")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a: !!bool x", "it is not YAML"),
        (b"[" * 100_000, "it is not YAML"),
        (b"a: &a [*a, *a]", "an anchor refers to itself"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[1, 2]", "it is not a mapping; keys and values"),
    ],
)
def test_what_it_cannot_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(InputError, match=problem):
        check_option_file(tmp_path, ".", "mine")


@pytest.mark.skipif(os.name != "posix", reason="there are no such files")
def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.yaml")
    with pytest.raises(InputError, match="no regular file"):
        check_option_file(tmp_path, "", "mine")
