"""Rules: what they refuse, whom they bundle and keep apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placer.problem.rules import Rules
from twin.files.errors import InputError

NAMES = "abcdef"
groups = st.lists(
    st.lists(st.sampled_from(NAMES), min_size=2, max_size=3, unique=True), max_size=3
)


def test_no_rules_are_false() -> None:
    assert not Rules()
    assert Rules(leave_out=["gpu-01"])


def test_overlapping_groups_are_one_bundle() -> None:
    rules = Rules(together=[["a", "b"], ["d", "c"], ["b", "e"]])
    assert rules.bundles == (("a", "b", "e"), ("c", "d"))
    assert rules.bundle("e") == ("a", "b", "e")
    assert rules.bundle("f") == ("f",)


def test_adapters_on_the_same_gpu_are_a_bundle_and_others_apart() -> None:
    rules = Rules(pinned={"a": "gpu-00", "b": "gpu-00", "c": "gpu-01"})
    assert rules.bundles == (("a", "b"),)
    assert rules.conflict("a", "c")
    assert not rules.conflict("a", "b")
    assert rules.violation([("b", 1.0), ("a", 1.0)]) is None
    assert rules.violation([("a", 1.0), ("b", 1.0), ("c", 1.0)]) == (
        "b and c have to be on different GPUs"
    )


@given(groups)
def test_bundles_are_disjoint_and_hold_their_groups(together: list[list[str]]) -> None:
    bundles = Rules(together=together).bundles
    members = [name for bundle in bundles for name in bundle]
    assert len(members) == len(set(members))
    for group in together:
        assert any(set(group) <= set(bundle) for bundle in bundles)


@given(groups, st.sets(st.sampled_from(NAMES), min_size=1))
def test_a_gpu_breaks_apartness_where_two_members_meet(
    apart: list[list[str]], content: set[str]
) -> None:
    rules = Rules(apart=apart)
    meeting = any(rules.conflict(one, other) for one in content for other in content)
    assert (rules.violation([(name, 1.0) for name in sorted(content)]) is not None) == meeting


def test_replicas_limit_the_share_of_a_gpu() -> None:
    rules = Rules(min_replicas={"a": 2}, together=[["a", "b"]])
    assert (rules.replicas("a"), rules.replicas("b"), rules.replicas("c")) == (2, 2, 1)
    assert rules.violation([("a", 0.5), ("b", 0.5), ("c", 1.0)]) is None
    assert rules.violation([("a", 0.6), ("b", 0.6)]) == "a has to be on 2 GPUs"
    assert Rules(min_replicas=3).replicas("anything") == 3


def test_shares_of_a_bundle_are_equal() -> None:
    rules = Rules(together=[["a", "b"]])
    assert rules.violation([("a", 0.5), ("b", 0.4)]) == "a and b have to be together"
    assert rules.violation([("b", 1.0)]) == "b and a have to be together"


def test_gpus_that_rules_take() -> None:
    assert Rules().min_gpus("abc") == 1
    assert Rules(min_replicas=2).min_gpus("abc") == 2
    assert Rules(apart=[["a", "b", "c"]], min_replicas={"c": 2}).min_gpus("abcd") == 4
    assert Rules(pinned={"a": "x", "b": "y", "c": "x"}).min_gpus("abc") == 2


def test_marks_tell_adapters_with_different_rules_apart() -> None:
    rules = Rules(together=[["a", "b"]], apart=[["c", "d"]], pinned={"e": "x"})
    assert rules.distinguish("c") == rules.distinguish("d")
    assert len({rules.distinguish(name) for name in "abcefg"}) == 5
    assert rules.distinguish("f") == rules.distinguish("g")


def test_rules_are_cut_to_the_adapters_that_there_are() -> None:
    rules = Rules(
        min_replicas={"a": 2, "gone": 3},
        together=[["c", "gone"]],
        apart=[["a", "b", "gone"]],
        pinned={"gone": "x"},
        profiles={"b": "h100"},
        leave_out=["y"],
        max_lora_rank=32,
    )
    assert rules.only_for("abc") == Rules(
        min_replicas={"a": 2},
        apart=(("a", "b"),),
        profiles={"b": "h100"},
        leave_out=["y"],
        max_lora_rank=32,
    )
    assert not Rules(min_replicas={"gone": 3}, together=[["gone", "a"]]).only_for("abc")
    assert rules.only_for(rules.names).names == rules.names


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"min_replicas": 0}, "min_replicas: 0 is below 1"),
        ({"min_replicas": {"a": -1}}, "min_replicas: -1 is below 1"),
        ({"max_lora_rank": 1000}, "max_lora_rank: 1000 is not accepted by vLLM"),
        ({"together": [["a"]]}, r"together: \['a'\] is no group"),
        ({"apart": [["a", "a"]]}, r"apart: \['a', 'a'\] is no group"),
        ({"pinned": {"a": "x"}, "leave_out": ["x"]}, "pinned: x is left out"),
        ({"pinned": {"a": "x/y"}}, "'x/y' is no name of a GPU"),
        ({"together": [["a", "b"]], "apart": [["b", "a"]]}, "both together and apart"),
        ({"together": [["a", "b"]], "pinned": {"a": "x", "b": "y"}}, "both together and apart"),
        ({"together": [["a", "b"]], "profiles": {"a": "x", "b": "y"}}, "on x and y"),
    ],
)
def test_contradictions_are_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Rules(**rules)


def test_engines_of_the_base_model_alone_have_no_rank() -> None:
    rules = Rules(max_lora_rank=16)
    assert [rules.engine_rank(rank) for rank in (0, 8, 16, 17)] == [0, 16, 16, 32]


def test_who_has_to_be_somewhere() -> None:
    rules = Rules(together=[["a", "b"]], pinned={"c": "gpu-00"}, min_replicas={"d": 2})
    assert [rules.binds(name) for name in "abcde"] == [True, True, True, True, False]
