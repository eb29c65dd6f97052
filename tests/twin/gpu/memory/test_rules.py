"""What each version counts."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.rules import FLASHINFER_BYTES, SORT_BYTES, memory_rules


def test_v0_counted_segments_then_the_peak_then_what_it_added() -> None:
    assert memory_rules("0.5.0").reserved
    assert memory_rules("0.6.4").whole_gpu
    late = memory_rules("0.7.3")
    assert (late.reserved, late.whole_gpu, late.v1) == (False, False, False)


def test_v1_counted_the_whole_gpu_at_first_and_graphs_later() -> None:
    assert memory_rules("0.8.5").whole_gpu
    assert not memory_rules("0.9.1").whole_gpu
    assert [memory_rules(v).cuda_graphs for v in ("0.19.0", "0.20.0", "0.22.1")] == [0, 1, 1]


def test_adapters() -> None:
    assert memory_rules("0.11.0").extra_vocabulary == 256
    today = memory_rules("0.22.1")
    assert today.extra_vocabulary == 0
    assert today.expert_slots
    assert today.target_modules
    assert not memory_rules("0.11.0").expert_slots


def test_the_sampler_sorts_up_to_0_16() -> None:
    assert memory_rules("0.16.0").sampler_bytes == SORT_BYTES
    assert memory_rules("0.17.0").sampler_bytes == FLASHINFER_BYTES


def test_images_had_flashinfer_up_to_0_11() -> None:
    def image(version: str) -> float:
        return memory_rules(version).sampler_bytes

    assert [image(v) for v in ("0.8.5", "0.11.0", "0.22.1")] == [FLASHINFER_BYTES] * 3
    assert [image(v) for v in ("0.7.3", "0.12.0", "0.16.0")] == [SORT_BYTES] * 3
    by_image = [memory_rules(v).sampler_by_image for v in ("0.7.3", "0.8.5", "0.11.0", "0.12.0")]
    assert by_image == [False, True, True, False]


def test_unreadable_version() -> None:
    with pytest.raises(InputError, match="engine version: 'new' cannot be read"):
        memory_rules("new")
