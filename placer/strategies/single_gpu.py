"""Everything on one GPU: what that serves at most."""

from __future__ import annotations

from dataclasses import dataclass

from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search
from placer.strategies.search_strategy import SearchStrategy
from twin.files.errors import InputError

__all__ = ["SingleGpu"]


@dataclass(frozen=True, slots=True)
class SingleGpu(SearchStrategy):
    """All adapters on one GPU, whether it serves them or not.

    What a GPU serves of growing traffic, by its slots, is how arXiv 2602.24044 shows what caching
    adapters costs. Rules are not looked at; the result says whether the GPU is admissible.

    Parameters
    ----------
    max_loras : int or None
        Slots of the engine. None for the number with which it serves the most tokens/s, of all
        that are worth trying; of equal ones the larger.

    Raises
    ------
    InputError
        If it is below 1.
    """

    max_loras: int | None = None

    def __post_init__(self) -> None:
        if self.max_loras is not None and self.max_loras < 1:
            raise InputError("strategy.max_loras", f"{self.max_loras} is below 1", "1 or more")

    def search(self, search: Search) -> None:
        evaluator, problem = search.evaluator, search.problem
        refused = [len(problem.refusals(t, problem.workload.adapters)) for t in problem.fleet]
        gpu_type = problem.fleet[refused.index(min(refused))]
        accepted = [a for a in problem.workload.adapters if not problem.refusal(gpu_type, a)]
        shares = {adapter.name: 1.0 for adapter in accepted}
        options = evaluator.max_loras_options(gpu_type, list(shares))
        if self.max_loras is not None or not options:
            options = (self.max_loras or 1,)
        gpus = evaluator.evaluate([evaluator.plan(gpu_type, slots, shares) for slots in options])
        best = max(gpus, key=_served)
        if best.admissible:
            search.offer([best])
        else:
            search.publish([best])


def _served(gpu: EvaluatedGpu) -> tuple[float, int]:
    return gpu.estimate.served_throughput, gpu.plan.config.max_loras
