"""GPU pools: which GPUs of a fleet there are, and which of them are shared by several types.

Where engines take several GPUs each, such a group counts as one here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from placer.problem.fleet import GpuType
from placer.problem.placement import gpu_name
from twin.files.errors import InputError

__all__ = ["GpuPools"]


@dataclass(frozen=True, slots=True)
class GpuPools:
    """The GPUs of a fleet, without those that are left out.

    Parameters
    ----------
    fleet : tuple of GpuType
    left_out : frozenset of str
        Names of GPUs that must not be used.
    """

    fleet: tuple[GpuType, ...]
    left_out: frozenset[str] = frozenset()

    def check(self) -> None:
        """Refuse contradictions between GPU types.

        Raises
        ------
        InputError
            If types of a pool differ in their GPUs, or a GPU has two types without a pool.
        """
        for pool in self._pools():
            for other in pool[1:]:
                if pool[0].profile.gpus_per_engine != other.profile.gpus_per_engine:
                    raise InputError(
                        f"pool {other.pool}",
                        f"engines of {pool[0].profile.name} and {other.profile.name} take "
                        "different numbers of GPUs",
                        "give each GPUs of its own",
                    )
                if (pool[0].count, pool[0].names) != (other.count, other.names):
                    raise InputError(
                        f"pool {other.pool}",
                        f"{pool[0].profile.name} and {other.profile.name} differ in their GPUs",
                        "give all GPU types of a pool the same count and names",
                    )
        for name, number in Counter(n for pool in self._pools() for n in pool[0].names).items():
            if number > 1:
                raise InputError("fleet", f"GPU {name!r} is of two types", "put them in a pool")

    @property
    def limits(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """Profiles that share GPUs, and how many GPUs there are; of those that are limited."""
        return tuple(
            (tuple(gpu_type.profile.name for gpu_type in pool), count)
            for pool in self._pools()
            if (count := self._count(pool)) is not None
        )

    @property
    def total(self) -> int | None:
        """Number of all GPUs; None where there are as many as needed."""
        limits = self.limits
        if len(limits) < len(self._pools()):
            return None
        return sum(count for _, count in limits)

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of all GPUs, with those left out; None where any name may be.

        Raises
        ------
        InputError
            If it cannot be told which type a GPU is of.
        """
        pools = self._pools()
        if any(pool[0].engines is None for pool in pools):
            return None
        if len(pools) > 1 and not all(pool[0].names for pool in pools):
            raise InputError(
                "rules", "GPUs of several types are not told apart", "give them names in fleet"
            )
        return tuple(name for pool in pools for name in self.names_of(pool[0]))

    def names_of(self, gpu_type: GpuType) -> tuple[str, ...]:
        """Names of the GPUs of a type, with those left out; none where any name may be."""
        if gpu_type.names or gpu_type.engines is None or len(self._pools()) > 1:
            return gpu_type.names
        return tuple(gpu_name(index) for index in range(gpu_type.engines))

    def available(self, used: Iterable[str]) -> tuple[GpuType, ...]:
        """GPU types of which there is one more beside GPUs with these profiles."""
        numbers = Counter(used)
        full = {
            name
            for names, count in self.limits
            if sum(numbers[name] for name in names) >= count
            for name in names
        }
        return tuple(t for t in self.fleet if t.profile.name not in full)

    def _pools(self) -> list[list[GpuType]]:
        pools: dict[tuple[str, str], list[GpuType]] = {}
        for gpu_type in self.fleet:
            alone = "" if gpu_type.pool else gpu_type.profile.name
            pools.setdefault((gpu_type.pool, alone), []).append(gpu_type)
        return list(pools.values())

    def _count(self, pool: Sequence[GpuType]) -> int | None:
        """GPUs of a pool that may be used; None for as many as needed."""
        count = pool[0].engines
        if count is None or not self.left_out:
            return count
        return count - len(self.left_out.intersection(self.names_of(pool[0])))
