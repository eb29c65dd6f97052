"""Shrinking: does with one GPU less, places what has no place, or makes GPUs equally full."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from placer.bounds.weight_table import WeightTable
from placer.gpu.items import Item, items_of, missing_items
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.assignment import Assignment
from placer.search.emptying import empty_gpus
from placer.search.search import Search

__all__ = ["Shrinking"]

_VICTIMS = 4  # GPUs that are tried to be emptied
_STEPS = 400  # moves and swaps to relieve the others
_CORRECTIONS = 6  # times that the estimator may reject some of them
_FULL = 0.99  # utilization that is aimed at
_HOPELESS = 1.06  # utilization that is not worth an estimate
_PENALTY = 1.03  # of a GPU that was rejected, on its utilization
_MANY = 64  # GPUs, of more than which moves and swaps would take too long


class Shrinking:
    """Empties the least used GPU by putting what it holds on the others.

    These are relieved by moves and swaps; where there are many, what they hold stays there
    (`placer.search.emptying`).

    Parameters
    ----------
    search : Search
        Its incumbent is improved.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._packer = Packer(search.evaluator)
        self._gpus = list(search.gpus)
        self._contents = [items_of(search.evaluator, gpu.plan) for gpu in self._gpus]
        self._homeless = missing_items(search.items(), self._gpus)

    def run(self) -> bool:
        """Whether the incumbent was improved.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        search, everywhere = self._search, range(len(self._gpus))
        if len(self._gpus) > _MANY:
            return empty_gpus(search)
        if self._homeless:
            return self._rehouse(everywhere, self._homeless, _FULL)
        used = np.array([search.envelope.utilization(gpu) for gpu in self._gpus])
        for victim in np.argsort(used, kind="stable")[:_VICTIMS].tolist():
            others = [g for g in everywhere if g != victim]
            if others and self._rehouse(others, self._contents[victim], _FULL):
                return True
        return False

    def balance(self) -> bool:
        """Make GPUs equally full by measured weights; whether the incumbent was improved.

        Of equal value is what is less likely to starve.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        if self._homeless or not 2 <= len(self._gpus) <= _MANY:
            return False
        return self._rehouse(range(len(self._gpus)), (), 0.0)

    def _rehouse(self, kept: Sequence[int], homeless: Sequence[Item], limit: float) -> bool:
        """Put items on GPUs beside what these hold, and move and swap towards a utilization.

        Whether that was an improvement. What the estimator rejects is relieved again.
        """
        search, packer = self._search, self._packer
        types = [self._gpus[g].gpu_type for g in kept]
        items = [*(item for g in kept for item in self._contents[g]), *homeless]
        state = self._assignment(kept, items)
        found: dict[tuple[str, tuple[int, ...]], EvaluatedGpu | None] = {}
        for g, gpu_type, content in zip(kept, types, state.contents(), strict=True):
            found[gpu_type.profile.name, tuple(content.tolist())] = self._gpus[g]
        if not state.put_all():
            return False
        for _ in range(_CORRECTIONS):
            state.relieve(limit, _STEPS)
            used = state.utilizations()
            if used.max() > _HOPELESS:
                return False
            keys = [
                (gpu_type.profile.name, tuple(content.tolist()))
                for gpu_type, content in zip(types, state.contents(), strict=True)
            ]
            new = [g for g, key in enumerate(keys) if key[1] and key not in found]
            fits = packer.fit_all([(types[g], [items[i] for i in keys[g][1]]) for g in new])
            found.update(zip((keys[g] for g in new), fits, strict=True))
            plan = [gpu for key in keys if key[1] and (gpu := found[key]) is not None]
            if len(plan) == sum(bool(content) for _, content in keys):
                improved = search.offer(plan)
                return search.offer(packer.refine_all(plan)) or improved
            for g, key in enumerate(keys):
                if key[1] and found[key] is None:
                    state.bias[g] *= _PENALTY * max(1.0, _FULL / used[g])
        return False

    def _assignment(self, kept: Sequence[int], items: Sequence[Item]) -> Assignment:
        """GPUs with what they hold; further items are on none of them yet."""
        owner = np.full(len(items), -1)
        sizes = [len(self._contents[g]) for g in kept]
        owner[: sum(sizes)] = np.repeat(np.arange(len(kept)), sizes)
        names = [self._gpus[g].plan.profile_name for g in kept]
        table = WeightTable(self._search.envelope, items)
        state = Assignment(self._search.problem, table, names, owner)
        # What the estimator has accepted is not too full, whatever the table says.
        state.bias = np.minimum(1.0, _FULL / np.maximum(state.utilizations(), 1e-9))
        return state
