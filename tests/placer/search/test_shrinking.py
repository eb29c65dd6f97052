"""One GPU less, places for what has none, and GPUs that are equally full."""

from __future__ import annotations

from placer.search.shrinking import Shrinking
from tests.placer.search.one_adapter_each import one_adapter_each


def test_the_least_used_gpu_is_emptied() -> None:
    search = one_adapter_each(6)
    assert Shrinking(search).run()
    assert (len(search.gpus), search.unplaced) == (5, ())


def test_what_has_no_place_gets_one() -> None:
    search = one_adapter_each(6)
    some = one_adapter_each(6)
    some.publish(search.gpus[:4])
    assert len(some.unplaced) == 2
    assert Shrinking(some).run()
    assert some.unplaced == ()


def test_gpus_are_made_equally_full() -> None:
    search = one_adapter_each(24)
    while Shrinking(search).run():
        pass
    risk = max(gpu.estimate.starvation_probability for gpu in search.gpus)
    number = len(search.gpus)
    Shrinking(search).balance()
    assert (len(search.gpus), search.unplaced) == (number, ())
    assert max(gpu.estimate.starvation_probability for gpu in search.gpus) <= risk


def test_a_single_gpu_is_left_as_it_is() -> None:
    search = one_adapter_each(1)
    assert not Shrinking(search).run()
    assert not Shrinking(search).balance()
