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
        (b"\xff{", "is not UTF-8"),
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


def written(folder: Path, **contents: str) -> Path:
    """A folder of options, ``group__option`` by their contents; all but one file are right."""
    (folder / "bad.yaml").write_text("a: !!bool x\n")
    for name, content in contents.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


@pytest.mark.parametrize(
    "entry",
    [
        *("../bad", "/bad", "/bad@here", "optional /.: bad", "/.@here: bad.yaml"),
        *("override /.: bad", "/.: [mine, bad]", "next"),
    ],
)
def test_files_that_its_defaults_name_are_looked_at(tmp_path: Path, entry: str) -> None:
    mine = f"defaults:\n- _self_\n- {entry}\n"
    following = "defaults: [_self_, /bad]\n"
    folder = written(tmp_path, profile__mine=mine, profile__next=following, mine="a: 1\n")
    with pytest.raises(InputError, match=r"bad\.yaml.*is not YAML"):
        check_option_file(folder, "profile", "mine")


def test_defaults_of_the_product_are_left_to_hydra(tmp_path: Path) -> None:
    content = "defaults: [twin, {/strategy: greedy}, 5, {window: null}]\n"
    check_option_file(written(tmp_path, estimator__mine=content), "estimator", "mine")


def test_defaults_that_lead_back_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, a__one="defaults: [two]\n", a__two="defaults: [one]\n")
    with pytest.raises(InputError, match=r"two\.yaml: its defaults lead back to .*one\.yaml"):
        check_option_file(folder, "a", "one")
