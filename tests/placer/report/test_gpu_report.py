"""What is told about each GPU."""

from __future__ import annotations

import math

import pytest

from placer.report.gpu_report import report_gpus
from tests.placer.example_result import problem, result


def test_load_engine_and_figures_of_each_gpu() -> None:
    first, second = report_gpus(problem(), result())
    assert (first.name, first.profile) == ("gpu-00", "example-0")
    assert (first.num_adapters, first.num_shared) == (2, 1)
    assert (second.num_adapters, second.num_shared) == (3, 1)
    assert first.rate == pytest.approx(8 + 0.75 * 8)
    assert second.rate == pytest.approx(0.25 * 8 + 8 + 4)
    assert (first.max_loras, first.max_lora_rank) == (2, 32)
    assert (first.mean_ttft_ms, first.p99_ttft_ms) == pytest.approx((400, 2000))
    assert (first.mean_tpot_ms, first.p99_itl_ms) == pytest.approx((40, 100))
    assert (first.binding, first.headroom) == ("compute", 0.05)
    assert math.isnan(second.power)
