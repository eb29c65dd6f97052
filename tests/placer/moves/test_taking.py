"""What GPUs take."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from placer.gpu.items import Item
from placer.gpu.lockstep import run_alone, run_together
from placer.moves.taking import Filler, fill, needs_more, take
from tests.placer.gpu.example_items import fits, setting


@given(
    st.lists(st.sampled_from([0.5, 1.0, 2.0, 6.0]), min_size=1, max_size=20),
    st.integers(1, 30),
    st.integers(0, 5),
)
def test_as_many_are_taken_as_fit_in_a_row(rates: list[float], guess: int, held: int) -> None:
    evaluator, packer, items = setting(len(rates), tuple(rates))
    gpu_type = evaluator.problem.fleet[0]
    base, rest = items[:held], items[held:]
    if not rest or (base and not fits(evaluator, base)):
        return
    ask = partial(packer.fitting, gpu_type)
    taken, gpu = run_alone(evaluator, take(evaluator, ask, base, rest, guess))
    count = len(taken)
    assert taken == rest[:count]
    assert (gpu is None) is (count == 0)
    if gpu is not None:
        expected = sorted(item.name for item in [*base, *rest[:count]])
        assert [name for name, _ in gpu.plan.shares] == expected
    if count < len(rest):
        assert not fits(evaluator, [*base, *rest[: count + 1]])


@given(st.lists(st.sampled_from([1.0, 2.0, 4.0, 8.0, 12.0]), min_size=1, max_size=24))
def test_fill_takes_every_item_that_fits_beside_those_before_it(rates: list[float]) -> None:
    evaluator, packer, items = setting(len(rates), tuple(rates))
    held, gpu = fill(packer, evaluator.problem.fleet[0], items, max_misses=100)
    expected: list[Item] = []
    for item in items:
        if fits(evaluator, [*expected, item]):
            expected.append(item)
    assert held == expected
    assert gpu is not None


def test_fill_gives_up_after_misses() -> None:
    evaluator, packer, items = setting(8, (12.0, 30.0, 40.0, 0.5))
    gpu_type = evaluator.problem.fleet[0]
    patient, _ = fill(packer, gpu_type, items, max_misses=10)
    hasty, _ = fill(packer, gpu_type, items, max_misses=1)
    assert len(hasty) < len(patient)


def test_a_filler_tries_first_as_many_as_the_last_gpu_took() -> None:
    evaluator, packer, items = setting(48, (4.0,))
    gpu_type = evaluator.problem.fleet[0]
    filler = Filler(packer, guess=2)
    taken, gpu = filler(gpu_type, items)
    assert (taken, gpu) == fill(packer, gpu_type, items)
    assert filler.guess == len(taken) > 2
    assert filler(gpu_type, items[len(taken) :]) == fill(packer, gpu_type, items[len(taken) :])


def test_many_gpus_take_in_common_batches() -> None:
    evaluator, packer, items = setting(24, (4.0,))
    ask = partial(packer.fitting, evaluator.problem.fleet[0])
    searches = [take(evaluator, ask, (), items[start:], 8) for start in range(8)]
    together = run_together(evaluator, searches)
    alone = [
        run_alone(evaluator, take(evaluator, ask, (), items[start:], 8)) for start in range(8)
    ]
    assert [taken for taken, _ in together] == [taken for taken, _ in alone]


def test_what_needs_more_than_what_was_missed_is_not_asked_for() -> None:
    evaluator, _, items = setting(8)
    like = items[0].adapters[0]

    def item(rate: float, rank: int) -> Item:
        return replace(items[0], adapters=(replace(like, rate=rate, rank=rank),))

    missed = item(2.0, 16)
    assert needs_more(evaluator, item(2.0, 16), missed, [])
    assert needs_more(evaluator, item(3.0, 32), missed, [])
    assert not needs_more(evaluator, item(1.0, 16), missed, [])
    assert not needs_more(evaluator, item(2.0, 8), missed, [])
    assert needs_more(evaluator, item(2.0, 8), missed, [item(1.0, 32)])
    other = next(i for i in items if i.adapters[0].lengths != like.lengths)
    assert not needs_more(evaluator, replace(other, share=1.0), missed, [])
