"""Program for the mix of engines."""

from __future__ import annotations

import math

import numpy as np
import pytest

from placer.bounds.mix_program import MixProgram

INF = math.inf
ONES = np.ones(2)


def program(weights: list[list[float]], demand: list[float], room: list[float]) -> MixProgram:
    return MixProgram(np.array(weights), np.array(demand), np.array(room))


def test_one_engine_is_enough_while_the_weights_sum_to_its_room() -> None:
    single = program([[0.25, 0.5]], [2.0, 1.0], [1.0])
    assert single.least(np.ones(1)) == pytest.approx(1, rel=1e-5)
    assert program([[0.25, 0.5]], [2.0, 1.01], [1.0]).least(np.ones(1)) == pytest.approx(2)
    assert program([[0.25, 0.5]], [2.0, 1.01], [1.01]).least(np.ones(1)) == pytest.approx(1)


def test_engines_are_whole_of_each_kind() -> None:
    # 1.2 GPUs of load, half of which needs the second kind: one of each, or two of the second.
    both = program([[0.1, INF], [0.12, 0.12]], [6.0, 5.0], [1.0, 1.0])
    assert both.least(ONES) == pytest.approx(2)
    assert both.least(np.array([1.0, 5.0])) == pytest.approx(6)


def test_the_cheaper_engine_for_its_load_is_taken() -> None:
    fleet = program([[0.5], [0.1]], [10.0], [1.0, 1.0])
    assert fleet.least(np.array([1.0, 6.0])) == pytest.approx(5)
    assert fleet.least(np.array([1.0, 4.0])) == pytest.approx(4)


def test_limits_force_dearer_engines() -> None:
    fleet = program([[0.5], [0.1]], [10.0], [1.0, 1.0])
    first = np.array([True, False])
    assert fleet.least(np.array([1.0, 6.0]), [(first, 3)]) == pytest.approx(6)
    assert math.isinf(fleet.least(ONES, [(np.array([True, True]), 0)]))


def test_a_class_without_an_engine_costs_infinitely_much() -> None:
    assert math.isinf(program([[0.5, INF], [INF, INF]], [1.0, 1.0], [1.0, 1.0]).least(ONES))


def test_many_classes_are_bounded_without_whole_engines() -> None:
    number = 3000
    weights = np.full((2, number), 0.1 / 1e2)
    weights[0] += np.arange(number) * 1e-9
    weights[1] *= 2
    many = MixProgram(weights, np.ones(number), ONES)
    assert many.least(ONES) == pytest.approx(weights[0].sum(), rel=1e-6)
    assert many.least(ONES, [(np.array([True, False]), 2)]) == pytest.approx(
        2 + 2 * (weights[0].sum() - 2), rel=1e-2
    )


def test_equal_adapters_are_one_class() -> None:
    weights = {("a", 8): np.array([0.1, 0.2, 0.1]), ("a", 16): np.array([0.2, 0.3, 0.2])}
    found = MixProgram.of(weights, ONES)
    assert found.weights.tolist() == [[0.1, 0.2], [0.2, 0.3]]
    assert found.demand.tolist() == [2.0, 1.0]
