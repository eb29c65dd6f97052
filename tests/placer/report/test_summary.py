"""Summary of a result."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from estimators.base import Estimate
from placer.problem.latency_limits import LatencyLimits
from placer.problem.placement import Placement
from placer.problem.result import SolveStatus
from placer.report.gpu_report import report_gpus
from placer.report.report import gpu_table, totals
from placer.report.summary import summarize
from tests.placer.example_result import problem, result


def test_figures_of_the_whole_placement() -> None:
    summary = summarize(problem(), result())
    assert summary["num_gpus"] == 2
    assert summary["gpus_by_profile"] == {"example-0": 2}
    assert summary["num_adapters"] == 4
    assert summary["rate"] == pytest.approx(28.0)
    assert summary["offered_throughput"] == pytest.approx(problem().workload.token_rate)
    assert summary["served_throughput"] == pytest.approx(8100.0)
    assert summary["mean_ttft_ms"] == pytest.approx((14 * 400 + 14 * 200) / 28)
    assert (summary["value"], summary["lower_bound"], summary["gap"]) == ([2.0], [1.0], 0.5)
    assert summary["verified"] is True
    assert summary["verification"]["num_opened"] == 1
    assert [gpu["name"] for gpu in summary["gpus"]] == ["gpu-00", "gpu-01"]


def test_the_probability_of_starving_is_that_of_any_gpu() -> None:
    summary = summarize(problem(), result())
    assert summary["starvation_probability"] == pytest.approx(0.02)
    assert summary["burst_starvation_probability"] == pytest.approx(1 - 0.9 * 0.8)
    untested = replace(result().gpus[0], burst_starvation_probability=math.nan)
    steady = replace(result(), gpus=(untested, result().gpus[1]))
    assert summarize(problem(), steady)["burst_starvation_probability"] is None


def test_gpus_beyond_the_latency_limits_are_named() -> None:
    assert summarize(problem(), result())["slow"] == []
    strict = replace(problem(), latency_limits=LatencyLimits(0.5, 0.05))
    slow = summarize(strict, result())["slow"]
    named = [(one["gpu"], one["latency"], one["p99"]) for one in slow]
    assert named == [
        ("gpu-00", "ttft", 2.0),
        ("gpu-01", "ttft", 1.0),
        ("gpu-00", "tpot", 0.1),
        ("gpu-01", "tpot", 0.1),
    ]
    assert summarize(strict, result())["latency_limits"] == {"ttft": 0.5, "tpot": 0.05}


def test_types_are_counted() -> None:
    mixed = summarize(problem((None, None)), result(("example-0", "example-1")))
    assert mixed["gpus_by_profile"] == {"example-0": 1, "example-1": 1}


def test_what_json_does_not_have_is_null() -> None:
    summary = summarize(problem(), result())
    assert summary["gpus"][1]["power"] is None
    assert summary["gpus"][1]["headroom"] is None
    json.dumps(summary, allow_nan=False)


def test_there_is_no_gap_where_adapters_are_missing() -> None:
    half = replace(
        result(),
        placement=Placement(result().placement.gpus[:1], ("adapter-001",)),
        gpus=result().gpus[:1],
        value=(1.0,),
        status=SolveStatus.INFEASIBLE,
    )
    assert summarize(problem(), half)["gap"] is None


def test_nothing_placed() -> None:
    names = tuple(a.name for a in problem().workload.adapters)
    nothing = replace(
        result(),
        placement=Placement((), names),
        value=(math.inf,),
        status=SolveStatus.INFEASIBLE,
        reason="why",
        gpus=(),
        verification=None,
    )
    summary = summarize(problem(), nothing)
    assert summary["num_gpus"] == 0
    assert summary["mean_ttft_ms"] is None
    assert summary["value"] == [None]
    assert summary["gap"] is None
    assert summary["unplaced"] == list(names)
    assert summary["reason"] == "why"
    assert summary["verification"] is None
    json.dumps(summary, allow_nan=False)


def test_of_an_unchecked_placement_nothing_is_claimed() -> None:
    unknown = Estimate(100.0, math.nan, math.nan, False, math.nan, math.nan)
    figures = tuple(replace(gpu, estimate=unknown) for gpu in result().gpus)
    unchecked = replace(
        result(), gpus=figures, status=SolveStatus.UNCHECKED, value=(math.inf,), verification=None
    )
    summary = summarize(problem(), unchecked)
    assert summary["status"] == "unchecked"
    assert (summary["value"], summary["gap"], summary["verified"]) == ([None], None, False)
    assert summary["served_throughput"] is None
    assert summary["starvation_probability"] is None
    json.dumps(summary, allow_nan=False)
    assert "-" in totals(summary)[1]
    gpu_table(report_gpus(problem(), unchecked))


def test_estimated_profiles_are_marked() -> None:
    assert summarize(problem(), result())["estimated_profiles"] == {}
    (gpu_type,) = problem().fleet
    scaled = replace(gpu_type, profile=replace(gpu_type.profile, estimated_from="h100"))
    summary = summarize(replace(problem(), fleet=(scaled,)), result())
    assert summary["estimated_profiles"] == {gpu_type.profile.name: "h100"}
    assert any("ESTIMATE, scaled from h100" in line for line in totals(summary))


def test_engines_beyond_the_measured_ranks_are_marked() -> None:
    assert summarize(problem(), result())["extrapolated_ranks"] == {}
    plan = result().placement.gpus[0]
    wider = replace(plan, config=replace(plan.config, max_lora_rank=128))
    placement = replace(result().placement, gpus=(wider, *result().placement.gpus[1:]))
    summary = summarize(problem(), replace(result(), placement=placement))
    (beyond,) = summary["extrapolated_ranks"].values()
    assert (beyond["max_lora_rank"], beyond["largest_measured"]) == (128, 32)
    assert any("engines of rank 128 are an ESTIMATE" in line for line in totals(summary))


def test_what_is_not_complete_is_not_verified() -> None:
    placement = result().placement
    (name, _), *_ = placement.gpus[0].shares
    partly = replace(
        placement,
        gpus=(replace(placement.gpus[0], shares=placement.gpus[0].shares[1:]), placement.gpus[1]),
        unplaced=(name,),
    )
    summary = summarize(problem(), replace(result(), placement=partly))
    assert summary["verified"] is False
    assert any("NOT all adapters are placed" in line for line in totals(summary))
