"""Program over boxes of engines."""

from __future__ import annotations

import pytest

from placer.bounds.crowd_program import BoxedEngines, CrowdProgram
from placer.bounds.crowds import Box


def engines(box: Box, cost: float, group: int = 0, profile: str = "a") -> BoxedEngines:
    return BoxedEngines(group, profile, box, cost)


SMALL, LARGE = engines(Box(1, 4, 0.0, 3.0), 1.0), engines(Box(5, 10, 0.0, 10.0), 5.0)


def test_cheap_engines_serve_what_they_can() -> None:
    program = CrowdProgram([4], [3.0], [(("a",), 1)])
    solution = program.solve([SMALL, LARGE])
    assert solution is not None
    assert solution.cost == pytest.approx(3.0, rel=1e-5)
    assert [number for number, _ in solution.used] == [0]


def test_few_engines_have_to_hold_all_adapters() -> None:
    free = CrowdProgram([10], [3.0], []).solve([SMALL, LARGE])
    one = CrowdProgram([10], [3.0], [(("a",), 1)]).solve([SMALL, LARGE])
    assert free is not None
    assert one is not None
    assert free.cost == pytest.approx(3.0, rel=1e-5)
    assert one.cost == pytest.approx(15.0, rel=1e-5)


def test_groups_share_the_limit() -> None:
    other = engines(Box(1, 4, 0.0, 3.0), 1.0, group=1)
    boxes = [SMALL, LARGE, other]
    assert CrowdProgram([2, 2], [1.0, 1.0], [(("a",), 1)]).solve(boxes) is not None
    assert CrowdProgram([4, 4], [3.0, 3.0], [(("a",), 1)]).solve(boxes) is None


def test_what_no_engine_can_serve_has_no_solution() -> None:
    assert CrowdProgram([1], [20.0], [(("a",), 1)]).solve([SMALL, LARGE]) is None
    assert CrowdProgram([1], [1.0], []).solve([]) is None
