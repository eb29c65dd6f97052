"""Packing: finds the engine configuration of a GPU, and how many items it can hold."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, compatible, placeable, shares_of
from placer.gpu.lockstep import Asking, run_alone, run_together
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem

__all__ = ["Packer"]

_STRIDE = 16  # part of the first number tried by which the second one differs


class Packer:
    """Packs items on one GPU at a time.

    Parameters
    ----------
    evaluator : Evaluator
        Says which GPUs are admissible.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._hint: dict[str, int] = {}

    @property
    def problem(self) -> Problem:
        """The problem that is solved."""
        return self._evaluator.problem

    def fit(self, gpu_type: GpuType, items: Sequence[Item]) -> EvaluatedGpu | None:
        """An engine that serves all items, or None where none was found or the rules forbid it.

        Served throughput rises with ``max_loras`` while adapters wait for slots, and falls when
        slots leave too little KV memory. So the search climbs from the value that was right for
        the last GPU, and ends where both neighbors serve less.
        """
        return run_alone(self._evaluator, self._fit(gpu_type, items))

    def fit_all(
        self, contents: Sequence[tuple[GpuType, Sequence[Item]]]
    ) -> list[EvaluatedGpu | None]:
        """`fit` for many GPUs at once."""
        searches = [self._fit(gpu_type, items) for gpu_type, items in contents]
        return run_together(self._evaluator, searches)

    def refine(self, gpu: EvaluatedGpu) -> EvaluatedGpu:
        """The same adapters with the number of slots that is best for the objective.

        Among equal costs, the one that answers first, then the one with more slots. Step by step
        from the present number, but those of running engines are always tried: an engine that can
        go on as it is may be far away.
        """
        return run_alone(self._evaluator, self._refine(gpu))

    def refine_all(self, gpus: Sequence[EvaluatedGpu]) -> list[EvaluatedGpu]:
        """`refine` for many GPUs at once."""
        return run_together(self._evaluator, [self._refine(gpu) for gpu in gpus])

    def longest_prefix(
        self, gpu_type: GpuType, base: Sequence[Item], items: Sequence[Item], guess: int = 8
    ) -> tuple[int, EvaluatedGpu | None]:
        """How many of the next items fit on a GPU beside what it holds.

        In growing steps away from the first number tried, then by halving: items are taken to fit
        when more of them do.

        Parameters
        ----------
        gpu_type : GpuType
        base : sequence of Item
            What the GPU holds already.
        items : sequence of Item
            What is to be added, in order.
        guess : int
            Number of items to try first.

        Returns
        -------
        int
            Number of items that fit.
        EvaluatedGpu or None
            The GPU with them; None where none fits.
        """
        return run_alone(self._evaluator, self._longest_prefix(gpu_type, base, items, guess))

    def longest_prefixes(
        self, tasks: Sequence[tuple[GpuType, Sequence[Item], Sequence[Item], int]]
    ) -> list[tuple[int, EvaluatedGpu | None]]:
        """`longest_prefix` for many GPUs at once."""
        return run_together(self._evaluator, [self._longest_prefix(*task) for task in tasks])

    def _fit(self, gpu_type: GpuType, items: Sequence[Item]) -> Asking[EvaluatedGpu | None]:
        if len(placeable(self.problem, gpu_type, items)) < len(items):
            return None
        shares = shares_of(items)
        options = self._evaluator.max_loras_options(gpu_type, list(shares))
        if not options:
            return None
        start = self._start(gpu_type, options, self._evaluator.max_lora_rank(list(shares)))
        seen: dict[int, EvaluatedGpu] = {}
        wanted = [start]
        while wanted:
            answers = yield [self._evaluator.plan(gpu_type, options[p], shares) for p in wanted]
            seen.update(zip(wanted, answers, strict=True))
            for p in wanted:
                if seen[p].admissible:
                    self._hint[gpu_type.profile.name] = options[p]
                    return seen[p]
            best = max(seen, key=lambda p: (seen[p].estimate.served_ratio, p))
            wanted = [p for p in _neighbors(best, options) if p not in seen]
        return None

    def _refine(self, gpu: EvaluatedGpu) -> Asking[EvaluatedGpu]:
        gpu_type = gpu.gpu_type
        shares = dict(gpu.plan.shares)
        options = self._evaluator.max_loras_options(gpu_type, list(shares))
        position = options.index(gpu.plan.config.max_loras)
        best = gpu
        running = self.problem.running
        kept = running.max_loras(gpu.plan.profile_name) if running is not None else set()
        while True:
            wanted = {options[p] for p in _neighbors(position, options)} | kept
            answers = yield [
                self._evaluator.plan(gpu_type, option, shares)
                for option in options
                if option in wanted
            ]
            better = min([best, *(a for a in answers if a.admissible)], key=_preference)
            if better is best:
                return best
            best = better
            position = options.index(best.plan.config.max_loras)

    def _longest_prefix(
        self, gpu_type: GpuType, base: Sequence[Item], items: Sequence[Item], guess: int
    ) -> Asking[tuple[int, EvaluatedGpu | None]]:
        low, high = 0, len(items) + 1  # low fits, high does not
        best = None
        number = max(1, min(guess, len(items)))
        stride = max(1, number // _STRIDE)
        while high - low > 1:
            gpu = yield from self._fit(gpu_type, [*base, *items[:number]])
            if gpu is None:
                high = number
            else:
                low, best = number, gpu
            if high > len(items):
                number = low + stride
            elif low == 0:
                number = high - stride
            else:
                number = (low + high) // 2
            number = min(max(number, low + 1), high - 1)
            stride *= 2
        return low, best

    def fill(
        self, gpu_type: GpuType, items: Sequence[Item], guess: int = 8, max_misses: int = 16
    ) -> tuple[list[Item], EvaluatedGpu | None]:
        """Fill an empty GPU with all items in order that fit beside those before them.

        Items that the rules keep from those before them are not taken.

        Parameters
        ----------
        gpu_type : GpuType
        items : sequence of Item
        guess : int
            Number of items to try first.
        max_misses : int
            The GPU counts as full after this many items in a row that did not fit.

        Returns
        -------
        list of Item
            What it holds.
        EvaluatedGpu or None
            The GPU; None where no item fits.
        """
        held: list[Item] = []
        best: EvaluatedGpu | None = None
        left = list(compatible(self.problem, items))
        misses = 0
        while left and misses < max_misses:
            count, gpu = self.longest_prefix(gpu_type, held, left, guess)
            if gpu is not None:
                held += left[:count]
                best = gpu
                misses = 0
            left = left[count:]
            if left:
                misses += 1
                missed = left[0]
                left = [item for item in left[1:] if not self.needs_more(item, missed, held)]
            guess = 1
        return held, best

    def needs_more(self, item: Item, missed: Item, held: Sequence[Item]) -> bool:
        """Whether an item does not fit where another one did not: of equal traffic, and no less.

        A rank matters as far as it makes ``max_lora_rank`` larger than what a GPU holds already.
        """
        traffic = self._evaluator.classes.traffic
        present = max((other.rank for other in held), default=0)
        return (
            len(item.adapters) == len(missed.adapters) == 1
            and item.rate >= missed.rate
            and max(present, item.rank) >= max(present, missed.rank)
            and traffic(item.adapters[0]) == traffic(missed.adapters[0])
        )

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
    return gpu.cost, gpu.estimate.ttft_mean, -gpu.plan.config.max_loras
