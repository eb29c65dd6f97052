"""Classes of interchangeable adapters."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from placer.problem.numbering import Numbering
from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

__all__ = ["AdapterClasses"]


class AdapterClasses:
    """Numbers the classes of adapters, of three kinds, each finer than the one before.

    Parameters
    ----------
    workload : Workload
        Classes are numbered from 0, in the order in which they first appear.
    distinguish : callable, optional
        What else makes an adapter a class of its own: rules that name it, or an objective that
        looks at it.
    """

    def __init__(
        self, workload: Workload, distinguish: Callable[[Adapter], Hashable] | None = None
    ) -> None:
        values = Numbering()
        traffics: dict[tuple[int, int, str], int] = {}
        estimates: dict[tuple[int, int, float], int] = {}
        owns: dict[tuple[int, Hashable], int] = {}
        self._classes: dict[str, tuple[int, int, int]] = {}
        for a in workload.adapters:
            traffic = values(a.lengths), values(a.arrivals), a.base_model
            of_traffic = traffics.setdefault(traffic, len(traffics))
            estimated = estimates.setdefault((of_traffic, a.rank, a.rate), len(estimates))
            own = estimated, distinguish and distinguish(a)
            self._classes[a.name] = of_traffic, estimated, owns.setdefault(own, len(owns))
        self._count = len(owns)

    def __len__(self) -> int:
        return self._count

    def traffic_class(self, name: str) -> int:
        """Class of adapters of equal lengths, arrivals and base model."""
        return self._classes[name][0]

    def estimated_class(self, name: str) -> int:
        """Class of adapters of equal traffic, rank and rate: estimators do not tell them apart."""
        return self._classes[name][1]

    def adapter_class(self, name: str) -> int:
        """Class of adapters that differ in nothing but their names, and so are interchangeable."""
        return self._classes[name][2]
