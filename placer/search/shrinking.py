"""Shrinking: does with one GPU less, places what has no place, or makes GPUs equally full."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placer.bounds.weight_table import WeightTable
from placer.gpu.items import Item, items_of, missing_items
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.assignment import Assignment
from placer.search.emptying import empty_gpus
from placer.search.search import Search

__all__ = ["Shrinking"]

_Key = tuple[str, tuple[int, ...]]

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
        evaluator = search.evaluator
        self._gpus = list(search.gpus)
        self._contents = [items_of(evaluator, gpu.plan) for gpu in self._gpus]
        self._homeless = missing_items(evaluator, self._gpus)

    def run(self) -> bool:
        """Whether the incumbent was improved.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        search = self._search
        if len(self._gpus) > _MANY:
            return empty_gpus(search)
        if self._homeless:
            return self._rehouse(self._gpus, self._contents, self._homeless)
        utilizations = np.array([search.envelope.utilization(gpu) for gpu in self._gpus])
        for victim in np.argsort(utilizations, kind="stable")[:_VICTIMS].tolist():
            others = [g for g in range(len(self._gpus)) if g != victim]
            gpus = [self._gpus[g] for g in others]
            contents = [self._contents[g] for g in others]
            if others and self._rehouse(gpus, contents, self._contents[victim]):
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
        return self._rehouse(self._gpus, self._contents, (), limit=0.0)

    def _rehouse(
        self,
        gpus: Sequence[EvaluatedGpu],
        contents: Sequence[Sequence[Item]],
        homeless: Sequence[Item],
        limit: float = _FULL,
    ) -> bool:
        """Put some items on GPUs beside what these hold, and move and swap towards a limit.

        Whether that was an improvement.
        """
        search = self._search
        items = [*(item for content in contents for item in content), *homeless]
        table = WeightTable(search.envelope, items)
        owner = np.full(len(items), -1)
        owner[: len(items) - len(homeless)] = np.repeat(
            np.arange(len(contents)), [len(content) for content in contents]
        )
        types = [gpu.plan.profile_name for gpu in gpus]
        state = Assignment(search.problem, table, types, owner)
        # What the estimator has accepted is not too full, whatever the table says.
        state.bias = np.minimum(1.0, _FULL / np.maximum(state.utilizations(), 1e-9))
        weight = np.min([figures[:, 1] for figures in table.figures.values()], axis=0)
        for item in sorted(
            range(len(items) - len(homeless), len(items)), key=lambda i: -weight[i]
        ):
            state.put(item)
        if (state.owner < 0).any():
            return False
        known = {
            self._key(types[g], np.flatnonzero(owner == g)): gpu for g, gpu in enumerate(gpus)
        }
        for _ in range(_CORRECTIONS):
            state.relieve(limit, _STEPS)
            used = state.utilizations()
            if used.max() > _HOPELESS:
                return False
            rejected = self._fit(state, table, types, known)
            if not rejected:
                plan = [
                    known[self._key(name, content)]
                    for name, content in zip(types, state.contents(), strict=True)
                    if content.size
                ]
                improved = search.offer(plan)
                return search.offer(self._packer.refine_all(plan)) or improved
            for g in rejected:
                state.bias[g] *= _PENALTY * max(1.0, _FULL / used[g])
        return False

    def _fit(
        self,
        state: Assignment,
        table: WeightTable,
        types: Sequence[str],
        known: dict[_Key, EvaluatedGpu],
    ) -> list[int]:
        """Find engines for GPUs that have changed; those of which the estimator accepts none."""
        asked = [
            (g, self._key(types[g], content), content)
            for g, content in enumerate(state.contents())
            if content.size and self._key(types[g], content) not in known
        ]
        fits = self._packer.fit_all(
            [
                (
                    self._search.problem.gpu_type(types[g]),
                    [table.items[i] for i in content.tolist()],
                )
                for g, _, content in asked
            ]
        )
        known.update(
            (key, gpu) for (_, key, _), gpu in zip(asked, fits, strict=True) if gpu is not None
        )
        return [g for (g, _, _), gpu in zip(asked, fits, strict=True) if gpu is None]

    @staticmethod
    def _key(name: str, content: NDArray[np.int64]) -> _Key:
        return name, tuple(content.tolist())
