"""Packing: finds the engine configuration of a GPU."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, placeable, shares_of
from placer.gpu.lockstep import Asking, run_alone, run_together
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Packer"]


class Packer:
    """Finds engines for what GPUs are to hold.

    Parameters
    ----------
    evaluator : Evaluator
        Says which GPUs are admissible.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._hint: dict[str, int] = {}

    def fit(self, gpu_type: GpuType, items: Sequence[Item]) -> EvaluatedGpu | None:
        """An engine that serves all items, or None where none was found or the rules forbid it.

        Served throughput rises with ``max_loras`` while adapters wait for slots, and falls when
        slots leave too little KV memory. So the search climbs from the value that was right for
        the last GPU, and ends where both neighbors serve less.
        """
        return run_alone(self.evaluator, self.fitting(gpu_type, items))

    def fit_all(
        self, contents: Sequence[tuple[GpuType, Sequence[Item]]]
    ) -> list[EvaluatedGpu | None]:
        """`fit` for many GPUs at once."""
        searches = [self.fitting(gpu_type, items) for gpu_type, items in contents]
        return run_together(self.evaluator, searches)

    def refine(self, gpu: EvaluatedGpu) -> EvaluatedGpu:
        """The same adapters with the number of slots that is best for the objective.

        Among equal costs, the one that answers first, then the one with more slots. Step by step
        from the present number, but those of running engines are always tried: an engine that can
        go on as it is may be far away.
        """
        return run_alone(self.evaluator, self._refine(gpu))

    def refine_all(self, gpus: Sequence[EvaluatedGpu]) -> list[EvaluatedGpu]:
        """`refine` for many GPUs at once."""
        return run_together(self.evaluator, [self._refine(gpu) for gpu in gpus])

    def fitting(self, gpu_type: GpuType, items: Sequence[Item]) -> Asking[EvaluatedGpu | None]:
        """`fit` as a search of its own."""
        if len(placeable(self.evaluator.problem, gpu_type, items)) < len(items):
            return None
        shares = shares_of(items)
        options = self.evaluator.max_loras_options(gpu_type, list(shares))
        if not options:
            return None
        start = self._start(gpu_type, options, self.evaluator.max_lora_rank(list(shares)))
        seen: dict[int, EvaluatedGpu] = {}
        wanted = [start]
        while wanted:
            answers = yield [self.evaluator.plan(gpu_type, options[p], shares) for p in wanted]
            seen.update(zip(wanted, answers, strict=True))
            for p in wanted:
                if seen[p].admissible:
                    if options[p]:
                        self._hint[gpu_type.profile.name] = options[p]
                    return seen[p]
            best = max(seen, key=lambda p: (seen[p].estimate.served_ratio, p))
            wanted = [p for p in _neighbors(best, options) if p not in seen]
        return None

    def _refine(self, gpu: EvaluatedGpu) -> Asking[EvaluatedGpu]:
        gpu_type = gpu.gpu_type
        shares = dict(gpu.plan.shares)
        options = self.evaluator.max_loras_options(gpu_type, list(shares))
        if not options or gpu.plan.config.max_loras not in options:
            return gpu  # an engine that goes on, with slots although it serves the base model only
        position = options.index(gpu.plan.config.max_loras)
        best = gpu
        running = self.evaluator.problem.running
        kept = running.max_loras(gpu.plan.profile_name) if running is not None else set()
        while True:
            wanted = {options[p] for p in _neighbors(position, options)} | kept
            answers = yield [
                self.evaluator.plan(gpu_type, option, shares)
                for option in options
                if option in wanted
            ]
            better = min([best, *(a for a in answers if a.admissible)], key=_preference)
            if better is best:
                return best
            best = better
            position = options.index(best.plan.config.max_loras)

    def _start(self, gpu_type: GpuType, options: Sequence[int], rank: int) -> int:
        """Where to start: the last GPU's slots, or as many as leave half of the KV memory."""
        profile = gpu_type.profile
        wanted = self._hint.get(profile.name)
        if wanted is not None:
            return max([p for p, option in enumerate(options) if option <= wanted], default=0)
        most = profile.kv_capacity(options[0], rank)
        roomy = [
            p for p, option in enumerate(options) if profile.kv_capacity(option, rank) >= most / 2
        ]
        return max(roomy, default=0)


def _neighbors(position: int, options: Sequence[int]) -> list[int]:
    return [p for p in (position - 1, position + 1) if 0 <= p < len(options)]


def _preference(gpu: EvaluatedGpu) -> tuple[tuple[float, ...], float, int]:
    return gpu.cost, gpu.response_time, -gpu.plan.config.max_loras
