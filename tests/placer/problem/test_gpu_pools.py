"""GPU pools: counts, names, and GPUs that several types share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.testing import example_profile
from placer.problem.fleet import GpuType
from placer.problem.gpu_pools import GpuPools
from twin.files.errors import InputError

ONE, TWO, THREE = (example_profile(name) for name in ("one", "two", "three"))


def available(pools: GpuPools, *used: str) -> list[str]:
    return [gpu_type.profile.name for gpu_type in pools.available(used)]


def test_types_without_a_pool_have_gpus_of_their_own() -> None:
    pools = GpuPools((GpuType(ONE, 1), GpuType(TWO, 2)))
    assert pools.limits == ((("one",), 1), (("two",), 2))
    assert pools.total == 3
    assert available(pools) == ["one", "two"]
    assert available(pools, "one", "two") == ["two"]
    assert available(pools, "one", "two", "two") == []


def test_types_of_a_pool_share_its_gpus() -> None:
    pools = GpuPools((GpuType(ONE, 2, "h100"), GpuType(TWO, 2, "h100"), GpuType(THREE)))
    assert pools.limits == ((("one", "two"), 2),)
    assert pools.total is None
    assert pools.names is None
    assert available(pools, "one", "two") == ["three"]


def test_gpus_that_are_left_out_do_not_count() -> None:
    pools = GpuPools((GpuType(ONE, 4),), frozenset(["gpu-01", "gpu-03"]))
    assert pools.total == 2
    assert available(pools, "one", "one") == []
    named = GpuPools((GpuType(ONE, names=("x", "y")), GpuType(TWO, names=("z",))), frozenset("z"))
    assert named.limits == ((("one",), 2), (("two",), 0))
    assert named.names == ("x", "y", "z")


def test_names_of_one_type_are_numbers() -> None:
    pools = GpuPools((GpuType(ONE, 2),))
    assert pools.names == ("gpu-00", "gpu-01")
    assert GpuPools((GpuType(ONE),)).names is None


def test_unnamed_gpus_of_two_types_are_not_told_apart() -> None:
    with pytest.raises(InputError, match="give them names in fleet"):
        assert GpuPools((GpuType(ONE, 1), GpuType(TWO, 1))).names


@pytest.mark.parametrize(
    ("fleet", "message"),
    [
        ((GpuType(ONE, 1, "p"), GpuType(TWO, 2, "p")), "pool p: one and two differ"),
        ((GpuType(ONE, names=("x",)), GpuType(TWO, names=("x",))), "'x' is of two types"),
    ],
)
def test_contradictions_are_refused(fleet: tuple[GpuType, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        GpuPools(fleet).check()


def test_gpus_of_a_pool_may_have_names() -> None:
    named = GpuType(ONE, names=("x", "y"), pool="p")
    pools = GpuPools((named, replace(named, profile=TWO)))
    pools.check()
    assert pools.names == ("x", "y")


def test_engines_of_several_gpus_count_as_one() -> None:
    memory = replace(ONE.kv_capacity_model, tensor_parallel_size=2)
    double = replace(ONE, kv_capacity_model=memory)
    pools = GpuPools((GpuType(double, 5),))
    assert pools.total == 2
    assert pools.names == ("gpu-00", "gpu-01")
    shared = GpuPools((GpuType(double, 4, "node"), GpuType(TWO, 4, "node")))
    with pytest.raises(InputError, match="pool node: engines of one and two take different num"):
        shared.check()
