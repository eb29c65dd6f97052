"""Placements of a fleet: as a matrix, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.twin.fleet.fleet_cases import workload
from tests.twin.fleet.small_fleet import CONFIG_FOR_ALL, fleet, gpu
from twin.files.errors import InputError
from twin.fleet import FleetGpu
from twin.fleet.placement import share_matrix
from twin.workload.workload import Workload


def test_rows_are_adapters_and_columns_gpus() -> None:
    gpus = [gpu("g0", "a0"), gpu("g1", "a1", "a2", share=0.25), gpu("g2", "a2", "a1", share=0.75)]
    assert share_matrix(gpus, workload((1.0, 1.0, 1.0))).tolist() == [
        [1.0, 0.0, 0.0],
        [0.0, 0.25, 0.75],
        [0.0, 0.25, 0.75],
    ]


def test_sums_may_be_off_for_rounding() -> None:
    gpus = [gpu(f"g{i}", "a0", share=1 / 3 - 1e-8) for i in range(3)]
    assert share_matrix(gpus, workload((1.0,))).sum() == pytest.approx(1)


def test_what_is_refused() -> None:
    small = replace(CONFIG_FOR_ALL, max_lora_rank=8)
    cases: list[tuple[list[FleetGpu], str]] = [
        ([], "fleet: it has no GPUs"),
        ([gpu("g0", "a0"), gpu("g0", "a1")], "GPU 'g0' appears twice"),
        ([gpu("g0", "a0", "a1", "zz")], "GPU g0: adapter 'zz' is not in the workload"),
        ([gpu("g0", "a0")], "shares of adapter a1: they sum to 0; 1"),
        ([gpu("g0", "a0", "a1"), gpu("g1", "a0")], "shares of adapter a0: they sum to 2"),
        ([replace(gpu("g0", "a0", "a1"), config=small)], "max_lora_rank 8 is below rank 16"),
        (
            [replace(gpu("g0", "a0", "a1"), config=replace(CONFIG_FOR_ALL, max_loras=0))],
            "max_loras is 0; 1 or more for a0",
        ),
    ]
    for gpus, message in cases:
        with pytest.raises(InputError) as error:
            fleet(*gpus)
        assert message in str(error.value)


def test_requests_for_the_base_model_are_refused() -> None:
    """Rather than simulated as those of an adapter."""
    adapters = workload((1.0,)).adapters
    base = Workload((replace(adapters[0], rank=0),))
    with pytest.raises(InputError, match="GPU g0: 'a0' is for the base model"):
        share_matrix([gpu("g0", "a0")], base)
