"""Names and paths of adapters."""

from __future__ import annotations

import posixpath

import pytest

from twin.files.errors import InputError
from twin.workload.adapter_name import (
    adapter_folder,
    base_name,
    check_adapter_name,
    check_adapter_path,
    to_adapter_name,
)

GOOD = [
    *("a", "a-b.c_1", "it's", "a b", "a, b", 'say "hi"', "back\\slash", "$HOME", "\u00e9\u4e2d"),
    *(".a", "org/name", "-a", "..", "/"),
]
BAD = [
    *("", " ", "a=b", "a\nb", "a\tb", "a\x00b", "a\x7fb", "a\u2028b", "\ud800", "x" * 256),
    "\u00e9" * 128,
]


@pytest.mark.parametrize("name", GOOD)
def test_names_that_vllm_can_take(name: str) -> None:
    check_adapter_name(name)
    assert to_adapter_name("here", f" {name} ") == name


@pytest.mark.parametrize("name", BAD)
def test_names_that_vllm_cannot_take(name: str) -> None:
    with pytest.raises(InputError, match=r"a\.csv, row 2, name"):
        check_adapter_name(name, "a.csv, row 2, name")


def test_what_is_no_text_is_no_name() -> None:
    with pytest.raises(InputError, match="is not a name"):
        check_adapter_name(5)  # type: ignore[arg-type]
    assert to_adapter_name("here", 5) == "5"
    with pytest.raises(InputError, match="has a '='"):
        to_adapter_name("here", "a=b")


def test_no_folder_is_outside_and_none_is_shared() -> None:
    names = [
        "a",
        "org/name",
        "..",
        ".",
        "/",
        "%2F",
        "a//b",
        "a%2F%2Fb",
        "a/../b",
        "/etc",
        "...",
        "a/",
    ]
    folders = [adapter_folder(name) for name in names]
    assert len(set(folders)) == len(names)
    assert folders[:5] == ["a", "org/name", "%2E%2E", "%2E", "%2F"]
    for folder in folders:
        assert posixpath.normpath(f"/adapters/{folder}") == f"/adapters/{folder}"


def test_paths() -> None:
    for path in ("", "/srv/a b", "../a", "~/a", "org/name", "-a", "a,b", "a=b"):
        check_adapter_path(path)
    for path in ("a\nb", "\x00", None):
        with pytest.raises(InputError, match="adapter path"):
            check_adapter_path(path)  # type: ignore[arg-type]


def test_the_base_model_has_a_name_that_vllm_can_take() -> None:
    assert base_name("llama-3.1-8b") == "llama-3.1-8b"
    check_adapter_name(base_name())
