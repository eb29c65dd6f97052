"""Pareto fronts of two quantities that are both better when they are smaller."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["pareto_front"]


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Indices of the points that no other one is as good as in both and better in one.

    By the first quantity; of equal points all are on the front.
    """
    order = sorted(range(len(points)), key=lambda index: points[index])
    front: list[int] = []
    for index in order:
        last = points[front[-1]] if front else (0.0, float("inf"))
        if points[index][1] < last[1] or points[index] == last:
            front.append(index)
    return front
