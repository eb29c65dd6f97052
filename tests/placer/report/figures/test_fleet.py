"""The fleet as groups of GPUs."""

from __future__ import annotations

import math

import pytest

from placer.report.figures.fleet import group_gpus, observe_fleet
from tests.placer.example_result import problem, result
from tests.placer.report.figures.one_gpu import measured_problem, measured_result


def test_few_gpus_stand_alone_in_order() -> None:
    groups = group_gpus(problem(), result())
    assert [group.names for group in groups] == [("gpu-00",), ("gpu-01",)]
    assert [group.title for group in groups] == ["gpu-00", "gpu-01"]
    assert groups[0].candidate.rate == pytest.approx(8 + 0.75 * 8)  # of one it has a share
    assert groups[0].rate == pytest.approx(14)


def test_of_many_gpus_equal_ones_are_a_group() -> None:
    stated = measured_problem(130, 0.5)
    groups = group_gpus(stated, measured_result(stated, 64))
    assert sorted(len(group.names) for group in groups) == [2, 62]  # with three and two adapters
    assert sum(group.rate for group in groups) == pytest.approx(65)
    assert {group.title for group in groups} == {"gpu-00 and 1 more", "gpu-02 and 61 more"}


def test_what_gpus_do_is_simulated_as_far_as_there_is_time() -> None:
    stated = measured_problem(6, 0.5)
    found = measured_result(stated)
    groups = group_gpus(stated, found)
    (row, _) = observe_fleet(found, groups, 60.0)
    assert row.behaviour is not None
    assert row.memory.kv_used > 0
    use = dict(row.use)
    assert use["traffic"] == pytest.approx(1 / 1.2)
    assert use["compute"] == row.behaviour.busy
    (row, _) = observe_fleet(found, groups, 0.0)
    assert row.behaviour is None
    assert row.memory.kv_used == 0
    assert math.isnan(dict(row.use)["compute"])
