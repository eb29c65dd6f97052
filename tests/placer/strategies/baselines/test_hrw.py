"""Hrw."""

from __future__ import annotations

from collections import Counter

from placer.strategies.baselines import Hrw
from placer.strategies.baselines.hrw import hrw_weight
from tests.placer.strategies.baselines.settings import holdings, place, problem_of


def test_weights_are_those_of_every_machine() -> None:
    assert hrw_weight("legal", "gpu-00") == 16638696643570008838


def test_adapters_spread_evenly_and_one_gpu_more_moves_few() -> None:
    names = [f"a{i}" for i in range(2000)]

    def homes(number: int) -> list[int]:
        return [max(range(number), key=lambda g: hrw_weight(n, f"gpu-{g:02d}")) for n in names]

    before, after = homes(8), homes(9)
    assert all(200 < count < 300 for count in Counter(before).values())
    moved = [(b, a) for b, a in zip(before, after, strict=True) if a != b]
    assert all(a == 8 for _, a in moved)
    assert 150 < len(moved) < 300


def test_parts_of_a_hot_adapter_go_to_different_gpus() -> None:
    contents = holdings(place(problem_of([250.0, 1.0, 1.0]), Hrw()))
    holders = [content for content in contents if "a00" in content]
    assert len(holders) == 3
    assert all(abs(content["a00"] - 1 / 3) < 1e-9 for content in holders)
