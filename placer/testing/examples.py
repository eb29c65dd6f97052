"""Problems to try strategies and objectives on."""

from __future__ import annotations

from collections.abc import Sequence

from estimators.starvation import StarvationRule
from estimators.testing import example_adapters, example_base, example_profile
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from twin.workload.workload import Workload

__all__ = ["example_problem"]

_IN_THE_WINDOW = StarvationRule(sustained=False)


def example_problem(
    number: int = 24,
    rates: tuple[float, ...] = (8.0, 4.0, 2.0, 1.0),
    max_gpus: int | None = None,
    counts: Sequence[int | None] = (None,),
    starvation: StarvationRule = _IN_THE_WINDOW,
    base_rate: float = 0.0,
) -> Problem:
    """Adapters on imaginary GPUs that serve about 9,000 tokens/s each.

    Parameters
    ----------
    number : int
        Adapters; `estimators.testing.example_adapters`.
    rates : tuple of float
        Their rates in turn, requests/s.
    max_gpus : int or None
    counts : sequence of (int or None)
        GPUs of each type; the second type has less memory.
    starvation : StarvationRule
        By default a GPU may be offered a ninth more than it serves.
    base_rate : float
        Requests/s for the base model beside them, from an entry called ``base``.
    """
    fleet = tuple(
        GpuType(example_profile(f"example-{i}", memory_gib=64 - 24 * i), count)
        for i, count in enumerate(counts)
    )
    base = (example_base(base_rate),) if base_rate else ()
    workload = Workload((*example_adapters(number, rates), *base))
    return Problem(workload, fleet, max_gpus, starvation)
