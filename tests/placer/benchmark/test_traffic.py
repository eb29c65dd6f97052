"""Traffic of instances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from placer.benchmark.traffic import Traffic
from twin.files.errors import InputError
from twin.sources.sharegpt import sharegpt_lengths
from twin.workload.arrivals import BurstyArrivals, GammaArrivals, PoissonArrivals


def test_lengths_of_sharegpt() -> None:
    traffic = Traffic.from_dict({"sharegpt": "qwen-2.5-7b", "base_model": "qwen"}, "x")
    assert traffic == Traffic(sharegpt_lengths("qwen-2.5-7b"), PoissonArrivals(), "qwen")


def test_means_deviations_and_quantiles() -> None:
    quantiles = [10, 20, 30, 40, 50, 60, 70, 80]
    traffic = Traffic.from_dict({"prompt": [100, 50], "output": quantiles, "cv": 2.0}, "x")
    assert (traffic.lengths.prompt_mean, traffic.lengths.prompt_std) == (100, 50)
    _, output = traffic.lengths.sample(20_000, np.random.default_rng(0))
    assert np.median(output) == pytest.approx(40, abs=1)
    assert output.min() >= 10
    assert output.max() <= 80
    assert traffic.arrivals == GammaArrivals(2.0)
    fixed = Traffic.from_dict({"prompt": [7, 0], "output": [3, 0]}, "x")
    assert fixed.lengths.prompt_std == fixed.lengths.output_std == 0


def test_bursts_have_a_relaxation_time() -> None:
    data = {"sharegpt": "llama-3.1-8b", "cv": 3.0, "relaxation": 20.0}
    assert Traffic.from_dict(data, "x").arrivals == BurstyArrivals(3.0, 20.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3, "x: it is not a mapping"),
        ({"prompts": [1, 0]}, "unknown key 'prompts'"),
        ({"prompt": [1, 0]}, "x: output is missing"),
        ({"prompt": [1, 2, 3], "output": [1, 0]}, "mean and deviation, or 8 quantiles"),
        ({"sharegpt": "gpt"}, "'gpt' is not known"),
        ({"sharegpt": "llama-3.1-8b", "cv": "a"}, "x, cv: 'a' is not a number"),
    ],
)
def test_what_is_wrong_is_named(data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Traffic.from_dict(data, "x")
