"""GPUs that the others can do without."""

from __future__ import annotations

from placer.search.emptying import empty_gpus
from tests.placer.search.one_adapter_each import one_adapter_each


def test_gpus_are_emptied_as_long_as_the_others_take_what_they_hold() -> None:
    search = one_adapter_each(8)
    assert empty_gpus(search)
    assert search.unplaced == ()
    assert len(search.gpus) < 8
    assert all(gpu.admissible for gpu in search.gpus)


def test_nothing_changes_where_nothing_can_be_emptied() -> None:
    search = one_adapter_each(1)
    before = search.gpus
    assert not empty_gpus(search)
    assert search.gpus == before
