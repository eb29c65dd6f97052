"""Objective: what a good placement is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from estimators.base import Estimate
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from twin.workload.adapter import Adapter

__all__ = ["Objective", "Relaxation", "gpus_are_free", "is_continuous", "keeps_limits"]


class Relaxation(Protocol):
    """What can be said about every placement of a problem before one is known."""

    @property
    def min_gpus(self) -> int:
        """Number of GPUs that no admissible placement can do with less of, at least 1."""
        ...

    def least(self, weights: Mapping[str, float]) -> float:
        """Sum of weights of the GPUs that no admissible placement can do with less of.

        Parameters
        ----------
        weights : mapping of str to float
            What a GPU of each type counts, by the name of its profile; not negative.
        """
        ...

    def idle(self, adapter: Adapter) -> list[Estimate]:
        """Prediction for an adapter alone at almost no traffic, for each GPU type that serves it.

        No GPU answers the adapter's requests faster than the best of these.
        """
        ...

    def shared(
        self, figure: Callable[[Estimate], float], *, per_request: bool, fewest: int = 1
    ) -> float:
        """Sum of a figure over the GPUs that no admissible placement can do with less of.

        Whichever adapters they serve: it rests on what GPUs do with some of all traffic. 0 where
        that tells nothing.

        Parameters
        ----------
        figure : callable
            Of a GPU, by its prediction; not negative. It must not fall where its traffic rises.
        per_request : bool
            Whether a GPU's figure counts by its share of all requests.
        fewest : int
            GPUs of the placements in question, at least.
        """
        ...


class Objective(Protocol):
    """A cost that is minimized.

    The value of a placement is the sum of its GPUs' costs, taken for each component; values are
    compared lexicographically. To use one of your own, write a class with these three methods and
    name it as ``objective._target_``; every strategy works with it.

    Strategies take adapters of equal rank, rate, lengths, arrivals and base model for
    interchangeable. An objective that looks at anything else of an adapter, such as its name, has
    a fourth method ``distinguish(problem, adapter)``: only adapters for which it returns equal
    values (hashable) are interchangeable.

    Strategies take it that a GPU more costs something. An objective for which that is not so, as
    a GPU costs only as much as it has traffic (such as latency, of which every further GPU takes
    a part), has an attribute ``gpus_are_free`` that is true: without a limit on the GPUs, their
    number counts before the value then. Its first component has to be next to nothing for a GPU
    with next to no traffic.

    An objective whose first component changes a little with every adapter that goes elsewhere
    (such as latency or power, and not a number of GPUs or their rent) has an attribute
    ``is_continuous`` that is true: in replanning a move has a price then, since values never tie.

    An objective that may only use GPUs within the latency limits of the problem has an attribute
    ``keeps_limits`` that is true.
    """

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        """Cost of one GPU; always the same number of components, the most important first.

        Parameters
        ----------
        gpu : PlannedGpu
            What the GPU serves, and how.
        estimate : Estimate
            What it is predicted to do.
        """
        ...

    def admissible(self, estimate: Estimate) -> bool:
        """Whether a GPU may be used that neither starves nor lacks memory."""
        ...

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        """A value that no admissible placement can go below; minus infinity where unknown."""
        ...


def gpus_are_free(objective: Objective) -> bool:
    """Whether a GPU costs only as much as it has traffic, in the first component.

    What the objective says of itself as ``gpus_are_free``; false where it says nothing.
    """
    return bool(getattr(objective, "gpus_are_free", False))


def keeps_limits(objective: Objective) -> bool:
    """Whether only GPUs may be used that keep the latency limits of the problem.

    What the objective says of itself as ``keeps_limits``; false where it says nothing.
    """
    return bool(getattr(objective, "keeps_limits", False))


def is_continuous(objective: Objective) -> bool:
    """Whether the first component changes a little with every adapter that goes elsewhere.

    What the objective says of itself as ``is_continuous``; false where it says nothing.
    """
    return bool(getattr(objective, "is_continuous", False))
