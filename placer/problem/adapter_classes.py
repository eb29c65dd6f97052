"""Classes of interchangeable adapters."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

__all__ = ["AdapterClasses"]


class AdapterClasses:
    """Numbers the classes of adapters that differ in nothing but their names.

    Parameters
    ----------
    workload : Workload
        Classes are numbered in the order in which they first appear.
    marks : callable, optional
        What else makes an adapter a class of its own: rules that name it, or an objective that
        looks at it.
    """

    def __init__(
        self, workload: Workload, marks: Callable[[Adapter], Hashable] | None = None
    ) -> None:
        classes: dict[Hashable, int] = {}
        contents: dict[Hashable, int] = {}
        traffics: dict[Hashable, int] = {}
        self._class: dict[str, int] = {}
        self._content: dict[str, int] = {}
        self._traffic: dict[str, int] = {}
        # Lengths may hold whole tables: each object is hashed once, not once for every adapter.
        values: dict[object, int] = {}
        objects: dict[int, int] = {}

        def value_number(value: object) -> int:
            if id(value) not in objects:
                objects[id(value)] = values.setdefault(value, len(values))
            return objects[id(value)]

        for a in workload.adapters:
            traffic = (value_number(a.lengths), value_number(a.arrivals), a.base_model)
            self._traffic[a.name] = traffics.setdefault(traffic, len(traffics))
            content = (self._traffic[a.name], a.rank, a.rate)
            self._content[a.name] = contents.setdefault(content, len(contents))
            key = (self._content[a.name], marks and marks(a))
            self._class[a.name] = classes.setdefault(key, len(classes))
        self._count = len(classes)

    def __len__(self) -> int:
        return self._count

    def number(self, adapter: Adapter | str) -> int:
        """Number of an adapter's class, from 0: its content and its marks."""
        return self._class[adapter if isinstance(adapter, str) else adapter.name]

    def content(self, name: str) -> int:
        """Number of rank, rate, lengths, arrivals and base model, from 0."""
        return self._content[name]

    def traffic(self, adapter: Adapter) -> int:
        """Number of what it shares with others but for rank and rate, from 0."""
        return self._traffic[adapter.name]
