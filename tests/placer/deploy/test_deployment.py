"""What deployment targets are given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placer.deploy import ServedAdapter
from placer.deploy.deployment import describe_deployment, doubts
from placer.problem.verification_record import Verification
from placer.testing.deployment_rules import deployed_problem
from tests.placer.example_result import result
from twin.files.errors import InputError


def test_engines_are_described_with_what_they_serve() -> None:
    problem, placement = deployed_problem(("a", "b", "c"))
    deployment = describe_deployment(problem, placement, ["careful"])
    first, second, third = deployment.groups
    assert [adapter.name for adapter in first.adapters] == ["a"]
    assert [adapter.name for adapter in third.adapters] == ["b", "c"]
    assert first.base == "example-8b"
    assert second.model == "example-8b"
    assert first.title == "gpu-00: example-gpu, 1 adapter and the base model"
    assert "--max-loras" in first.options
    assert deployment.routes == {
        "a": {"gpu-00": 1.0},
        "b": {"gpu-01": 0.5, "node_2.GPU": 0.5},
        "c": {"gpu-01": 0.5, "node_2.GPU": 0.5},
        "example-8b": {"gpu-00": 0.5, "gpu-01": 0.25, "node_2.GPU": 0.25},
    }
    assert deployment.base == ("example-8b",)
    assert deployment.warnings == ("careful",)
    assert list(deployment.adapters) == ["a", "b", "c"]


def test_equal_engines_are_one_group() -> None:
    problem, placement = deployed_problem(("a", "b", "c"))
    grouped = describe_deployment(problem, placement).grouped()
    assert [group.gpus for group in grouped.groups] == [("gpu-00",), ("gpu-01", "node_2.GPU")]
    names = [group.name for group in grouped.groups]
    assert grouped.routes["b"] == {names[1]: 1.0}
    assert grouped.routes["example-8b"] == {names[0]: 0.5, names[1]: 0.5}


def test_a_group_has_another_name_where_its_engine_is_another() -> None:
    problem, placement = deployed_problem(("a", "b", "c"))
    plan = placement.gpus[0]
    wider = replace(plan, config=replace(plan.config, max_loras=8))
    other = replace(placement, gpus=(wider, *placement.gpus[1:]))
    names = [describe_deployment(problem, p).grouped().groups[0].name for p in (placement, other)]
    assert all(name.startswith("gpu-00-") for name in names)
    assert names[0] != names[1]


def test_engines_with_other_shares_are_not_equal() -> None:
    problem, placement = deployed_problem(("a", "b"))
    first, second, third = placement.gpus
    uneven = replace(
        placement,
        gpus=(
            first,
            replace(second, shares=(("b", 0.75), ("base", 0.25))),
            replace(third, shares=(("b", 0.25), ("base", 0.25))),
        ),
    )
    assert len(describe_deployment(problem, uneven).grouped().groups) == 3


def test_engines_of_profiles_that_are_gone_are_only_in_the_routes() -> None:
    problem, placement = deployed_problem(("a",))
    gone = replace(placement.gpus[0], profile_name="gone")
    deployment = describe_deployment(problem, replace(placement, gpus=(gone, *placement.gpus[1:])))
    assert [group.name for group in deployment.groups] == ["gpu-01", "node_2.GPU"]
    assert deployment.routes["a"] == {"gpu-00": 1.0}


def test_where_an_adapter_is() -> None:
    assert ServedAdapter("a/b").below("s3://bucket/") == "s3://bucket/a/b"
    assert ServedAdapter("..").below("/adapters") == "/adapters/%2E%2E"
    assert ServedAdapter("a", "org/repository").below("/adapters") == "org/repository"


@pytest.mark.parametrize("name", ["a=b", "a\nb", "", "x" * 300])
def test_names_that_vllm_cannot_take_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="adapter name"):
        ServedAdapter(name)


def test_doubts_are_told_in_words() -> None:
    verified = result()
    assert doubts(verified) == []
    assert "no simulation" in doubts(replace(verified, verification=None))[0]
    untested = replace(verified, verification=Verification(600.0, (1,), untested=(1,)))
    assert doubts(untested) == ["NOT verified in full: too few requests arrive to tell at gpu-01."]
    failed = replace(verified, verification=Verification(600.0, (1,), starved=(0,)))
    assert "do not serve" in doubts(failed)[0]
