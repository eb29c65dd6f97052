"""What a configuration says of the requests that engines run at a time."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from omegaconf import OmegaConf

from estimators.testing import example_profile
from placer.console.batch_limits import AUTO, chosen_limits, tell_of_running, with_batch_limits
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan, Placement
from placer.testing import example_problem
from twin.files.errors import InputError

FLEET = (GpuType(example_profile("one")), GpuType(example_profile("two"), 3))


@pytest.mark.parametrize("asked", ["auto", "profile"])
def test_words_leave_engines_as_they_are_here(asked: str) -> None:
    assert with_batch_limits(FLEET, asked) == FLEET
    assert chosen_limits(FLEET) == AUTO


@pytest.mark.parametrize(
    ("asked", "limits"),
    [(7, [7, 7]), ({"two": 9}, [None, 9]), (OmegaConf.create({"one": 5, "two": 6}), [5, 6])],
)
def test_numbers_are_those_of_engines(asked: Any, limits: list[int | None]) -> None:
    found = with_batch_limits(FLEET, asked)
    assert [gpu_type.max_num_seqs for gpu_type in found] == limits
    assert [gpu_type.count for gpu_type in found] == [None, 3]
    assert with_batch_limits(FLEET, chosen_limits(found)) == found


def test_a_name_may_look_like_a_number() -> None:
    (found,) = with_batch_limits([GpuType(example_profile("1"))], OmegaConf.create({1: 20}))
    assert found.max_num_seqs == 20


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("best", "'best' is not accepted; auto, profile, a number"),
        (True, "True is not accepted"),
        ([3], r"\[3\] is not accepted"),
        (2.5, "2.5 is not accepted"),
        ({"one": "few"}, "'few' is not accepted"),
        ({"three": 3}, "there is no profile three; profiles: one, two"),
        (0, "0 is below 1"),
        (10**9, "max_num_seqs: 1000000000 is above the max_num_batched_tokens of the profile"),
    ],
)
def test_anything_else_is_refused(asked: Any, why: str) -> None:
    with pytest.raises(InputError, match=why):
        with_batch_limits(FLEET, asked)


@pytest.mark.parametrize("running", [[7, 7], [7, 9], [7, 9, 12]], ids=str)
def test_running_engines_with_another_limit_are_told_of_once(
    running: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    problem = example_problem(len(running))
    gpu_type = replace(problem.fleet[0], max_num_seqs=7)
    plans = [
        GpuPlan(
            gpu_type.profile.name,
            replace(gpu_type.engine_config(1, 16), max_num_seqs=number),
            ((adapter.name, 1.0),),
            name=f"gpu-{k:02d}",
        )
        for k, (number, adapter) in enumerate(zip(running, problem.workload.adapters, strict=True))
    ]
    problem = replace(problem, fleet=(gpu_type,), previous=Placement(tuple(plans)))
    with caplog.at_level(logging.INFO, "placer.console"):
        tell_of_running(problem)
    others = " or ".join(map(str, sorted(set(running) - {7})))
    assert len(caplog.messages) == bool(others)
    assert all(f"keep their {others} requests at a time" in told for told in caplog.messages)
    assert all("started get 7 (" in told for told in caplog.messages)
