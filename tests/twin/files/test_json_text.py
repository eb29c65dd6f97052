"""JSON text: what is read back is what was written, however it is laid out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.files.json_text import json_text

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DATA = st.recursive(
    PLAIN,
    lambda below: st.lists(below, max_size=12) | st.dictionaries(st.text(), below, max_size=12),
    max_leaves=60,
)


@given(DATA)
def test_it_is_read_back(data: Any) -> None:
    assert json.loads(json_text(data)) == data


def test_a_line_for_each_adapter() -> None:
    data = {
        "schema_version": 1,
        "gpus": [
            {"engine": {"max_loras": 8}, "adapters": [{"name": "ä", "share": 1.0}] * 2},
            {"engine": {"max_loras": None}, "adapters": []},
        ],
        "routes": {"ä": {"gpu-00": 0.5, "gpu-01": 0.5}, "b": {"gpu-00": 1.0}},
    }
    assert json_text(data).splitlines() == [
        "{",
        ' "schema_version": 1,',
        ' "gpus": [',
        "  {",
        '   "engine": {"max_loras": 8},',
        '   "adapters": [',
        '    {"name": "ä", "share": 1.0},',
        '    {"name": "ä", "share": 1.0}',
        "   ]",
        "  },",
        "  {",
        '   "engine": {"max_loras": null},',
        '   "adapters": []',
        "  }",
        " ],",
        ' "routes": {',
        '  "ä": {"gpu-00": 0.5, "gpu-01": 0.5},',
        '  "b": {"gpu-00": 1.0}',
        " }",
        "}",
    ]


def test_many_values_have_a_line_each() -> None:
    assert json_text(list(range(9))).count("\n") == 11
    assert json_text(list(range(8))).count("\n") == 1


@pytest.mark.parametrize(
    "data",
    [
        [{"a": "},\x01{"}, {"b": "],\x01 ["}],
        {"}": ["]", "\x01"], "],": {"\x01": "x"}},
        [[["},"], "\x01"]],
    ],
)
def test_texts_that_look_like_what_is_between_them(data: Any) -> None:
    assert json.loads(json_text(data)) == data


def test_numbers_that_are_none() -> None:
    assert json_text({"a": [float("inf")]}) == '{\n "a": [Infinity]\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"a": [float("inf")]}, allow_nan=False)
