"""What a search has put on GPUs becomes its incumbent."""

from __future__ import annotations

import pytest

from placer.gpu.budget import BudgetExhausted
from placer.gpu.packing import Packer
from placer.search.offering import offer_refined
from tests.placer.search.one_adapter_each import one_adapter_each


def test_gpus_are_the_incumbent_even_where_the_budget_ends_before_slots_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = one_adapter_each(3)
    packer, plan = Packer(search.evaluator), search.evaluator.plan
    together = dict.fromkeys(search.evaluator.adapters, 1.0)
    gpus = search.evaluator.evaluate([plan(search.problem.fleet[0], 3, together)])

    def ended(_: object) -> None:
        raise BudgetExhausted

    with monkeypatch.context() as patch:
        patch.setattr(packer, "refine_all", ended)
        with pytest.raises(BudgetExhausted):
            offer_refined(search, packer, gpus)
    assert search.gpus == tuple(gpus)
    assert offer_refined(search, packer, gpus) == (search.gpus != tuple(gpus))
