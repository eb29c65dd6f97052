"""YAML that no reader takes for something else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from placer.deploy.yaml_text import comment, yaml_text
from placer.testing.deployment_rules import HOSTILE_NAMES

texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(HOSTILE_NAMES)
data = st.recursive(
    texts | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40)
@given(documents=st.lists(data, min_size=1, max_size=3))
def test_what_is_written_is_read_back(documents: list[object]) -> None:
    assert list(yaml.safe_load_all(yaml_text(documents, ["on top"]))) == documents


@pytest.mark.parametrize(
    "text", ["1e3", "0o17", "y", "no", "null", "1_0", "0x1f", "~", ".inf", "="]
)
def test_what_other_readers_take_for_something_else_is_in_quotes(text: str) -> None:
    assert yaml_text([{"value": text}]).endswith(f'value: "{text}"\n')


def test_equal_parts_are_written_twice() -> None:
    part = {"a": "b"}
    assert "&" not in yaml_text([[part, part]])


@given(remark=st.text())
def test_a_comment_does_not_end_before_its_line(remark: str) -> None:
    assert all(line.startswith("# ") for line in comment([remark]).splitlines())
    assert yaml.safe_load(comment([remark]) + "a: 1\n") == {"a": 1}
