"""Items that go where there is room by measured weights."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds.envelope import Envelope
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items
from placer.gpu.packing import Packer
from placer.moves.engines import FreeEngines
from placer.moves.inserting import insert_items
from placer.objectives import GpuCount
from placer.problem.planned_gpu import EvaluatedGpu
from placer.testing import example_problem


def gpus_of(evaluator: Evaluator, packer: Packer, *sizes: int) -> list[EvaluatedGpu]:
    """GPUs with the first items, so many on each."""
    items, start, gpus = make_items(evaluator)[0], 0, []
    for size in sizes:
        gpu = packer.fit(evaluator.problem.fleet[0], items[start : start + size])
        assert gpu is not None
        gpus.append(gpu)
        start += size
    return gpus


@pytest.mark.parametrize("sizes", [(1, 1, 1), (4, 1), (6,)])
def test_items_are_on_a_gpu_or_left(sizes: tuple[int, ...]) -> None:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(24, (4.0, 2.0, 1.0)))
    packer, items = Packer(evaluator), make_items(evaluator)[0]
    gpus = gpus_of(evaluator, packer, *sizes)
    before = [dict(gpu.plan.shares) for gpu in gpus]
    left = insert_items(Envelope(evaluator), FreeEngines(packer), gpus, items[sum(sizes) :])
    held = [name for gpu in gpus for name, _ in gpu.plan.shares]
    assert sorted([*held, *(item.name for item in left)]) == sorted(evaluator.adapters)
    assert all(gpu.admissible for gpu in gpus)
    for gpu, content in zip(gpus, before, strict=True):
        assert content.keys() <= dict(gpu.plan.shares).keys()


def test_what_has_room_together_finds_it() -> None:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(12, (0.5,)))
    packer, items = Packer(evaluator), make_items(evaluator)[0]
    gpus = gpus_of(evaluator, packer, 2, 2)
    assert insert_items(Envelope(evaluator), FreeEngines(packer), gpus, items[4:]) == []
    sizes = [len(gpu.plan.shares) for gpu in gpus]
    assert sum(sizes) == 12
    assert min(sizes) > 2


def test_items_go_to_engines_of_their_rank_first() -> None:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(12, (0.2,)))
    packer, items = Packer(evaluator), make_items(evaluator)[0]
    ranks = sorted({item.rank for item in items})
    alike = [[item for item in items if item.rank == rank] for rank in ranks]
    gpus = [packer.fit(evaluator.problem.fleet[0], group[:1]) for group in alike]
    known = [gpu for gpu in gpus if gpu is not None]
    rest = [item for group in alike for item in group[1:]]
    assert insert_items(Envelope(evaluator), FreeEngines(packer), known, rest) == []
    assert [gpu.plan.config.max_lora_rank for gpu in known] == ranks


def test_without_gpus_everything_is_left() -> None:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(4))
    items = make_items(evaluator)[0]
    engines = FreeEngines(Packer(evaluator))
    assert insert_items(Envelope(evaluator), engines, [], items) == list(items)
