"""PyTorch's caching allocator: its documented sizes, reuse and splitting."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.gpu.memory.allocator import MIB, CachingAllocator


@pytest.mark.parametrize(
    ("size", "reserved"),
    [
        (1, 2 * MIB),
        (MIB, 2 * MIB),
        (MIB + 1, 20 * MIB),
        (10 * MIB - 512, 20 * MIB),
        (10 * MIB, 10 * MIB),
        (10 * MIB + 1, 12 * MIB),
        (12 * MIB, 12 * MIB),
        (101 * MIB, 102 * MIB),
    ],
)
def test_segment_of_one_tensor(size: int, reserved: int) -> None:
    allocator = CachingAllocator()
    block = allocator.allocate(size)
    assert allocator.reserved == reserved
    assert block[0] >= size


def test_small_tensors_share_segments() -> None:
    allocator = CachingAllocator()
    for _ in range(4096):
        allocator.allocate(512)
    assert allocator.reserved == 2 * MIB
    allocator.allocate(1)
    assert allocator.reserved == 4 * MIB


def test_six_tensors_of_three_mebibytes_share_a_segment() -> None:
    allocator = CachingAllocator()
    for _ in range(6):
        allocator.allocate(3 * MIB)
    assert allocator.reserved == 20 * MIB
    allocator.allocate(3 * MIB)  # 2 MiB are left, and lost
    assert allocator.reserved == 40 * MIB


def test_what_is_left_of_a_large_segment_serves_large_tensors_only() -> None:
    allocator = CachingAllocator()
    allocator.allocate(15 * MIB - 1)  # in a segment of 16 MiB; a rest of 1 MiB is not split off
    allocator.allocate(512)
    assert allocator.reserved == 16 * MIB + 2 * MIB


def test_released_memory_is_used_again() -> None:
    allocator = CachingAllocator()
    block = allocator.allocate(50 * MIB)
    allocator.release(block)
    allocator.allocate(30 * MIB)
    allocator.allocate(19 * MIB)
    assert allocator.reserved == 50 * MIB


def test_the_smallest_block_that_fits_is_taken() -> None:
    allocator = CachingAllocator()
    large, small = allocator.allocate(60 * MIB), allocator.allocate(40 * MIB)
    allocator.release(large)
    allocator.release(small)
    allocator.allocate(40 * MIB)
    allocator.allocate(60 * MIB)
    assert allocator.reserved == 100 * MIB


def test_neighbors_are_joined_and_segments_are_not() -> None:
    allocator = CachingAllocator()
    blocks = [allocator.allocate(4 * MIB) for _ in range(10)]  # five in each of two segments
    assert allocator.reserved == 40 * MIB
    for block in blocks[1::2] + blocks[::2]:
        allocator.release(block)
    allocator.allocate(20 * MIB)
    allocator.allocate(20 * MIB)
    assert allocator.reserved == 40 * MIB
    allocator.allocate(2 * MIB)
    assert allocator.reserved == 60 * MIB


@given(st.lists(st.tuples(st.integers(1, 64 * MIB), st.booleans()), max_size=40))
def test_blocks_neither_overlap_nor_exceed_what_is_reserved(
    requests: list[tuple[int, bool]],
) -> None:
    allocator = CachingAllocator()
    held: list[tuple[int, int, int]] = []
    for size, release in requests:
        held.append(allocator.allocate(size))
        assert held[-1][0] >= size
        if release and len(held) > 1:
            allocator.release(held.pop(0))
    spans: dict[int, list[tuple[int, int]]] = {}
    for size, segment, offset in held:
        spans.setdefault(segment, []).append((offset, offset + size))
    for parts in spans.values():
        parts.sort()
        assert all(one[1] <= other[0] for one, other in pairwise(parts))
    assert sum(block[0] for block in held) <= allocator.reserved
    for block in held:
        allocator.release(block)
    reserved = allocator.reserved
    for size, _ in requests[:1]:
        allocator.allocate(size)
        assert allocator.reserved == reserved, "an empty cache has room for what it held"


def test_a_copy_goes_on_by_itself() -> None:
    one = CachingAllocator()
    one.allocate(MIB // 2)
    other = one.copy()
    for _ in range(6):
        other.allocate(3 * MIB)
    assert other.reserved == one.reserved + 20 * MIB
    assert other.allocate(MIB // 2) == one.allocate(MIB // 2)
    one.allocate(3 * MIB)
    assert one.reserved == other.reserved
