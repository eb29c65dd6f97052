"""Adapters by base model: a GPU serves one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from twin.workload.adapter import Adapter

__all__ = ["adapters_by_model"]


def adapters_by_model(adapters: Sequence[Adapter]) -> dict[str, list[Adapter]]:
    """Adapters of each base model.

    Where there are several, without those of no named one: these may go where there is room.
    """
    models: dict[str, list[Adapter]] = defaultdict(list)
    for adapter in adapters:
        models[adapter.base_model].append(adapter)
    if len(models) > 1:
        models.pop("", None)
    return dict(models)
