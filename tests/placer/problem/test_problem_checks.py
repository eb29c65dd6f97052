"""What contradicts itself, or can never be placed, is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from estimators.testing import example_adapters, example_base, example_profile
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from twin.files.errors import InputError
from twin.workload.workload import Workload

WORKLOAD = Workload(example_adapters(3))
ONE, TWO = GpuType(example_profile("one")), GpuType(example_profile("two"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_gpus", 0),
        ("max_starvation_probability", -0.1),
        ("max_starvation_probability", math.nan),
    ],
)
def test_values_out_of_range_are_named(key: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{key}: {value!r}"):
        Problem(WORKLOAD, (ONE,), **{key: value})  # type: ignore[arg-type]  # one at a time


def test_fleets_that_are_none() -> None:
    with pytest.raises(InputError, match="fleet: it has no GPU type"):
        Problem(WORKLOAD, ())
    with pytest.raises(InputError, match="'one' appears twice"):
        Problem(WORKLOAD, (ONE, ONE))


def test_an_adapter_that_fits_on_no_gpu_even_alone() -> None:
    other = replace(WORKLOAD.adapters[0], name="other", base_model="other")
    workload = Workload((*WORKLOAD.adapters, other))
    with pytest.raises(
        InputError, match=r"adapter other: it fits on no GPU.*adapter of smaller rank$"
    ) as error:
        Problem(workload, (ONE, TWO))
    assert "one" in str(error.value)
    assert "two" in str(error.value)


def test_every_rank_that_vllm_serves_may_be_asked_for() -> None:
    large = replace(WORKLOAD.adapters[0], name="large", rank=512)
    workload = Workload((*WORKLOAD.adapters, large))
    assert Problem(workload, (ONE,)).fleet == (ONE,)
    small = GpuType(example_profile("small", memory_gib=19))
    assert Problem(WORKLOAD, (small,)).fleet == (small,)
    with pytest.raises(InputError, match=r"adapter large: it fits on no GPU, even alone.*memory"):
        Problem(workload, (small,))


def test_a_gpu_without_memory_for_a_single_slot() -> None:
    tiny = GpuType(example_profile("tiny", memory_gib=16))
    with pytest.raises(InputError, match="fits on no GPU, even alone"):
        Problem(WORKLOAD, (tiny,))
    assert Problem(WORKLOAD, (tiny, ONE)).fleet == (tiny, ONE)


def test_requests_for_the_base_model_are_those_of_one_entry() -> None:
    """A router sees only which model they name."""
    mixed = (*WORKLOAD.adapters, example_base(name="chat"))
    assert Problem(Workload(mixed), (ONE, TWO)).workload.num_adapters == 3
    two = Workload((*mixed, example_base(name="batch")))
    with pytest.raises(InputError, match="'chat' and 'batch' are both requests for example-8b"):
        Problem(two, (ONE,))


def test_of_several_base_models_requests_say_which() -> None:
    fleet = (ONE, GpuType(replace(example_profile("other"), model="other")))
    one = example_base(name="one")
    with pytest.raises(InputError, match=r"^base model of one: .*base_model: example-8b or other"):
        Problem(Workload((one,)), fleet)
    both = [replace(example_base(name=name), base_model=name) for name in ("other", "example-8b")]
    assert len(Problem(Workload.of(both), fleet).workload) == 2
