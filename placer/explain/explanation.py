"""Explanation: what limits a placement, and what would make it smaller."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from placer.explain.freeing import Suggestion, find_suggestions
from placer.explain.spare import spare_load
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import Placement
from placer.problem.planned_gpu import EvaluatedGpu
from placer.verification.binding import explain
from placer.verification.judges import Judges

__all__ = ["Explanation", "GpuExplanation", "explain_placement"]


@dataclass(frozen=True, slots=True)
class GpuExplanation:
    """What limits one GPU.

    Parameters
    ----------
    name, profile : str
        Of the GPU.
    num_adapters : int
    offered_throughput : float
        Tokens/s that arrive, input and output together.
    binding : str
        What is used up where its traffic grows: ``"KV memory"``, ``"slots"``, ``"batch size"`` or
        ``"compute"``.
    headroom : float
        Traffic that can be added before it starves, relative to what it has; NaN where it starves
        now.
    num_gpus : int
        GPUs that its engine takes.
    """

    name: str
    profile: str
    num_adapters: int
    offered_throughput: float
    binding: str
    headroom: float
    num_gpus: int = 1

    @property
    def spare_throughput(self) -> float:
        """Tokens/s that can be added; 0 where it starves now."""
        return spare_load(self.offered_throughput, self.headroom)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What limits a placement.

    Parameters
    ----------
    gpus : tuple of GpuExplanation
        In the order of the placement.
    suggestions : tuple of Suggestion
        Changes of one adapter that would free a GPU.
    """

    gpus: tuple[GpuExplanation, ...]
    suggestions: tuple[Suggestion, ...]

    @property
    def tightest(self) -> GpuExplanation:
        """The GPU that starves first where all rates grow together."""
        return min(self.gpus, key=lambda gpu: -1 if math.isnan(gpu.headroom) else gpu.headroom)

    @property
    def binding(self) -> str:
        """What binds on the GPU that starves first."""
        return self.tightest.binding

    @property
    def headroom(self) -> float:
        """Traffic that can be added to all GPUs alike before one starves; NaN if one does now."""
        return self.tightest.headroom

    @property
    def spare_throughput(self) -> float:
        """Tokens/s that can be added to all GPUs, to each as much as it takes."""
        return math.fsum(gpu.spare_throughput for gpu in self.gpus)


def explain_placement(
    judges: Judges, placement: Placement, known: Sequence[GpuFigures] = ()
) -> Explanation:
    """Say what limits each GPU and the fleet, and which adapter stands in the way of a GPU less.

    Parameters
    ----------
    judges : Judges
        Of the problem that was solved; say which GPUs are admissible. See
        `placer.explain.judge.twin_judges`.
    placement : Placement
        With at least one GPU.
    known : sequence of GpuFigures
        Of the GPUs, from a result. What it says on binding and headroom is not determined again.

    Raises
    ------
    ValueError
        If there is no GPU.
    """
    if not placement.gpus:
        raise ValueError("There is no GPU to explain.")
    gpus = judges.strict.evaluate(placement.gpus)
    found = _known(known, len(gpus))
    unknown = [g for g, pair in enumerate(found) if not pair[0]]
    for g, pair in zip(unknown, explain(judges.quick, [gpus[g] for g in unknown]), strict=True):
        found[g] = pair
    explained = tuple(
        _explanation(name, gpu, binding, headroom)
        for name, gpu, (binding, headroom) in zip(placement.names, gpus, found, strict=True)
    )
    spare = [gpu.spare_throughput for gpu in explained]
    return Explanation(explained, tuple(find_suggestions(judges, placement.names, gpus, spare)))


def _known(figures: Sequence[GpuFigures], number: int) -> list[tuple[str, float]]:
    """Binding and headroom of each GPU; no binding where it is not known."""
    if len(figures) != number:
        return [("", math.nan)] * number
    return [(known.binding, known.headroom) for known in figures]


def _explanation(name: str, gpu: EvaluatedGpu, binding: str, headroom: float) -> GpuExplanation:
    candidate = gpu.candidate
    return GpuExplanation(
        name=name,
        profile=gpu.plan.profile_name,
        num_adapters=candidate.num_adapters,
        offered_throughput=candidate.token_rate,
        binding=binding,
        headroom=headroom,
        num_gpus=candidate.profile.gpus_per_engine,
    )
