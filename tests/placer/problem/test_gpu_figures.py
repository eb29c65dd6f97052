"""Figures of a GPU, written and read."""

from __future__ import annotations

import json
import math

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.gpu_figures import GpuFigures
from placer.testing import example_problem
from twin.files.errors import InputError


@pytest.fixture
def figures() -> GpuFigures:
    problem = example_problem(2)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    plan = evaluator.plan(problem.fleet[0], 2, dict.fromkeys(evaluator.adapters, 1.0))
    (gpu,) = evaluator.evaluate([plan])
    return GpuFigures(gpu.estimate, (1.0, math.inf), "slots", 0.2)


def test_what_is_written_is_read(figures: GpuFigures) -> None:
    data = json.loads(json.dumps(figures.to_dict(), allow_nan=False))
    again = GpuFigures.from_dict(data, "gpus[0]")
    assert again.to_dict() == figures.to_dict()
    assert (again.cost, again.binding, again.headroom) == ((1.0, math.inf), "slots", 0.2)
    assert math.isnan(again.burst_starvation_probability)
    assert again.estimate.ttft_mean == figures.estimate.ttft_mean


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("cost", 5, "gpus[0], cost: 5 is not a list"),
        ("headroom", "much", "gpus[0], headroom: 'much' is not a number"),
        ("binding", 5, "gpus[0], binding"),
        ("estimate", {}, "gpus[0], estimate"),
    ],
)
def test_what_is_wrong_is_named(figures: GpuFigures, key: str, value: object, words: str) -> None:
    with pytest.raises(InputError) as error:
        GpuFigures.from_dict(figures.to_dict() | {key: value}, "gpus[0]")
    assert words in str(error.value)
