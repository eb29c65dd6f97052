"""Rules from plain data and from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from placer.console.rules_file import read_rules, rules_from_dict
from placer.problem.rules import Rules
from twin.files.errors import InputError

TEXT = """
min_replicas: {legal: 2}
together: [[legal, contracts]]
apart: [[bank-a, bank-b]]
pinned: {bank-a: gpu-00}
leave_out: [gpu-03]
"""


def test_a_file_has_the_fields_of_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(TEXT)
    assert read_rules(path) == Rules(
        min_replicas={"legal": 2},
        together=[["legal", "contracts"]],
        apart=[["bank-a", "bank-b"]],
        pinned={"bank-a": "gpu-00"},
        leave_out=["gpu-03"],
    )


def test_json_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text('{"min_replicas": 2}')
    assert read_rules(path) == Rules(min_replicas=2)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1], "rules: it is not a mapping; keys: min_replicas"),
        ({"replicas": 2}, "unknown key 'replicas'; accepted: min_replicas"),
        (
            {"min_replicas": "two"},
            r"'two' is not accepted; give an integer or a mapping",
        ),
        ({"min_replicas": {"a": 1.5}}, r"rules\.min_replicas: {'a': 1.5} is not accepted"),
        ({"together": ["a", "b"]}, r"\['a', 'b'\] is not accepted; give a list, each a list"),
        ({"pinned": {"a": 3}}, r"rules\.pinned: .* give a mapping of a text to a text"),
        ({"min_replicas": 0}, r"rules\.min_replicas: 0 is below 1"),
    ],
)
def test_what_is_wrong_is_named(data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rules_from_dict(data)


@pytest.mark.parametrize("text", ["a: [", "together: [[a]]", "- 1"])
def test_errors_name_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"mine\.yaml"):
        read_rules(path)
