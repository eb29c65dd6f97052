"""Placements of a fleet: as a matrix, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.twin.fleet.fleet_cases import workload
from tests.twin.fleet.small_fleet import CONFIG_FOR_ALL, fleet, gpu
from twin.files.errors import InputError
from twin.fleet import FleetGpu
from twin.fleet.placement import check_rank, engines_of_base, share_matrix
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


BASE = replace(workload((1.0,)).adapters[0], name="base", rank=0)
OTHER = replace(gpu("g9").profile, model="another")


def with_base(base_model: str = "") -> Workload:
    return Workload((*workload((1.0,)).adapters, replace(BASE, base_model=base_model)))


def test_the_base_model_goes_to_all_engines_of_it_unless_shares_say_otherwise() -> None:
    gpus = [gpu("g0", "a0"), replace(gpu("g1"), config=replace(CONFIG_FOR_ALL, max_loras=0))]
    assert share_matrix(gpus, with_base()).tolist() == [[1.0, 0.0], [0.5, 0.5]]
    told = [gpu("g0", "a0"), gpu("g1", "base")]
    assert share_matrix(told, with_base()).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    model = gpus[0].profile.model
    mixed = [*gpus, replace(gpu("g2"), profile=OTHER)]
    assert share_matrix(mixed, with_base(model)).tolist()[1] == [0.5, 0.5, 0.0]
    assert share_matrix(mixed, with_base("another")).tolist()[1] == [0.0, 0.0, 1.0]


def test_which_engines_can_answer_for_a_base_model() -> None:
    gpus = [gpu("g0"), gpu("g1"), replace(gpu("g2"), profile=OTHER)]
    served = np.array([0.0, 0.0, 1.0])
    assert engines_of_base(gpus, BASE, served).tolist() == [False, False, True]
    with pytest.raises(InputError, match=r"base model, and the engines serve .*give it a base_m"):
        engines_of_base(gpus, BASE, np.zeros(3))
    nobodys = replace(BASE, base_model="none")
    with pytest.raises(InputError, match="no engine serves its base model, none"):
        engines_of_base(gpus, nobodys, np.zeros(3))
    with pytest.raises(InputError, match=r"GPU g0: it serves .*, and base is for another model"):
        check_rank(replace(BASE, base_model="another"), gpus[0])
