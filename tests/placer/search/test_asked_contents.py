"""GPUs by what they hold."""

from __future__ import annotations

import numpy as np
import pytest

from placer.gpu.items import items_of
from placer.gpu.packing import Packer
from placer.search.asked_contents import AskedContents
from tests.placer.search.one_adapter_each import one_adapter_each


def test_each_content_is_asked_for_once_and_nothing_is_no_rejection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = one_adapter_each(40)
    packer, items = Packer(search.evaluator), search.items()
    gpus = search.gpus[:3]
    names = [items_of(search.evaluator, gpu.plan)[0].name for gpu in gpus]
    first = [np.array([i for i, item in enumerate(items) if item.name == n]) for n in names]
    asked = AskedContents(packer, items, gpus, first)
    numbers: list[int] = []
    fit_all = packer.fit_all
    monkeypatch.setattr(packer, "fit_all", lambda c: (numbers.append(len(c)), fit_all(c))[1])

    found, rejected = asked.ask(first)
    assert (found, rejected.tolist()) == (list(gpus), [False] * 3)
    nothing, everything = np.array([], np.int64), np.arange(len(items))
    for _ in range(2):
        found, rejected = asked.ask([first[0], nothing, everything])
        assert (found, rejected.tolist()) == ([gpus[0]], [False, False, True])
    assert numbers == [0, 1, 0]
