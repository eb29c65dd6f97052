"""Groups of adapters with similar traffic, each with an adapter that stands for the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placer.problem.adapter_classes import AdapterClasses
from twin.workload.adapter import Adapter

__all__ = ["MAX_GROUPS", "TrafficGroups", "group_traffic"]

MAX_GROUPS = 6
"""Groups for each base model at most; traffic classes beyond that are clustered."""


_Key = tuple[bool, int]  # whether it is for the base model, and class of its traffic


@dataclass(frozen=True, slots=True)
class TrafficGroups:
    """Adapters by lengths and arrivals.

    Parameters
    ----------
    leaders : tuple of Adapter
        For each group, the adapter whose lengths and arrivals stand for all of its members.
    group : (n,) array of int
        Group of each adapter.
    factor : (n,) array
        Tokens of a request of each adapter, relative to its group's leader.
    exact : bool
        Whether all adapters of a group have equal traffic.
    """

    leaders: tuple[Adapter, ...]
    group: NDArray[np.int64]
    factor: NDArray[np.float64]
    exact: bool


def group_traffic(classes: AdapterClasses, adapters: Sequence[Adapter]) -> TrafficGroups:
    """Group adapters of equal traffic; of more classes than there may be groups, similar ones.

    Requests for base models are in groups of their own.

    Similar are those with near lengths and burstiness. The leader of a cluster is the adapter
    nearest to its mean.

    Parameters
    ----------
    classes : AdapterClasses
        Tells which adapters have equal traffic.
    adapters : sequence of Adapter
    """
    keys = [(a.is_base, classes.traffic_class(a.name)) for a in adapters]
    models: dict[tuple[str, bool], dict[_Key, Adapter]] = defaultdict(dict)
    for key, adapter in zip(keys, adapters, strict=True):
        models[adapter.base_model, adapter.is_base].setdefault(key, adapter)
    leaders: list[Adapter] = []
    group_of: dict[_Key, int] = {}
    for first in models.values():
        numbers, examples = list(first), list(first.values())
        for members in _clusters(examples):
            group_of.update((numbers[member], len(leaders)) for member in members)
            leaders.append(examples[members[0]])
    group = np.array([group_of[key] for key in keys])
    tokens = np.array([_tokens(adapter) for adapter in leaders])
    factor = np.array([_tokens(adapter) for adapter in adapters]) / tokens[group]
    return TrafficGroups(tuple(leaders), group, factor, len(leaders) == len(group_of))


def _tokens(adapter: Adapter) -> float:
    return adapter.lengths.prompt_mean + adapter.lengths.output_mean


def _clusters(examples: Sequence[Adapter]) -> list[list[int]]:
    """Positions of the members of each cluster, the one nearest to the mean first.

    Centers are chosen one after the other, each farthest from those before it (Gonzalez, 1985).
    """
    if len(examples) <= MAX_GROUPS:
        return [[index] for index in range(len(examples))]
    points = np.array(
        [
            (np.log(a.lengths.prompt_mean), np.log(a.lengths.output_mean), min(a.arrivals.cv, 8.0))
            for a in examples
        ]
    )
    distances = [_distances(points, points.mean(axis=0))]
    while len(distances) <= MAX_GROUPS:
        nearest = np.min(distances[1:] or distances, axis=0)
        distances.append(_distances(points, points[np.argmax(nearest)]))
    labels = np.argmin(distances[1:], axis=0)
    clusters = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        to_mean = _distances(points[members], points[members].mean(axis=0))
        clusters.append(members[np.argsort(to_mean, kind="stable")].tolist())
    return clusters


def _distances(points: NDArray[np.float64], center: NDArray[np.float64]) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = ((points - center) ** 2).sum(axis=1)
    return distances
