"""What PyTorch reserves on the GPU for a sequence of tensors.

PyTorch does not hand tensors to CUDA one by one: its caching allocator reserves segments and cuts
tensors out of them. For the many equal buffers of adapter slots the space lost in segments reaches
hundreds of mebibytes and jumps with the size, so it has to be followed tensor by tensor.

Source: the constants and rules of ``CUDACachingAllocator.cpp`` (PyTorch 2.x) with its default
settings: sizes in multiples of 512 B; tensors up to 1 MiB from 2 MiB segments; below 10 MiB from
20 MiB segments; larger ones in a segment of their own, a multiple of 2 MiB; best fit among free
blocks; a block is split if the rest is worth keeping.
"""

from __future__ import annotations

from bisect import bisect_left, insort

__all__ = ["MIB", "CachingAllocator"]

MIB = 1 << 20
_ALIGNMENT = 512
_SMALL_TENSOR = MIB
_SMALL_SEGMENT = 2 * MIB
_LARGE_TENSOR = 10 * MIB
_LARGE_SEGMENT = 20 * MIB
_SEGMENT_MULTIPLE = 2 * MIB

Block = tuple[int, int, int]
"""Size in bytes, segment, offset in the segment; sorts as the allocator does."""


def _round_up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple


class CachingAllocator:
    """PyTorch's caching allocator, reduced to its bookkeeping.

    Attributes
    ----------
    reserved : int
        Bytes taken from the GPU.
    """

    def __init__(self) -> None:
        self.reserved = 0
        self._free: tuple[list[Block], list[Block]] = ([], [])  # small tensors, large tensors
        self._segments = 0

    def copy(self) -> CachingAllocator:
        """Another one in the same state."""
        result = CachingAllocator()
        result.reserved, result._segments = self.reserved, self._segments
        small, large = self._free
        result._free = small.copy(), large.copy()
        return result

    def allocate(self, size: int) -> Block:
        """Reserve room for a tensor.

        Parameters
        ----------
        size : int
            Bytes of the tensor.

        Returns
        -------
        Block
            The block that it got, to be handed to `release`.
        """
        size = max(_round_up(size, _ALIGNMENT), _ALIGNMENT)
        small = size <= _SMALL_TENSOR
        free = self._free[0 if small else 1]
        found = bisect_left(free, (size,))
        block = free.pop(found) if found < len(free) else self._new_segment(size)
        available, segment, offset = block
        rest = available - size
        if rest >= _ALIGNMENT if small else rest > _SMALL_TENSOR:
            insort(free, (rest, segment, offset + size))
            return size, segment, offset
        return block

    def release(self, block: Block) -> None:
        """Give a block back to the cache; neighbors in its segment that are free are joined."""
        size, segment, offset = block
        free = self._free[0 if self._is_small(segment) else 1]
        end = offset + size
        for neighbor in [
            other
            for other in free
            if other[1] == segment and (other[2] + other[0] == offset or other[2] == end)
        ]:
            free.remove(neighbor)
            offset = min(offset, neighbor[2])
            size += neighbor[0]
        insort(free, (size, segment, offset))

    def _new_segment(self, size: int) -> Block:
        if size <= _SMALL_TENSOR:
            segment_size = _SMALL_SEGMENT
        elif size < _LARGE_TENSOR:
            segment_size = _LARGE_SEGMENT
        else:
            segment_size = _round_up(size, _SEGMENT_MULTIPLE)
        self.reserved += segment_size
        self._segments += 1
        return segment_size, self._segments if size > _SMALL_TENSOR else -self._segments, 0

    @staticmethod
    def _is_small(segment: int) -> bool:
        return segment < 0
