"""Fields of JSON files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from placer.problem.json_fields import (
    read_list,
    read_number,
    read_text,
    read_whole,
    require_keys,
    require_version,
)
from twin.files.errors import InputError


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "file: it is not a mapping; keys: a, b"),
        ({"a": 1}, "file: b is missing"),
        ({"a": 1, "b": 2, "c": 3}, "file: unknown key 'c'; accepted: a, b"),
    ],
)
def test_other_keys_are_refused(data: Any, message: str) -> None:
    require_keys({"b": 1, "a": 2}, ("a", "b"), "file")
    with pytest.raises(InputError, match=message):
        require_keys(data, ("a", "b"), "file")


@pytest.mark.parametrize("data", [{"schema_version": 2}, {"schema_version": "1"}, {}, [], None])
def test_other_versions_are_refused(data: Any) -> None:
    require_version({"schema_version": 1}, 1, "file")
    with pytest.raises(InputError, match=r"file, schema_version: .* is not the version"):
        require_version(data, 1, "file")


@pytest.mark.parametrize(
    ("read", "accepted", "refused"),
    [
        (read_list, [1, "a"], ("a", {}, None)),
        (read_text, "a", (1, ["a"], None)),
        (read_number, 1.5, ("1.5", True, None)),
        (read_number, 3, ([],)),
        (read_whole, 3, (3.0, True, "3", None)),
    ],
)
def test_values_of_another_kind_are_refused(
    read: Callable[[Any, str], Any], accepted: Any, refused: tuple[Any, ...]
) -> None:
    assert read(accepted, "file, key") == accepted
    for value in refused:
        with pytest.raises(InputError, match=r"file, key: .* is not a"):
            read(value, "file, key")
