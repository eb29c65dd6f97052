"""Shrinking: does with one GPU less, places what has no place, or makes GPUs equally full."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from placer.bounds.weight_table import WeightTable
from placer.gpu.items import Item, items_of, missing_items
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.asked_contents import AskedContents
from placer.search.assignment import Assignment
from placer.search.emptying import empty_gpus
from placer.search.offering import offer_refined
from placer.search.search import Search
from placer.search.squeezing import squeeze_in

__all__ = ["Shrinking"]

_VICTIMS = 4  # GPUs that are tried to be emptied
_STEPS = 400  # moves and swaps to make GPUs equally full
_CORRECTIONS = 6  # times that the estimator may reject some of them
_FULL = 0.99  # utilization of GPUs that the estimator accepts, at most
_ALL_FULL = 0.98  # mean utilization from which GPUs cannot be made less full
_HOPELESS = 1.06  # utilization that is not worth an estimate
_PENALTY = 1.03  # of a GPU that was rejected, on its utilization
_MANY = 64  # GPUs, of more than which making them equally full would take too long
_VERY_MANY = 128  # the same of emptying one by moves and swaps among the others


class Shrinking:
    """Empties the least used GPU by putting what it holds on the others.

    These are relieved by moves and swaps (`placer.search.squeezing`); where there are very many,
    what they hold stays there (`placer.search.emptying`).

    Parameters
    ----------
    search : Search
        Its incumbent is improved.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._packer = Packer(search.evaluator)
        self._gpus = list(search.gpus)

    @cached_property
    def _contents(self) -> list[list[Item]]:
        """What each GPU holds."""
        return [items_of(self._search.evaluator, gpu.plan) for gpu in self._gpus]

    @cached_property
    def _homeless(self) -> list[Item]:
        """What no GPU holds."""
        return missing_items(self._search.items(), self._gpus)

    def run(self) -> bool:
        """Whether the incumbent was improved.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        search, packer, gpus = self._search, self._packer, self._gpus
        if len(gpus) > _VERY_MANY:
            return empty_gpus(search)
        if self._homeless:
            return self._offer(squeeze_in(search, packer, gpus, self._homeless))
        used = search.envelope.utilizations(gpus)
        for victim in np.argsort(used, kind="stable")[:_VICTIMS].tolist():
            others = [gpu for g, gpu in enumerate(gpus) if g != victim]
            squeezed = squeeze_in(search, packer, others, self._contents[victim])
            if self._offer(squeezed):
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
        if not 2 <= len(self._gpus) <= _MANY or self._homeless:
            return False
        return self._level()

    def _offer(self, gpus: Sequence[EvaluatedGpu] | None) -> bool:
        """Offer GPUs, if there are any; whether that was an improvement."""
        return gpus is not None and offer_refined(self._search, self._packer, gpus)

    def _level(self) -> bool:
        """Move and swap as long as that makes the fullest GPU less full, and offer what comes out.

        Whether that was an improvement. What the estimator rejects is relieved again.
        """
        items = [item for content in self._contents for item in content]
        state = self._assignment(items)
        if state.utilizations().mean() > _ALL_FULL:
            return False
        asked = AskedContents(self._packer, items, self._gpus, state.contents())
        for _ in range(_CORRECTIONS):
            state.relieve(0.0, _STEPS)
            used = state.utilizations()
            if used.max() > _HOPELESS:
                return False
            found, rejected = asked.ask(state.contents())
            if not rejected.any():
                return self._offer(found)
            state.bias[rejected] *= _PENALTY * np.maximum(1.0, _FULL / used[rejected])
        return False

    def _assignment(self, items: Sequence[Item]) -> Assignment:
        """GPUs with what they hold."""
        owner = np.repeat(np.arange(len(self._gpus)), [len(own) for own in self._contents])
        names = [gpu.plan.profile_name for gpu in self._gpus]
        table = WeightTable(self._search.envelope, items)
        state = Assignment(self._search.problem, table, names, owner)
        # What the estimator has accepted is not too full, whatever the table says.
        state.bias = np.minimum(1.0, _FULL / np.maximum(state.utilizations(), 1e-9))
        return state
