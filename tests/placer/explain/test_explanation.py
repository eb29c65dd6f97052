"""What limits a placement."""

from __future__ import annotations

import math

import pytest

from estimators.base import Estimate
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import Placement
from tests.placer.explain.judges import FULL, explained, judge_of, placed


def test_each_gpu_and_the_fleet_say_what_binds_and_what_can_be_added() -> None:
    judge = judge_of([0.5 * FULL, 0.8 * FULL])
    explanation = explained(judge, placed(judge, "0", "1"))
    loose, tight = explanation.gpus
    assert (loose.name, tight.name) == ("gpu-00", "gpu-01")
    assert loose.headroom == pytest.approx(1.0, abs=0.15)
    assert tight.headroom == pytest.approx(0.25, abs=0.1)
    assert explanation.tightest is tight
    assert explanation.headroom == tight.headroom
    assert explanation.binding == tight.binding == "compute"
    assert loose.spare_throughput == loose.offered_throughput * loose.headroom
    total = loose.spare_throughput + tight.spare_throughput
    assert explanation.spare_throughput == pytest.approx(total)


def test_a_gpu_that_starves_can_take_nothing() -> None:
    judge = judge_of([0.5 * FULL, 1.5 * FULL])
    explanation = explained(judge, placed(judge, "0", "1"))
    assert math.isnan(explanation.headroom)
    assert explanation.tightest.name == "gpu-01"
    assert explanation.tightest.spare_throughput == 0


def test_what_a_result_says_is_not_determined_again() -> None:
    judge = judge_of([1.0, 2.0])
    estimate = Estimate(1.0, 1.0, 0.0, False, 0.1, 0.1, 0.1)
    known = [GpuFigures(estimate, (1.0,), "slots", 0.125), GpuFigures(estimate, (1.0,))]
    gpus = explained(judge, placed(judge, "0", "1"), known).gpus
    assert (gpus[0].binding, gpus[0].headroom) == ("slots", 0.125)
    assert gpus[1].binding not in ("", "slots")


def test_without_a_gpu_there_is_nothing_to_explain() -> None:
    with pytest.raises(ValueError, match="no GPU"):
        explained(judge_of([1.0]), Placement())
