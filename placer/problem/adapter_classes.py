"""Classes of interchangeable adapters."""

from __future__ import annotations

from collections.abc import Callable, Hashable

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

    Attributes
    ----------
    finer : bool
        Whether adapters that estimators do not tell apart may be in different classes.
    """

    def __init__(
        self, workload: Workload, distinguish: Callable[[Adapter], Hashable] | None = None
    ) -> None:
        self._classes = dict(zip(workload.by_name, workload.classes, strict=True))
        self.finer = distinguish is not None
        if distinguish is None:
            self._own = {name: number for name, (_, number) in self._classes.items()}
            self._count = 1 + max(self._own.values())
            return
        numbers: dict[tuple[int, Hashable], int] = {}
        self._own = {}
        for adapter, (_, estimated) in zip(workload.adapters, workload.classes, strict=True):
            own = estimated, distinguish(adapter)
            self._own[adapter.name] = numbers.setdefault(own, len(numbers))
        self._count = len(numbers)

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
        return self._own[name]
