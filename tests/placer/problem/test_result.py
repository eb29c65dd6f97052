"""Result and its plain form."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.base import Estimate
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import GpuPlan, Placement
from placer.problem.result import Result, SolveStatus
from placer.problem.verification_record import Verification
from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig

PLAN = GpuPlan("h100", EngineConfig(max_loras=1, max_lora_rank=8), (("a", 1.0),))
ESTIMATE = Estimate(100.0, 99.0, 0.01, False, *[0.1] * 8)
RESULT = Result(
    placement=Placement((PLAN,)),
    value=(1.0, 0.25),
    lower_bound=(1.0, 0.2),
    bound="engine mix",
    status=SolveStatus.FEASIBLE,
    reason="",
    runtime=1.5,
    num_estimates=12,
    seed=3,
    strategy="Greedy()",
    objective="GpuCount()",
    gpus=(GpuFigures(ESTIMATE, (1.0, 0.25), "compute", 0.2),),
    verification=Verification(60.0, (1, 2)),
)


@given(
    st.builds(
        replace,
        st.just(RESULT),
        status=st.sampled_from(SolveStatus),
        value=st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)),
        lower_bound=st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)),
        verification=st.none()
        | st.builds(
            Verification, st.floats(1, 9), st.tuples(st.integers()), starved=st.just((0,))
        ),
        answered_by=st.sampled_from([(), (("model", 9), ("twin", 3))]),
        gpus=st.builds(
            lambda estimate, headroom: (GpuFigures(estimate, (1.0, 0.0), "", headroom),),
            st.builds(ESTIMATE._replace, ttft_mean=st.floats(), power=st.floats()),
            st.floats(),
        ),
    )
)
def test_every_result_is_read_back(result: Result) -> None:
    text = json.dumps(result.to_dict(), allow_nan=False)
    back = Result.from_dict(json.loads(text))
    assert repr(back) == repr(result)


@pytest.mark.parametrize(
    ("value", "bound", "gap"),
    [
        ((4.0,), (3.0,), 0.25),
        ((3.0,), (3.0,), 0.0),
        ((1.0, 0.25), (1.0, 0.2), 0.0),
        ((4.0, 1.0), (3.0, 0.0), 0.25),
        ((-2.0,), (-3.0,), 0.5),
        ((0.0,), (-1.0,), math.inf),
    ],
)
def test_gap(value: tuple[float, ...], bound: tuple[float, ...], gap: float) -> None:
    assert replace(RESULT, value=value, lower_bound=bound).gap == pytest.approx(gap)


@pytest.mark.parametrize("failed", ["starved", "memory_errors", "rejected"])
def test_feasible_is_complete_and_not_refuted(failed: str) -> None:
    assert RESULT.is_feasible()
    assert RESULT.verified
    refuted = replace(RESULT, verification=Verification(60.0, (1,), **{failed: (0,)}))
    assert not refuted.is_feasible()
    assert not refuted.verified
    unchecked = replace(RESULT, verification=None)
    assert unchecked.is_feasible()
    assert not unchecked.verified
    assert not replace(RESULT, placement=Placement((PLAN,), ("b",))).is_feasible()
    assert not replace(RESULT, placement=Placement(), gpus=()).is_feasible()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The plain form with one entry replaced; None: removed."""
    data: dict[str, Any] = json.loads(json.dumps(RESULT.to_dict()))
    *parents, key = path.split(".")
    node: Any = data
    for parent in parents:
        node = node[int(parent) if parent.isdigit() else parent]
    place = int(key) if key.isdigit() else key
    if value is None:
        del node[place]
    else:
        node[place] = value
    return data


WRONG = {
    "another version": ("schema_version", 2, "schema_version: 2 is not the version"),
    "no seed": ("seed", None, "result: seed is missing"),
    "no verification": ("verification", None, "result: verification is missing"),
    "unknown key": ("extra", 1, "result: unknown key 'extra'"),
    "status": ("status", "done", "status: 'done' is unknown; accepted: optimal, feasible"),
    "seed": ("seed", 1.5, "seed: 1.5 is not a whole number"),
    "value": ("value", ["x"], "result, value: 'x' is not a number"),
    "values": ("value", 3, "result, value: 3 is not a list"),
    "placement": ("placement.gpus", None, "result, placement: gpus is missing"),
    "estimate": ("gpus.0.estimate.power", None, r"gpus\[0\], estimate: power is missing"),
    "figure": ("gpus.0.estimate.power", "1", r"gpus\[0\], estimate, power: '1' is not"),
    "memory error": ("gpus.0.estimate.memory_error", 0, "memory_error: it is neither"),
    "binding": ("gpus.0.binding", 7, r"gpus\[0\], binding: 7 is not a text"),
    "seeds": ("verification.seeds", [True], "verification, seeds: True is not a whole"),
    "fewer GPUs": ("gpus.0", None, "result, gpus: 0 of them; 1, as are placed"),
    "longer bound": ("lower_bound", [1] * 9, "lower_bound: it has 9 numbers"),
    "longer cost": ("gpus.0.cost", [1] * 9, r"gpus\[0\], cost: it has 9 numbers; \d, as the"),
    "no such GPU": ("verification.starved", [7], "verification: 7 is the number of no GPU"),
    "verification": ("verification.magic", 1, "verification: unknown key 'magic'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_file_is_named(case: str) -> None:
    path, value, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        Result.from_dict(changed(path, value))
